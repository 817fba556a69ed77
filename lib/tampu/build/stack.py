"""What is served, by what, and what runs beside it: decided before anything is made."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tampu.build.model import Choice
from tampu.facts.entries.newer import ANYTHING, NEWER
from tampu.facts.entrypoint import Kind, entrypoint
from tampu.values import dataclass, field
from tampu.world.house import house

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tampu.build.model import Target
    from tampu.facts.app import App
    from tampu.facts.dotcloud import Config
    from tampu.facts.entrypoint import Entry
    from tampu.world import World

NEW_RELIC = "newrelic.txt"
ASGI_SERVER = "asgi.txt"
INI_READER = "paste.txt"
UWSGI, ASGI, NONE = "uwsgi", "asgi", "none"
# A Procfile that names one of these means our stack.
OURS = ("supervisord", "nginx_start", "uwsgi_start", "dcapproot.sh")
SERVERS = {Kind.WSGI: UWSGI, Kind.PASTE: UWSGI, Kind.ASGI: ASGI}


@dataclass(frozen=True, slots=True, kw_only=True)
class Stack:
    """`server` is none for a worker: it has processes, and nothing that answers."""

    server: str
    entry: Entry | None = None
    approot: str = "."
    dotcloud: bool = False
    service: str = ""
    uwsgi: Mapping[str, int | bool] = field(default_factory=dict)
    newrelic: bool = False
    postinstall: str = ""
    processes: Mapping[str, str] = field(default_factory=dict)
    environment: tuple[str, ...] = ()
    keeper: bool = False

    @property
    def python(self) -> str:
        """What the stack itself runs with, from the layers: a Python of its own where that of the app is too old."""
        return "keeper/python/bin/python3" if self.keeper else "python/bin/python3"

    @property
    def needed(self) -> tuple[str, ...]:
        """The programs without which all of it stops."""
        serving = () if self.server == NONE else ("app", "nginx")
        return (*serving, *self.processes)

    @property
    def requirements(self) -> tuple[str, ...]:
        """Files of config/ whose packages the app's environment gets beside the usual ones."""
        servers = (ASGI_SERVER,) if self.server == ASGI else ()
        readers = (INI_READER,) if self.entry and self.entry.kind is Kind.PASTE else ()
        agents = (NEW_RELIC,) if self.newrelic and self.server != NONE else ()
        return (*servers, *readers, *agents)

    @property
    def default_processes(self) -> Mapping[str, str]:
        """What a platform starts for an app whose own Procfile doesn't say it."""
        text = (house() / "Procfile.default").read_text(encoding="utf-8")
        return {"worker" if self.server == NONE else "web": text.partition(":")[2].strip()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """No stack is a decision too."""

    choice: Choice
    stack: Stack | None = None


def decide_stack(app: App, target: Target, world: World) -> Decision:
    if target.groups:
        return _without("a build for tests serves nobody")
    if not _means_ours(app.processes.get("web")):
        return _without("the Procfile has a web process of its own")
    if app.service and app.service.worker:
        return Decision(
            choice=Choice(what="Stack of supervisord", because="dotcloud.yml has a python-worker"),
            stack=_stack(app, target, NONE, None),
        )
    others = ANYTHING if app.for_python_2 else NEWER
    entry = entrypoint(app.tree, app.approot, world.environ.get("TAMPU_APP") or None, app.manage_py, others)
    if entry is None:
        return _without("no callable was found that answers requests (TAMPU_APP=module:callable names one)")
    server = SERVERS[entry.kind]
    shown = "uvicorn" if server == ASGI else "uWSGI"
    return Decision(
        choice=Choice(what=f"{entry.app or entry.paste} served by nginx and {shown}", because=entry.evidence),
        stack=_stack(app, target, server, entry),
    )


def _without(why: str) -> Decision:
    return Decision(choice=Choice(what="Web stack: none", because=why))


def _means_ours(web: str | None) -> bool:
    return web is None or any(word in web for word in OURS)


def _stack(app: App, target: Target, server: str, entry: Entry | None) -> Stack:
    service = app.service
    if service is None:
        return Stack(server=server, entry=entry, approot=app.approot)
    return Stack(
        server=server,
        entry=entry,
        approot=app.approot,
        dotcloud=True,
        service=service.name,
        uwsgi=uwsgi_options(service.config),
        newrelic=service.config.enable_newrelic,
        postinstall=service.postinstall or "",
        processes=service.processes,
        environment=(*service.environment, *service.port_variables, *(() if target.local else target.user_env)),
    )


def uwsgi_options(config: Config) -> Mapping[str, int | bool]:
    """What dotcloud.yml says, in the words of uWSGI."""
    said = {
        "processes": config.uwsgi_processes,
        "buffer-size": config.uwsgi_buffer_size,
        "harakiri": config.uwsgi_harakiri,
        "memory-report": config.uwsgi_memory_report,
        "enable-threads": config.uwsgi_enable_threads,
        "single-interpreter": config.uwsgi_single_interpreter,
    }
    return {name: value for name, value in said.items() if value}
