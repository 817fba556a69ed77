"""The rules of the house, each a function that names what breaks it in one module."""

from __future__ import annotations

import ast
import sys
from typing import TYPE_CHECKING

from tests.kit.modules import PACKAGE, Module

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

FLOORS = {
    "": -1,
    "errors": -1,
    "values": -1,
    "world": 0,
    "facts": 1,
    "envs": 2,
    "build": 3,
    "platforms": 4,
    "daemon": 4,
    "service": 5,
    "paste": 5,
    "create": 5,
    "serve": 6,
    "remote": 5,
    "cli": 7,
}
APART = "launch"
# For type checkers: the package itself loads it when a program asks for it.
LOADED_LATE = ("__init__.py", "daemon")
FOR_PEOPLE = "local"
COMMANDS_FOR_PEOPLE = frozenset({"bundle", "doctor", "image", "kubernetes", "people", "up"})
PLATFORMS = frozenset({"classic", "cloudfoundry", "cnb", FOR_PEOPLE})
# What runs in an environment's own Python, with the code of packages there, is a program of its own.
IN_ENVIRONMENTS = "create/plugins/"
# Another one, on another machine.
REMOTE_AGENT = "remote/agent/"
# And what an engine's workers run there.
ON_WORKERS = "remote/engines/there/"
# Where a thing may be done that nobody else may do.
STARTS_PROGRAMS = ("world/run.py", "daemon/", "launch/", "paste/", "remote/links/link.py", ON_WORKERS, IN_ENVIRONMENTS)
# What goes into apps listens on sockets of its own, and fetches nothing.
OPENS_ADDRESSES = (
    *("world/downloads.py", "world/ports.py", "world/supervisor.py", "launch/"),
    *("daemon/notify.py", "daemon/notified.py", "paste/", REMOTE_AGENT, ON_WORKERS),
    # No address: a file that only we can reach.
    *("remote/quick/spare.py", "remote/quick/keeper.py"),
)
# The command line speaks for itself in `detect` alone, which is too quick to load a console.
# Programs import `Daemon` and `notify`: these are to them what the command line is to people.
# What serves an app in the app's own Python is a program, too.
FOR_PROGRAMS = ("daemon/program.py", "daemon/notify.py", "paste/")
PRINTS = ("world/console.py", "world/terminal.py", "cli.py", "launch/", *FOR_PROGRAMS)
# Programs enter where `tampu.service.init` is called, as people do by the command line.
READS_ENVIRON = ("cli.py", "service/__init__.py", "launch/", REMOTE_AGENT, ON_WORKERS, *FOR_PROGRAMS)
# What ends a build is what a doctor looks for; who is executed once more tells the one who did it.
CATCHES_ALL_OF_OURS = ("cli.py", "platforms/doctor_findings.py", "daemon/again.py", *FOR_PROGRAMS, IN_ENVIRONMENTS)
FORKS = ("world/guard.py", "daemon/", "launch/", "paste/", REMOTE_AGENT)
TOOLS_LAYER = frozenset({"rich", "yaml", "packaging", "tomli", "jinja2", "paste", "waitress", "watchfiles"})
# What goes into built apps stands in one folder there, and is imported by plain names.
SIBLINGS = frozenset(path.stem for path in (PACKAGE / APART).glob("*.py"))
# Type checkers bring it themselves.
FOR_TYPES = frozenset({"typing_extensions"})
# In the standard library of some of the Pythons that we run on, and not of all.
NOT_EVERYWHERE = frozenset({"tomllib", "distutils", "imp", "asyncore", "asynchat", "smtpd"})
# What hashlib is made of has another name from 3.12 on.
PARTS_OF_HASHLIB = frozenset({"_sha2", "_sha256"})
STANDARD = (sys.stdlib_module_names | PARTS_OF_HASHLIB) - NOT_EVERYWHERE
# The program that loads them, or that they are.
HOSTS = {
    **{f"launch/supervisor_{part}.py": "supervisor" for part in ("bonds", "lines", "ready", "stdout", "watch")},
    "launch/asgi_start.py": "uvicorn",
    "remote/engines/there/cluster.py": "distributed",
    "paste/servers/gunicorn.py": "gunicorn",
    "paste/servers/uvicorn.py": "uvicorn",
}
STARTERS = frozenset({"os.system", "os.popen", "os.posix_spawn", "os.posix_spawnp"})
FORKERS = frozenset({"os.fork", "os.forkpty", "os.setsid"})
LONGEST_FILE = 250
LONGEST_FUNCTION = 40


def imports_go_down(module: Module) -> Iterator[str]:
    if module.area == APART:
        return
    if module.area not in FLOORS:
        yield f"{module.path}: no floor is known for it; see FLOORS"
        return
    for found in module.imports:
        target = _area(found.name)
        if (module.path, target) == LOADED_LATE:
            continue
        if target is not None and target != module.area and FLOORS.get(target, 99) >= FLOORS[module.area]:
            yield f"{module.path}:{found.line}: imports {found.name}, which isn't on a lower floor"


def launch_stands_alone(module: Module) -> Iterator[str]:
    for found in module.imports:
        ours = found.within("tampu.launch")
        if module.area == APART and not ours and found.top not in STANDARD | _beside(module):
            yield f"{module.path}:{found.line}: imports {found.name}, which isn't there where apps run"
        if module.area != APART and ours:
            yield f"{module.path}:{found.line}: imports {found.name}, which is for apps only"


def _beside(module: Module) -> frozenset[str]:
    """What is there where a module of launch/ runs."""
    host = {HOSTS.get(module.path, "")}
    return SIBLINGS | host if module.area == APART else frozenset(host)


def platforms_are_strangers(module: Module) -> Iterator[str]:
    """What platforms share knows none of them, else they would know each other through it."""
    own = _platform(f"tampu.{module.path.removesuffix('.py').replace('/', '.')}")
    for found in module.imports:
        other = _platform(found.name)
        if module.area == "platforms" and other and own != other:
            yield f"{module.path}:{found.line}: imports {found.name}, a part of the platform {other}"


def programs_have_one_door(module: Module) -> Iterator[str]:
    if not module.in_any(STARTS_PROGRAMS):
        yield from _imported(module, "subprocess", "multiprocessing", "pty")
        yield from (f"{module.path}:{line}: uses {name}" for name, line in module.dotted if name in STARTERS)


def processes_are_made_in_few_places(module: Module) -> Iterator[str]:
    if not module.in_any(FORKS):
        yield from (f"{module.path}:{line}: uses {name}" for name, line in module.dotted if name in FORKERS)


def the_network_has_one_door(module: Module) -> Iterator[str]:
    if not module.in_any(OPENS_ADDRESSES):
        yield from _imported(module, "urllib.request", "http.client", "socket", "ftplib", "smtplib")


def one_place_prints(module: Module) -> Iterator[str]:
    if module.in_any(PRINTS):
        return
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print":
            yield f"{module.path}:{node.lineno}: prints"
    for name, line in module.dotted:
        if name in {"sys.stdout", "sys.stderr", "sys.__stdout__", "sys.__stderr__"}:
            yield f"{module.path}:{line}: uses {name}"
    yield from _imported(module, "sys.stdout", "sys.stderr", "logging")


def one_place_reads_environ(module: Module) -> Iterator[str]:
    if not module.in_any(READS_ENVIRON):
        for name, line in module.dotted:
            if name in {"os.environ", "os.environb", "os.getenv", "os.putenv"}:
                yield f"{module.path}:{line}: uses {name}"
        yield from _imported(module, "os.environ", "os.getenv")


def one_place_ends_with_our_errors(module: Module) -> Iterator[str]:
    if module.in_any(CATCHES_ALL_OF_OURS):
        return
    for node in ast.walk(module.tree):
        if isinstance(node, ast.ExceptHandler) and node.type is not None:
            names = {leaf.id for leaf in ast.walk(node.type) if isinstance(leaf, ast.Name)}
            passed_on = isinstance(node.body[-1], ast.Raise)
            if names & {"TampuError", "BaseException", "Exception"} and not passed_on:
                yield f"{module.path}:{node.lineno}: ends any error, known or not"


def tools_come_late(module: Module) -> Iterator[str]:
    for found in module.imports:
        foreign = found.top not in STANDARD | _beside(module) | {"tampu"} | (FOR_TYPES if found.typing else set())
        if foreign and found.top not in TOOLS_LAYER | NOT_EVERYWHERE:
            yield f"{module.path}:{found.line}: imports {found.name}, which the tools layer doesn't have"
        elif foreign and not (found.inner or found.typing):
            yield f"{module.path}:{found.line}: imports {found.name} before the tools layer is there"


def files_are_short(module: Module) -> Iterator[str]:
    lines = len(module.text.splitlines())
    if lines > LONGEST_FILE:
        yield f"{module.path}: {lines} lines"


def functions_are_short(module: Module) -> Iterator[str]:
    for node in ast.walk(module.tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            if lines > LONGEST_FUNCTION:
                yield f"{module.path}:{node.lineno}: {node.name} has {lines} lines"


RULES: tuple[Callable[[Module], Iterator[str]], ...] = (
    *(imports_go_down, launch_stands_alone, platforms_are_strangers),
    *(
        programs_have_one_door,
        processes_are_made_in_few_places,
        the_network_has_one_door,
        one_place_prints,
        one_place_reads_environ,
    ),
    *(one_place_ends_with_our_errors, tools_come_late, files_are_short, functions_are_short),
)


def _imported(module: Module, *names: str) -> Iterator[str]:
    for found in module.imports:
        if not found.typing and any(found.within(name) for name in names):
            yield f"{module.path}:{found.line}: imports {found.name}"


def _area(name: str) -> str | None:
    """The area of the house that an imported name belongs to, if to any."""
    parts = name.split(".")
    if parts[0] != "tampu":
        return None
    known = len(parts) > 1 and (parts[1] in FLOORS or parts[1] == APART or (PACKAGE / parts[1]).is_dir())
    return parts[1] if known else ""


def _platform(name: str) -> str:
    """The platform that a module is a part of: `classic_report` is one of `classic`; most others are shared."""
    parts = name.split(".")
    if parts[:2] != ["tampu", "platforms"] or len(parts) == 2:
        return ""
    first = parts[2].partition("_")[0]
    return FOR_PEOPLE if first in COMMANDS_FOR_PEOPLE else first if first in PLATFORMS else ""
