"""systemd as the keeper: a unit that may do little, and what systemctl says of it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from tampu.service.keeper import LINES_SHOWN, DidNotStart, Mode, NoKeeper, State
from tampu.service.machine import Places
from tampu.values import dataclass
from tampu.world.run import CommandFailed, CommandMissing

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tampu.service.machine import Machine
    from tampu.service.wish import Wish
    from tampu.world.run import Command

UNITS = "/etc/systemd/system"
OF_OTHERS = ("/lib/systemd/system", "/usr/lib/systemd/system", "/usr/local/lib/systemd/system")
BOOT = "multi-user.target"
ASKED = ("ActiveState", "SubState", "MainPID", "ExecMainStartTimestampMonotonic", "LoadState")
MODES = {
    "active": Mode.RUNNING,
    "reloading": Mode.RUNNING,
    "activating": Mode.STARTING,
    "deactivating": Mode.STOPPING,
    "failed": Mode.FAILED,
    "inactive": Mode.STOPPED,
}
MILLION = 1_000_000
UNIT = """\
# Made by tampu: it writes this file again. What is to differ goes into a drop-in: systemctl edit {name}
[Unit]
Description={name}
Wants=network-online.target
After=network-online.target
StartLimitIntervalSec=60
StartLimitBurst=6

[Service]
Type={type}
ExecStart={start}
User={user}
SyslogIdentifier={name}
WorkingDirectory={current}
UMask=0027
Restart=on-failure
RestartSec=1
TimeoutStopSec=10
{watchdog}StateDirectory={name}
StateDirectoryMode=0750
LogsDirectory={name}
LogsDirectoryMode=0750
RuntimeDirectory={name}
RuntimeDirectoryMode=0750

AmbientCapabilities=
CapabilityBoundingSet=
DevicePolicy=closed
KeyringMode=private
LockPersonality=yes
MemoryDenyWriteExecute=yes
NoNewPrivileges=yes
PrivateDevices=yes
PrivateTmp=yes
PrivateUsers=yes
ProcSubset=pid
ProtectClock=yes
ProtectControlGroups=yes
ProtectHome=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
ProtectProc=invisible
ProtectSystem=strict
RemoveIPC=yes
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
SystemCallArchitectures=native
SystemCallErrorNumber=EPERM
SystemCallFilter=@system-service
SystemCallFilter=~@privileged @resources

[Install]
WantedBy={boot}
"""


def unit(wish: Wish) -> str:
    """No word of it is a user's but names, which are letters, digits, - and _."""
    places = Places(wish.name)
    return UNIT.format(
        name=wish.name,
        user=wish.user,
        type="notify" if wish.notify else "exec",
        start=places.start,
        current=places.current,
        watchdog=f"WatchdogSec={wish.watchdog}\n" if wish.watchdog else "",
        boot=BOOT,
    )


@dataclass(frozen=True, slots=True)
class Systemd:
    machine: Machine

    def refuse_absent(self) -> None:
        try:
            self._ask("show", "--property=Version")
        except (CommandFailed, CommandMissing) as error:
            said = error.output.strip() if isinstance(error, CommandFailed) else error.title
            raise NoKeeper(
                "systemd",
                said.partition("\n")[0],
                'In a container, or without systemd, let supervisord keep it: backend = "supervisord".\n'
                "To fill a folder for a package, name the folder: tampu service init --root DIR FILE",
            ) from error

    def texts(self, wish: Wish) -> Mapping[str, str]:
        return {f"{UNITS}/{wish.name}.service": unit(wish)}

    def links(self, wish: Wish) -> Mapping[str, str]:
        return {f"{UNITS}/{BOOT}.wants/{wish.name}.service": f"{UNITS}/{wish.name}.service"}

    def folders(self, name: str) -> tuple[str, ...]:  # noqa: ARG002 - it has a journal
        return ()

    def taken(self, name: str) -> tuple[str, ...]:
        return tuple(f"{folder}/{name}.service" for folder in OF_OTHERS)

    def take_up(self, name: str) -> None:
        self._ask("daemon-reload")
        self._try("reset-failed", f"{name}.service")

    def state(self, name: str) -> State:
        text = self._ask("show", f"{name}.service", *(f"--property={each}" for each in ASKED))
        told = dict(line.partition("=")[::2] for line in text.splitlines())
        if told.get("LoadState") == "not-found":
            return State(mode=Mode.UNKNOWN)
        mode = MODES.get(told["ActiveState"], Mode.UNKNOWN)
        if told["SubState"] == "auto-restart":
            mode = Mode.RETRYING
        started = int(told["ExecMainStartTimestampMonotonic"])
        since = time.time() - time.clock_gettime(time.CLOCK_MONOTONIC) + started / MILLION if started else 0.0
        return State(mode=mode, pid=int(told["MainPID"]), since=since)

    def start(self, name: str) -> None:
        self._try("reset-failed", f"{name}.service")
        try:
            self._ask("start", f"{name}.service")
        except CommandFailed as error:
            lines = self.last_lines(name)
            self.stop(name)
            raise DidNotStart(name, error.output.strip().partition("\n")[0][:80], lines) from error

    def stop(self, name: str) -> None:
        self._try("stop", f"{name}.service")
        self._try("reset-failed", f"{name}.service")

    def logs(self, name: str, lines: int, *, follow: bool) -> Command:
        more = ("--follow",) if follow else ()
        words = ("--unit", f"{name}.service", "--lines", str(lines), "--output", "short-iso", "--quiet", *more)
        return self.machine.command("journalctl", *words)

    def last_lines(self, name: str) -> tuple[str, ...]:
        self._journal("--sync")
        words = ("--lines", str(LINES_SHOWN), "--output", "cat", "--quiet")
        return tuple(self._journal(f"_SYSTEMD_UNIT={name}.service", *words).splitlines())

    def _ask(self, *words: str) -> str:
        return self.machine.world.run.ask(self.machine.command("systemctl", *words))

    def _journal(self, *words: str) -> str:
        try:
            return self.machine.world.run.ask(self.machine.command("journalctl", *words))
        except (CommandFailed, CommandMissing):
            return ""

    def _try(self, *words: str) -> None:
        """Where there is nothing to do, it says so as an error."""
        try:
            self._ask(*words)
        except CommandFailed:
            return
