"""A host, and the words that have ssh get there."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from tampu.remote import agent
from tampu.values import dataclass, field

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

CONNECT_WITHIN = 30
KEPT_FOR = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Host:
    """Where, and how to get there: `config` is what ssh takes with -F, `sockets` a folder for shared connections."""

    name: str
    env: Mapping[str, str]
    sockets: Path
    config: Path | None = None
    store: str = ""
    budget: int = 0
    python: str = "python3"
    terminal: bool = False
    ssh: str = "ssh"
    options: tuple[str, ...] = field(default=())

    def _ssh(self, *options: str) -> tuple[str, ...]:
        config = ("-F", str(self.config)) if self.config else ()
        shared = ("-o", f"ControlPath={self.sockets}/%C", "-o", f"ConnectTimeout={CONNECT_WITHIN}")
        return (self.ssh, *config, *shared, *self.options, *options)

    def agent(self) -> tuple[str, ...]:
        """What starts the agent; it asks nothing, and shares its connection with those that come next."""
        mute = ("-T", "-o", "BatchMode=yes", "-o", "ControlMaster=auto", "-o", f"ControlPersist={KEPT_FOR}")
        alive = ("-o", "ServerAliveInterval=5", "-o", "ServerAliveCountMax=4")
        start = f"exec {self.python} -I -S -c {shlex.quote(agent.starter())}"
        return self._ssh(*mute, *alive, "--", self.name, start)

    def door(self) -> tuple[str, ...]:
        """What opens the shared connection where there is a terminal on which ssh may ask."""
        return self._ssh("-fN", "-o", "ControlMaster=auto", "-o", f"ControlPersist={KEPT_FOR}", "--", self.name)

    def has_door(self) -> tuple[str, ...]:
        return self._ssh("-O", "check", "--", self.name)

    def shut(self) -> tuple[str, ...]:
        return self._ssh("-O", "exit", "--", self.name)

    def who_is_there(self) -> tuple[str, ...]:
        """What tells the host's key."""
        return self._ssh("-v", "-T", "-o", "BatchMode=yes", "-o", "ControlMaster=no", "--", self.name, "true")
