"""The machine that a service is set up on, or the folder that stands for one, and where the parts of a service are."""

from __future__ import annotations

import fcntl
import os
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from tampu.values import dataclass
from tampu.world.environ import tool_env
from tampu.world.run import Command

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tampu.world import World

JOURNALS = "/var/lib/tampu/services"
RELEASES = "/usr/local/lib/tampu"
# What all services of tampu share; they go with the last of them.
SHARED = (JOURNALS, "/var/lib/tampu", RELEASES, "/var/log/tampu")
OF_A_FOLDER = ("/var/lib", "/var")


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """`root` is where its / is; whoever fills a folder for a package stages, and starts nothing."""

    root: Path
    world: World

    @property
    def staged(self) -> bool:
        return self.root != Path("/")

    def at(self, path: str) -> Path:
        return self.root / path.lstrip("/")

    def command(self, *argv: str, hint: str = "See its output above.") -> Command:
        env = {**tool_env(self.world.environ), "DEBIAN_FRONTEND": "noninteractive"}
        return Command(argv=argv, cwd=Path("/"), env=env, hint=hint)

    @contextmanager
    def alone(self) -> Iterator[None]:
        """One at a time: others wait."""
        folder = self.at(JOURNALS)
        while True:
            folder.mkdir(parents=True, exist_ok=True)
            held = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
            try:
                fcntl.flock(held, fcntl.LOCK_EX)
                if not _is_still(held, folder):
                    continue
                yield
                return
            finally:
                self._leave()
                os.close(held)

    def _leave(self) -> None:
        for shared in (*SHARED, *(OF_A_FOLDER if self.staged else ())):
            with suppress(OSError):
                self.at(shared).rmdir()


@contextmanager
def umask(mask: int) -> Iterator[None]:
    before = os.umask(mask)
    try:
        yield
    finally:
        os.umask(before)


def _is_still(held: int, folder: Path) -> bool:
    """Whoever was before us may have removed the folder with the last service."""
    with suppress(OSError):
        return os.path.samestat(os.fstat(held), folder.stat())
    return False


@dataclass(frozen=True, slots=True)
class Places:
    """Paths of a service, as it sees them."""

    name: str

    @property
    def home(self) -> str:
        return f"{RELEASES}/{self.name}"

    @property
    def releases(self) -> str:
        return f"{self.home}/releases"

    @property
    def current(self) -> str:
        return f"{self.home}/current"

    @property
    def start(self) -> str:
        return f"{self.current}/start"

    @property
    def state(self) -> str:
        return f"/var/lib/{self.name}"

    @property
    def logs(self) -> str:
        return f"/var/log/{self.name}"

    @property
    def config(self) -> str:
        return f"/etc/{self.name}"

    @property
    def rotation(self) -> str:
        return f"/etc/logrotate.d/{self.name}"

    @property
    def journal(self) -> str:
        return f"{JOURNALS}/{self.name}.json"

    def variables(self) -> dict[str, str]:
        """As systemd names them, for whoever starts the service."""
        return {
            "HOME": self.state,
            "CONFIGURATION_DIRECTORY": self.config,
            "LOGS_DIRECTORY": self.logs,
            "STATE_DIRECTORY": self.state,
        }
