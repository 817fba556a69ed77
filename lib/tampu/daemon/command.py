"""`tampu daemon`: what must run is started, known and stopped."""

from __future__ import annotations

import argparse
import os
from typing import TYPE_CHECKING, NoReturn

from tampu.daemon import actions, asked, places
from tampu.daemon.call import Call, WrongCall
from tampu.values import replace

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from tampu.world.console import Console

ABOUT = "Start any program in the background, know how it is, and stop all of it."
LINES = 20
WITH_COMMAND = frozenset({"start", "restart", "spawn"})
ABOUTS: Mapping[str, str] = {
    "start": "start it; comes back when it is ready, and with an error if it does not become so",
    "stop": "end it and all that it started; comes back when all of it is gone",
    "restart": "stop and start, with what it was started with unless a command is given",
    "status": "say how it is; exit code 0: it runs, 1: it died, 3: it doesn't run, 4: can't be told",
    "logs": "show what it wrote",
    "spawn": "start one more beside it, as NAME.1 and so on",
    "list": "all daemons of this user",
}
ACTIONS: Mapping[str, Callable[[Call], int]] = {
    "start": actions.start_it,
    "stop": actions.stop_it,
    "restart": actions.restart_it,
    "status": actions.tell_status,
    "logs": actions.show_logs,
    "spawn": actions.spawn_it,
    "list": actions.list_all,
}


class Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise WrongCall(message, self.format_usage().strip().removeprefix("usage: "))


def main(argv: Sequence[str], environ: Mapping[str, str], say: Console) -> int:
    before, command = _split(argv)
    options = parser().parse_args(before)
    if command and options.action not in WITH_COMMAND:
        raise WrongCall(f"-- {' '.join(command)}", f"tampu daemon {options.action}, without a command")
    folders = places.folders(environ, os.geteuid())
    if options.pid_dir:
        folders = replace(folders, run=os.path.abspath(options.pid_dir))
    if options.json:
        say.hush()
    return ACTIONS[options.action](Call(options=options, command=command, environ=environ, folders=folders, say=say))


def parser() -> Parser:
    made = Parser(prog="tampu daemon", description=ABOUT, usage="%(prog)s ACTION [NAME] [options] [-- COMMAND ...]")
    kinds = made.add_subparsers(dest="action", required=True, metavar="ACTION")
    for name, about in ABOUTS.items():
        words = ("NAME " if name != "list" else "", " [-- COMMAND ...]" if name in WITH_COMMAND else "")
        usage = f"tampu daemon {name} {words[0]}[options]{words[1]}"
        action = kinds.add_parser(name, help=about, description=about, usage=usage)
        if name != "list":
            action.add_argument("name", metavar="NAME")
        action.add_argument("--pid-dir", metavar="DIR", help="where records are; else /run, or your own state folder")
        action.add_argument("--json", action="store_true", help="write what is so then to stdout, for a program")
        if name in WITH_COMMAND:
            asked.add_options(action)
    add = kinds.choices["start"].add_argument
    add(
        "--foreground", action="store_true", help="stay, for a service manager: it ends with the daemon, TERM ends both"
    )
    add = kinds.choices["stop"].add_argument
    add("--timeout", metavar="SECONDS", help="from TERM to KILL; else as it was started with")
    add = kinds.choices["logs"].add_argument
    add("-f", "--follow", action="store_true", help="go on with what is written, until Ctrl-C")
    add("-n", "--lines", default=str(LINES), metavar="N", help=f"how many of the last lines; else {LINES}")
    return made


def _split(argv: Sequence[str]) -> tuple[list[str], list[str]]:
    every = list(argv)
    at = every.index("--") if "--" in every else len(every)
    return every[:at], every[at + 1 :]
