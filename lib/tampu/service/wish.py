"""What is asked for: a service, as its file or its caller describes it, every word of it checked."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tampu.errors import TampuError
from tampu.facts.toml import read_toml
from tampu.facts.tree import Tree
from tampu.service.asked import Asked, BadWish
from tampu.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

# useradd takes no others, and none of them means anything to a shell, a unit or an ini file.
NAME = re.compile(r"[a-z][a-z0-9_-]{0,30}")
VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
OPTION = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")
# With the patterns that apt-get knows, and without what it would take for an option.
PACKAGE = re.compile(r"[a-z0-9][a-z0-9.+*?:-]*")
BACKENDS = ("systemd", "supervisord")
GIVEN = frozenset({"user", "logpath", "logfmt"})
LOG_FORMAT = "%(asctime)s %(levelname)s %(module)s.%(funcName)s : %(message)s"
# The words of others for the same things.
ALSO = {"upstart": "enable", "logfmt": "log_format"}
KEYS = (
    *("user", "name", "path_to_files", "command", "service", "environment", "config_writer", "config", "config_files"),
    *("log_format", "virtual_env", "enable", "notify", "watchdog", "backend", "supervisord"),
)
KEYS_OF_ENVIRONMENT = ("req_file", "dependencies")


class Unknown(TampuError):
    reason = "service::unknown"
    exit_code = 2

    def __init__(self, word: str) -> None:
        super().__init__(
            title="There is no such service",
            found=word,
            expected="a file that describes a service, or the name of one that was set up here",
            todo="Name the file, such as in `tampu service init shop.toml`.",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Writer:
    """The script that writes the service's configuration: what it is told, and the files that it writes elsewhere."""

    script: Path
    options: Mapping[str, str]
    log_format: str
    files: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """`origin` is who asks: the file's name, or that of the function."""

    origin: str
    name: str
    user: str
    code: Path
    command: tuple[str, ...]
    environment: Mapping[str, str]
    writer: Writer | None
    requirements: Path | None
    dependencies: tuple[str, ...]
    enable: bool
    notify: bool
    watchdog: int
    backend: str
    supervisord: Path | None


def read_file(path: Path) -> Wish:
    text = Tree(path.parent).read(path.name)
    if text is None:
        raise Unknown(str(path))
    return read(read_toml(text, path.name), path.name, path.parent.resolve(), {"path_to_files": "."})


def read(document: Mapping[str, object], origin: str, base: Path, defaults: Mapping[str, object]) -> Wish:
    """Relative paths count from `base`."""
    asked = Asked(origin, base, document, KEYS, ALSO).with_defaults(defaults)
    own = asked.table("virtual_env", KEYS_OF_ENVIRONMENT)
    user = asked.word("user", NAME, "a name such as shop-worker: letters a to z, digits, - and _")
    if user == "root":
        raise BadWish(origin, "user", user, "a user of its own, who may do less than root")
    return Wish(
        origin=origin,
        name=asked.word("name", NAME, "a name such as shop-worker", user),
        user=user,
        code=asked.folder("path_to_files"),
        command=_command(asked),
        environment=asked.texts("environment", VARIABLE, "a variable's name"),
        writer=_writer(asked),
        requirements=own.file("req_file"),
        dependencies=own.words("dependencies", PACKAGE, "names of packages, as apt-get knows them"),
        enable=asked.flag("enable", usually=True),
        notify=asked.flag("notify", usually=False),
        watchdog=asked.number("watchdog"),
        backend=asked.one_of("backend", BACKENDS),
        supervisord=asked.file("supervisord"),
    )


def _command(asked: Asked) -> tuple[str, ...]:
    """A command alone, a script alone, or the program and its script apart, as py-daemon has it."""
    command, script = asked.line("command"), asked.text("service", "")
    if not command and not script:
        raise BadWish(asked.origin, "command", "", 'what to start, such as "python worker.py"')
    return (*(command or ("python",)), *((script,) if script else ()))


def _writer(asked: Asked) -> Writer | None:
    script = asked.file("config_writer")
    options = asked.texts("config", OPTION, "the name of an option")
    taken = sorted(GIVEN & options.keys())
    if taken:
        raise BadWish(asked.origin, "config", taken[0], "other options: user, logpath and logfmt come by themselves")
    if script is None:
        if options:
            raise BadWish(asked.origin, "config_writer", "", "the script that takes what stands in config")
        return None
    return Writer(
        script=script,
        options=options,
        log_format=asked.text("log_format", LOG_FORMAT),
        files=asked.words("config_files", re.compile(r"/[^/].*"), "paths that begin with /"),
    )
