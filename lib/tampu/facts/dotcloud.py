"""What `dotcloud.yml` says about the Python service of an app."""

from __future__ import annotations

import re
from itertools import count
from typing import TYPE_CHECKING

from tampu.facts.approot import approot_in
from tampu.facts.dotcloud_file import DOTCLOUD_YML, pick
from tampu.facts.dotcloud_packages import listed
from tampu.facts.dotcloud_values import (
    ANY_TEXT,
    NAME,
    PACKAGE,
    PROGRAM,
    PROTOCOL,
    TEXT,
    VERSION,
    BadValue,
    Values,
    shown,
)
from tampu.facts.locks.targets import Refused
from tampu.values import dataclass, field, fields
from tampu.world.console import Notice

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tampu.facts.tree import Tree

MOST_PROCESSES = 1000
FIRST_PORT = 42801
LARGEST_BUFFER = 65535
LONGEST_REQUEST = 24 * 60 * 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """The key `config`: a number that is None was not said."""

    python_version: str | None = None
    uwsgi_processes: int | None = None
    uwsgi_memory_report: bool = False
    uwsgi_buffer_size: int | None = None
    uwsgi_harakiri: int | None = None
    uwsgi_enable_threads: bool = False
    uwsgi_single_interpreter: bool = False
    enable_newrelic: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """One service of the file; a single `process` is found among `processes` under the service's own name."""

    name: str
    type: str
    approot: str = "."
    prebuild: str | None = None
    postbuild: str | None = None
    postinstall: str | None = None
    systempackages: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    processes: Mapping[str, str] = field(default_factory=dict)
    ports: Mapping[str, str] = field(default_factory=dict)
    requirements: tuple[str, ...] = ()
    config: Config = field(default_factory=Config)
    notices: tuple[Notice, ...] = ()

    @property
    def worker(self) -> bool:
        """Whether nothing of it answers HTTP."""
        return self.type == "python-worker"

    @property
    def port_variables(self) -> Mapping[str, str]:
        """For each port a variable: its number, or for what nginx answers on, the variable that has that number."""
        free = count(FIRST_PORT)
        return {
            f"PORT_{name.upper()}": "PORT" if protocol == "http" else str(next(free))
            for name, protocol in self.ports.items()
        }


# What supervisord calls the two that serve the app.
SERVERS = frozenset({"app", "nginx"})
KEYS = {each.name for each in fields(Service)} - {"name", "notices"} | {"process"}
CONFIG_KEYS = {each.name for each in fields(Config)}


def service(tree: Tree, wanted: str = "", approot: str = "") -> Service | None:
    """The only Python service, or the wanted one; None if there is no `dotcloud.yml`. An `approot` replaces its own."""
    text = tree.read(DOTCLOUD_YML)
    if text is None:
        return None
    name, mapping = pick(text, wanted)
    return _service(tree, name, {**mapping, "approot": approot} if approot else mapping)


def _service(tree: Tree, name: str, mapping: Mapping[str, object]) -> Service:
    values = Values(name, mapping)
    config = values.inner("config")
    found = Service(
        name=name,
        type=values.text("type") or "",
        approot=_approot(values, tree),
        prebuild=values.text("prebuild"),
        postbuild=values.text("postbuild"),
        postinstall=values.text("postinstall"),
        systempackages=values.texts("systempackages", PACKAGE),
        environment=values.inner("environment").pairs(NAME, ANY_TEXT),
        processes=_processes(values, name),
        ports=values.inner("ports").pairs(NAME, PROTOCOL),
        requirements=_requirements(values),
        config=_config(config),
        notices=(*_unknown(values, KEYS), *_unknown(config, CONFIG_KEYS)),
    )
    if values.problems:
        raise BadValue(values.problems)
    return found


def _config(values: Values) -> Config:
    version = values.text("python_version", VERSION)
    return Config(
        python_version=version.removeprefix("v") if version else None,
        uwsgi_processes=values.number("uwsgi_processes", 1, MOST_PROCESSES),
        uwsgi_memory_report=values.flag("uwsgi_memory_report"),
        uwsgi_buffer_size=values.number("uwsgi_buffer_size", 1, LARGEST_BUFFER),
        uwsgi_harakiri=values.number("uwsgi_harakiri", 1, LONGEST_REQUEST),
        uwsgi_enable_threads=values.flag("uwsgi_enable_threads"),
        uwsgi_single_interpreter=values.flag("uwsgi_single_interpreter"),
        enable_newrelic=values.flag("enable_newrelic"),
    )


def _approot(values: Values, tree: Tree) -> str:
    approot = values.text("approot") or "."
    place = approot_in(tree, approot, DOTCLOUD_YML)
    if not (tree.root / place).is_dir():
        values.problem("approot", shown(approot), "a folder that is in the app")
    return place


def _requirements(values: Values) -> tuple[str, ...]:
    texts = values.texts("requirements")
    for index, text in enumerate(texts):
        if why := _refused(text):
            values.problem(f"requirements[{index}]", shown(text), f"a package such as flask==3.1.0 ({why})")
    return texts


def _refused(text: str) -> str:
    try:
        listed(text)
    except Refused as error:
        return str(error)
    return ""


def _processes(values: Values, name: str) -> dict[str, str]:
    single = values.text("process")
    several = values.inner("processes").pairs(PROGRAM, TEXT)
    if single and several:
        values.problem("process", "process and processes", "only one of the two")
    for taken in sorted(SERVERS & set(several)):
        values.problem(f"processes.{taken}", taken, f"another name, as {taken} is a part of what serves the app")
    return {_program(name): single} if single else several


def _program(service: str) -> str:
    """What supervisord can call its only process: a service may have any name."""
    return service if re.fullmatch(PROGRAM.pattern, service) and service not in SERVERS else "process"


def _unknown(values: Values, known: set[str]) -> tuple[Notice, ...]:
    return tuple(
        Notice(
            name="dotcloud::unknown-key",
            text=f"{DOTCLOUD_YML}: {values.named(key)} means nothing to tampu.{_hint(key, known)}",
        )
        for key in map(str, values.mapping)
        if key not in known
    )


def _hint(key: str, known: set[str]) -> str:
    from difflib import get_close_matches

    nearest = get_close_matches(key, sorted(known), n=1)
    return f" Is it {nearest[0]}?" if nearest else ""
