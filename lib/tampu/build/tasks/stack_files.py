"""The files that make a stack: what goes into its home, and into the layers beside it."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import TYPE_CHECKING

from tampu.build.stack import NONE
from tampu.facts.entries.model import Kind
from tampu.values import dataclass
from tampu.world.files import File
from tampu.world.house import house
from tampu.world.render import render

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tampu.build.stack import Stack
    from tampu.build.tasks.static_files import Static
    from tampu.facts.nginx_conf import NginxConf

PROGRAMS = ("dcapproot.sh", "nginx_start", "uwsgi_start")
PLAIN = ("mime.types", "proxy.conf", "uwsgi.conf", "uwsgi_params")
STACK_JSON = "stack.json"
PACKAGE = Path(__file__).resolve().parents[2]
LAUNCH, PASTE = PACKAGE / "launch", PACKAGE / "paste"
STANDIN = "Paste.dist-info"


@dataclass(frozen=True, slots=True, kw_only=True)
class Front:
    """What nginx.conf.template is made for: this app's pages and static files, and this version of nginx."""

    conf: NginxConf
    pages: tuple[str, ...] = ()
    statics: tuple[Static, ...] = ()
    version: tuple[int, ...] = ()
    caching: bool = True


def home_files(stack: Stack, front: Front) -> tuple[File, ...]:
    """Their paths start at the home. A worker has nothing that answers."""
    programs = [name for name in PROGRAMS if stack.server != NONE or name == "dcapproot.sh"]
    served = () if stack.server == NONE else (*(_config(name) for name in PLAIN), _nginx(stack, front))
    return (
        *(File(path=f"bin/{name}", text=_read(f"bin/{name}"), executable=True) for name in programs),
        *served,
        File(
            path="config/supervisord.conf",
            text=render(
                "supervisord.conf",
                {"server": stack.server, "needed": stack.needed, "processes": tuple(stack.processes)},
            ),
        ),
    )


def launch_files() -> tuple[File, ...]:
    """What starts the app, from the layers."""
    return tuple(
        File(path=f"launch/{path.name}", text=path.read_text(encoding="utf-8")) for path in sorted(LAUNCH.glob("*.py"))
    )


def paste_files(stack: Stack) -> tuple[File, ...]:
    """What an ini may ask Paste for, where the app hasn't Paste itself."""
    if stack.entry is None or stack.entry.kind is not Kind.PASTE:
        return ()
    equals = ((f"tampu/paste/equals/{path.name}", path) for path in (PASTE / "equals").glob("*.py"))
    package = ((f"{STANDIN}/{path.name}", path) for path in (PASTE / "standins" / "behind" / STANDIN).iterdir())
    return tuple(
        File(path=f"launch/standins/{name}", text=path.read_text(encoding="utf-8"))
        for name, path in sorted((*equals, *package))
    )


def stack_file(stack: Stack, written: Iterable[File]) -> File:
    """What was decided, for those who start it."""
    entry = stack.entry
    decided = {
        "server": stack.server,
        "app": entry.app if entry else "",
        "factory": entry.factory if entry else False,
        "paste": entry.paste if entry else "",
        "path": list(entry.path) if entry else ["."],
        "approot": stack.approot,
        "dotcloud": stack.dotcloud,
        "service": stack.service,
        "uwsgi": dict(stack.uwsgi),
        "newrelic": stack.newrelic,
        "postinstall": stack.postinstall,
        "processes": dict(stack.processes),
        "environment": list(stack.environment),
        "needed": list(stack.needed),
        "written": {file.path: digest(file.text) for file in written},
    }
    return File(path=STACK_JSON, text=json.dumps(decided, indent=1) + "\n")


def digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()


def _nginx(stack: Stack, front: Front) -> File:
    text = render(
        "nginx.conf.template",
        {
            "server": stack.server,
            "open_file_cache": front.caching,
            # Since 1.27.4.
            "keepalive_min_timeout": front.version >= (1, 27, 4),
            "named": front.conf.pages,
            "pages": [code for code in front.pages if code not in front.conf.pages],
            "own_app": front.conf.has("@app"),
            "statics": [static for static in front.statics if not front.conf.has(static.url)],
        },
    )
    return File(path="config/nginx.conf.template", text=text)


def _config(name: str) -> File:
    return File(path=f"config/{name}", text=_read(f"config/{name}"))


def _read(path: str) -> str:
    return (house() / path).read_text(encoding="utf-8")
