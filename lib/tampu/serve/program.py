"""What is executed to serve: the app's Python, with the program that serves and what it is asked for."""

from __future__ import annotations

import os
from contextlib import suppress
from typing import TYPE_CHECKING

from tampu.envs.last_resort import pinned_runtime
from tampu.envs.tools import obtain
from tampu.paste.asking import Ask
from tampu.platforms import local
from tampu.platforms.surroundings import cache_home
from tampu.serve import configs, home, ours
from tampu.values import dataclass, field, replace
from tampu.world import files
from tampu.world.house import PACKAGE, house

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tampu.serve.configs import Config
    from tampu.serve.options import Call
    from tampu.world.console import Console

# Where no kernel tells of changes, and nothing shows it.
POLL = "TAMPU_POLL"
WANTED = "TAMPU_APP"
# Whose libraries they are is unknown; not those of the app's Python, which finds its own.
OF_ANOTHER = "PYTHONHOME"


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    python: Path
    ask: Ask
    title: str
    env: Mapping[str, str] = field(repr=False)

    @property
    def argv(self) -> tuple[str, ...]:
        return (str(self.python), str(PACKAGE / "paste"), self.ask.as_json())


def of(call: Call, environ: Mapping[str, str], say: Console) -> Program:
    config = configs.find(call, environ.get(WANTED))
    where = home.find(config.folder, environ, say, call.python)
    if call.verbosity > 1:
        say.detail(f"With {where.python}: {where.because}")
    tools = obtain(house() / "vendor" / "serve.lock", local.open_world(config.folder, environ, say), pinned_runtime)
    ask = _ask(call, config, _copied(tools.path, _within_reach(call, config, environ)))
    if ask.reload and environ.get(POLL):
        ask = replace(ask, reload=replace(ask.reload, poll=True))
    env = {name: value for name, value in environ.items() if name != OF_ANOTHER}
    return Program(python=where.python, ask=ask, title=config.title, env=env)


def _within_reach(call: Call, config: Config, environ: Mapping[str, str]) -> Path:
    """Who is to serve may not enter the caller's home, where the cache is."""
    return ours.make(config.folder) if call.user or call.group else cache_home(environ) / "serve"


def _copied(tools: Path, folder: Path) -> Path:
    """What the app's Python compiles of them would alter what the cache has."""
    place = folder / f"tools-{tools.parent.name}"
    if not place.is_dir():
        beside = place.with_name(f".{place.name}.{os.getpid()}")
        files.graft(tools, beside)
        # Unless somebody was faster.
        with suppress(OSError):
            beside.rename(place)
        files.remove(beside)
    return place


def _ask(call: Call, config: Config, tools: Path) -> Ask:
    return Ask(
        config=config.address,
        here=str(call.here),
        plain=config.plain,
        app=call.app,
        server=call.server or config.server,
        server_type=call.server_type,
        variables=call.variables,
        first=(*config.path, str(config.folder), str(call.here)),
        last=(str(tools),),
        monitor=call.monitor,
        reload=call.reload,
        verbosity=call.verbosity,
    )
