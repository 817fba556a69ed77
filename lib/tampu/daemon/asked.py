"""From options to a wish: checked, and with nothing left that depends on where and when it was said."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from tampu.daemon import words
from tampu.daemon.wish import (
    OLD_LOGS_KEPT,
    PATIENCE_AT_START,
    PATIENCE_AT_STOP,
    USUAL_UMASK,
    Backoff,
    Executed,
    Rotation,
    Wish,
)

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping

    from tampu.daemon.places import Folders

NO_LOG = "none"
# What one daemon's starter says to it is nothing for another's.
OF_ANOTHER = ("TAMPU_DAEMON", "TAMPU_DETACHED", "NOTIFY_SOCKET")


def add_options(command: argparse.ArgumentParser) -> None:
    group = command.add_argument_group("how it runs")
    group.add_argument("--cwd", metavar="DIR", help="its folder; else the current one")
    group.add_argument("--env", action="append", default=[], metavar="NAME=VALUE", help="a variable; may be repeated")
    group.add_argument("--env-file", action="append", default=[], metavar="FILE", help="lines of NAME=VALUE")
    group.add_argument("--umask", metavar="OCTAL", help="else 022")
    group.add_argument("--user", default="", help="become that user, with exactly that user's groups (root only)")
    group.add_argument("--group", default="", help="another group than the user's own")
    group.add_argument(
        "--limit", action="append", default=[], metavar="NAME=N", help="such as nofile=65536; see setrlimit"
    )
    group = command.add_argument_group("when it is ready, and how it ends")
    group.add_argument(
        "--ready", metavar="HOW", help="notify, port:N, file:PATH or after:SECONDS; else when it was executed"
    )
    group.add_argument("--timeout", metavar="SECONDS", help="to be ready in; else 60")
    group.add_argument("--stop-timeout", metavar="SECONDS", help="from TERM to KILL; else 10")
    group.add_argument("--keep-alive", action="store_true", help="start it anew whenever it ends: a small keeper stays")
    group.add_argument(
        "--backoff", metavar="FIRST:MOST[:TRIES]", help="seconds until then, doubled each time; else 1:60"
    )
    group = command.add_argument_group("what it writes")
    group.add_argument("--log", metavar="FILE", help=f"else NAME.log in the folder of logs; {NO_LOG}: nowhere")
    group.add_argument("--log-max", metavar="SIZE", help="such as 10M: a small writer changes files at that size")
    group.add_argument("--log-keep", metavar="N", help="old files that are kept; else 5")


def has_any(options: argparse.Namespace) -> bool:
    """Whether any of them was given."""
    names = ("cwd", "env", "env_file", "umask", "user", "group", "limit", "ready", "timeout", "stop_timeout")
    return any(getattr(options, name) for name in (*names, "keep_alive", "backoff", "log", "log_max", "log_keep"))


def wish(
    options: argparse.Namespace, command: list[str], environ: Mapping[str, str], folders: Folders, here: Path
) -> Wish:
    cwd = here / (options.cwd or "")
    if not cwd.is_dir():
        raise words.BadValue("--cwd", str(cwd), "a folder that is there")
    backoff = words.backoff(options.backoff) if options.backoff else Backoff()
    keep = words.count("--log-keep", options.log_keep) if options.log_keep else OLD_LOGS_KEPT
    rotation = Rotation(size=words.size("--log-max", options.log_max), keep=keep) if options.log_max else None
    program = command[0]
    return Wish(
        name=options.name,
        argv=(str(here / program) if "/" in program else program, *command[1:]),
        pid_dir=Path(folders.run),
        env=_env(options, environ, here),
        cwd=cwd,
        umask=words.umask(options.umask) if options.umask else USUAL_UMASK,
        user=options.user,
        group=options.group,
        limits=tuple(words.limit(text) for text in options.limit),
        log=_log(options, folders, here),
        rotation=rotation,
        ready=words.ready(options.ready, cwd) if options.ready else Executed(),
        start_timeout=words.seconds("--timeout", options.timeout) if options.timeout else PATIENCE_AT_START,
        stop_timeout=words.seconds("--stop-timeout", options.stop_timeout)
        if options.stop_timeout
        else PATIENCE_AT_STOP,
        keep_alive=backoff if options.keep_alive or options.backoff else None,
    )


def _log(options: argparse.Namespace, folders: Folders, here: Path) -> Path | None:
    unsaid = not options.log and getattr(options, "foreground", False) and not options.log_max
    if unsaid or options.log == NO_LOG:
        return None
    return here / (options.log or f"{folders.log}/{options.name}.log")


def _env(options: argparse.Namespace, environ: Mapping[str, str], here: Path) -> dict[str, str]:
    """Its whole environment: the caller's, then files, then single variables."""
    env = {name: value for name, value in environ.items() if name not in OF_ANOTHER}
    for file in options.env_file:
        env |= words.variables(here / file)
    return env | dict(words.variable("--env", text) for text in options.env)
