"""The command line of `tampu serve`, as Paste Script had it: words in any order, and what they ask for."""

from __future__ import annotations

import argparse
import os
import re
from typing import TYPE_CHECKING, NoReturn

from tampu.errors import TampuError
from tampu.paste.asking import Reload
from tampu.paste.flags import FALSE, TRUE
from tampu.values import dataclass, field

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

ABOUT = "Serve the app of a PasteDeploy config."
USAGE = "tampu serve [options] [CONFIG] [start|stop|restart|status] [var=value ...]"
START, STOP, RESTART, STATUS = "start", "stop", "restart", "status"
VERBS = (START, STOP, RESTART, STATUS)
SWITCHES = (
    *("--daemon", "--stop-daemon", "--status", "--reload", "--reload-fresh", "--no-refresh", "--monitor-restart"),
    *("--verbose", "--quiet"),
)
SECONDS = re.compile(r"[0-9]{1,6}(\.[0-9]{1,6})?")
PID_FILE, LOG_FILE = "paster.pid", "paster.log"


class WrongCall(TampuError):
    reason = "usage::serve"
    exit_code = 2

    def __init__(self, message: str, expected: str = USAGE) -> None:
        super().__init__(
            title="That is not a command line of tampu serve",
            found=message,
            expected=expected,
            todo="`tampu serve --help` explains each option.",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """`config` is as it was written, or empty; an empty `verb` serves in the foreground; all paths are absolute."""

    here: Path
    config: str = ""
    verb: str = ""
    variables: Mapping[str, str] = field(default_factory=dict)
    app: str | None = None
    server: str | None = None
    server_type: str | None = None
    python: Path | None = None
    pid_file: Path | None = None
    log_file: Path | None = None
    user: str = ""
    group: str = ""
    monitor: bool = False
    reload: Reload | None = None
    verbosity: int = 1

    @property
    def pid(self) -> Path:
        return self.pid_file or self.here / PID_FILE

    @property
    def log(self) -> Path:
        return self.log_file or self.here / LOG_FILE


class Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise WrongCall(message)


def read(argv: Sequence[str], here: Path) -> Call:
    options = parser().parse_intermixed_args(list(_switched(argv)))
    config, verb, variables = _understood(options.words, here)
    asked = {verb} if verb else set[str]()
    asked |= {name for name, said in ((STOP, options.stop_daemon), (STATUS, options.status)) if said}
    if len(asked) > 1:
        raise WrongCall(" and ".join(sorted(asked)), "one of them")
    asked |= {START} if options.daemon and not asked else set()
    if options.reload and asked & {START, RESTART}:
        raise WrongCall("--reload for a server in the background", "--reload without --daemon, start and restart")
    return Call(
        here=here,
        config=config,
        verb=next(iter(asked), ""),
        variables=variables,
        app=options.app_name,
        server=options.server_name,
        server_type=options.server,
        python=here / options.python if options.python else None,
        pid_file=here / options.pid_file if options.pid_file else None,
        log_file=here / options.log_file if options.log_file else None,
        user=options.user,
        group=options.group,
        monitor=options.monitor_restart,
        reload=_reload(options) if options.reload else None,
        verbosity=1 + options.verbose - options.quiet,
    )


def parser() -> Parser:
    made = Parser(prog="tampu serve", description=ABOUT, usage=USAGE.replace("tampu serve", "%(prog)s"))
    add = made.add_argument
    add("words", nargs="*", metavar="CONFIG", help="such as development.ini; a verb; values for the config")
    add("-n", "--app-name", metavar="NAME", help="serve [app:NAME]; else main")
    add("-s", "--server", metavar="TYPE", help="a server of PasteScript's, instead of the config's")
    add("--server-name", metavar="SECTION", help="serve by [server:SECTION], or config:other.ini; else main")
    add("--python", metavar="FILE", help="the Python to serve it with; else the app's own")
    group = made.add_argument_group("in the background, as start and restart do without being told")
    add = group.add_argument
    add("--daemon", action="store_true", help="come back when it answers")
    add("--pid-file", metavar="FILE", help=f"else {PID_FILE} in this folder")
    add("--log-file", metavar="FILE", help=f"what it writes goes there; else {LOG_FILE} in this folder")
    add("--stop-daemon", action="store_true", help="the same as the word stop")
    add("--status", action="store_true", help="the same as the word status")
    group = made.add_argument_group("how it runs")
    add = group.add_argument
    add("--reload", action="store_true", help="follow changes of the app's files")
    add("--reload-interval", default="1", metavar="SECONDS", help="between two looks, where changes can't be heard of")
    add("--reload-also", action="append", default=[], metavar="GLOB", help="follow such files, too; several times")
    add("--reload-fresh", action="store_true", help="load packages anew each time, too")
    add("--no-refresh", action="store_false", dest="refresh", help="leave pages in browsers as they are")
    add("--monitor-restart", action="store_true", help="serve it anew whenever it ends by itself")
    add("--user", default="", metavar="USER", help="become that user, with exactly that user's groups (root only)")
    add("--group", default="", metavar="GROUP", help="another group than the user's own")
    add("-v", "--verbose", action="count", default=0, help="say more")
    add("-q", "--quiet", action="count", default=0, help="say nothing but errors")
    return made


def _switched(argv: Sequence[str]) -> list[str]:
    """`--daemon=true` is what a config's [exe] section says."""
    words = []
    for word in argv:
        name, equals, value = word.partition("=")
        if equals and name in SWITCHES:
            said = value.lower()
            if not said or said not in TRUE | FALSE:
                raise WrongCall(word, f"{name}, {name}=true or {name}=false")
            words += [name] if said in TRUE else []
        else:
            words.append(word)
    return words


def _reload(options: argparse.Namespace) -> Reload:
    interval = options.reload_interval
    if not SECONDS.fullmatch(interval) or not float(interval):
        raise WrongCall(f"--reload-interval {interval}", "seconds, such as 1 or 0.2")
    return Reload(
        interval=float(interval),
        also=tuple(options.reload_also),
        preload=not options.reload_fresh,
        refresh=options.refresh,
    )


def _understood(words: Sequence[str], here: Path) -> tuple[str, str, dict[str, str]]:
    """The config, the verb, and the values."""
    config, verb, variables = "", "", dict[str, str]()
    for word in words:
        name, equals, value = word.partition("=")
        is_value = bool(equals and name and ":" not in name)
        if not config and ((word not in VERBS and not is_value) or os.path.lexists(here / word)):
            config = word
        elif is_value:
            variables[name] = value
        elif word in VERBS and not verb:
            verb = word
        else:
            raise WrongCall(word, f"var=value, or one of {', '.join(VERBS)}")
    return config, verb, variables
