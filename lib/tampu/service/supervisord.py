"""supervisord as the keeper: a section of its configuration, and what it says over its socket."""

from __future__ import annotations

import configparser
import shlex
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from tampu.service.keeper import LINES_SHOWN, Mode, NoKeeper, State
from tampu.service.machine import Places
from tampu.values import dataclass
from tampu.world.run import CommandFailed, CommandMissing
from tampu.world.supervisor import NoAnswer, SupervisorSocket

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tampu.service.machine import Machine
    from tampu.service.wish import Wish
    from tampu.world.run import Command

USUAL = ("/etc/supervisor/supervisord.conf", "/etc/supervisord.conf")
SOCKET = "/var/run/supervisor.sock"
# Of Debian, for whoever fills a folder for a package.
PATTERN = "/etc/supervisor/conf.d/*.conf"
MODES = {
    "RUNNING": Mode.RUNNING,
    "STARTING": Mode.STARTING,
    "STOPPING": Mode.STOPPING,
    "STOPPED": Mode.STOPPED,
    "FATAL": Mode.FAILED,
    "BACKOFF": Mode.RETRYING,
}
HOW = (
    'Start supervisord, or name its configuration in the file: supervisord = "/etc/supervisord.conf".\n'
    "It needs [unix_http_server] with a file, and [include] with files. Or let systemd keep the service."
)
PROGRAM = """\
; Made by tampu: it writes this file again.
[program:{name}]
command={start}
user={user}
directory={current}
umask=027
autostart={autostart}
autorestart=unexpected
exitcodes=0
startsecs=1
startretries=5
stopsignal=TERM
stopwaitsecs=10
stopasgroup=true
killasgroup=true
redirect_stderr=true
stdout_logfile={log}
stdout_logfile_maxbytes=10MB
stdout_logfile_backups=5
"""


def log_of(name: str) -> str:
    """Not in the service's own folder: root writes it, and follows whatever link is there."""
    return f"/var/log/tampu/{name}/output"


def program(wish: Wish) -> str:
    places = Places(wish.name)
    return PROGRAM.format(
        name=wish.name,
        user=wish.user,
        start=places.start,
        current=places.current,
        autostart=str(wish.enable).lower(),
        log=log_of(wish.name),
    )


@contextmanager
def answering() -> Iterator[None]:
    """Who falls silent meanwhile is not there."""
    try:
        yield
    except NoAnswer as error:
        raise NoKeeper("supervisord", str(error), HOW) from error


@dataclass(frozen=True, slots=True)
class Supervisord:
    """`config` is the file that it was started with, if somebody has named it."""

    machine: Machine
    config: Path | None

    def refuse_absent(self) -> None:
        with answering():
            self._socket().states()

    def texts(self, wish: Wish) -> Mapping[str, str]:
        folder, _, form = self._pattern().rpartition("/")
        suffix = form.rpartition(".")[2] if "." in form else "conf"
        return {f"{folder}/{wish.name}.{suffix}": program(wish)}

    def links(self, wish: Wish) -> Mapping[str, str]:  # noqa: ARG002 - autostart says it
        return {}

    def folders(self, name: str) -> tuple[str, ...]:
        return (log_of(name).rpartition("/")[0],)

    def taken(self, name: str) -> tuple[str, ...]:  # noqa: ARG002 - the path of its section says it
        return ()

    def take_up(self, name: str) -> None:
        """Only what is ours: of others' changes nothing is taken up."""
        server = self._socket()
        added, changed, removed = server.reread()
        if name in {*changed, *removed}:
            server.stop(name)
            server.remove(name)
        if name in {*added, *changed}:
            server.add(name)

    def state(self, name: str) -> State:
        told = self._socket().about(name)
        if told is None:
            return State(mode=Mode.UNKNOWN)
        ended_well = Mode.STOPPED if told["exitstatus"] == 0 else Mode.FAILED
        mode = MODES.get(told["statename"], ended_well)
        return State(mode=mode, pid=told["pid"], since=float(told["start"]) if told["pid"] else 0.0)

    def start(self, name: str) -> None:
        if not self.state(name).alive:
            self._socket().start(name)

    def stop(self, name: str) -> None:
        with suppress(NoAnswer):
            self._socket().stop(name)

    def logs(self, name: str, lines: int, *, follow: bool) -> Command:
        return self.machine.command("tail", "-n", str(lines), *(("-F",) if follow else ()), log_of(name))

    def last_lines(self, name: str) -> tuple[str, ...]:
        try:
            return tuple(self.machine.world.run.ask(self.logs(name, LINES_SHOWN, follow=False)).splitlines())
        except (CommandFailed, CommandMissing):
            return ()

    def _socket(self) -> SupervisorSocket:
        options, here = self._options()
        written = options.get("unix_http_server", "file", fallback=SOCKET)
        return SupervisorSocket(Path(_expanded(written, here)))

    def _pattern(self) -> str:
        if self.machine.staged:
            return PATTERN
        options, here = self._options()
        patterns = shlex.split(options.get("include", "files", fallback=""))
        if not patterns:
            raise NoKeeper("supervisord", "no [include] in its configuration", HOW)
        return str(Path(here) / _expanded(patterns[0], here))

    def _options(self) -> tuple[configparser.RawConfigParser, str]:
        candidates = [self.config] if self.config else [Path(path) for path in USUAL]
        found = next((path for path in candidates if path.is_file()), None)
        if found is None:
            raise NoKeeper("supervisord", f"no {' and no '.join(map(str, candidates))}", HOW)
        parser = configparser.RawConfigParser(strict=False, inline_comment_prefixes=(";", "#"))
        parser.read(found, encoding="utf-8")
        return parser, str(found.parent)


def _expanded(text: str, here: str) -> str:
    return text.replace("%(here)s", here)
