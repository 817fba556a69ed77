"""A built app, served as a Heroku-style platform starts it: profile scripts, then the line of `web`."""

from __future__ import annotations

import os
import signal
import subprocess
import tempfile
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from tests.kit import load, ports

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

HOUSE = Path(__file__).resolve().parents[2]
PROFILE = 'cd "$HOME"; for file in .profile.d/*.sh; do . "$file"; done; exec bash -c "$LINE"'
PATIENCE = 120
# Looks, and not seconds: in those, a machine may have stood still.
LOOKS = 100
PROC = Path("/proc")
free_port = ports.free_port


@dataclass(slots=True, kw_only=True)
class Served:
    """The process that a platform sees, and where its stack keeps what changes."""

    process: subprocess.Popen[bytes]
    port: int
    run: Path
    log: Path
    started: float = field(default_factory=time.monotonic)

    def until_answers(self, path: str = "/quick") -> float:
        """Seconds from the start to the first good answer."""
        try:
            return load.knock(self.port, path, PATIENCE) - self.started
        except AssertionError as error:
            raise AssertionError(f"{error}\n{self.said()}") from None

    def said(self) -> str:
        return self.log.read_text(encoding="utf-8", errors="replace")

    def tell(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    def ended(self) -> int:
        return self.process.wait(PATIENCE)

    def pids(self, words: str) -> list[int]:
        """Of its processes, oldest first, those whose command line has these words in it."""
        return [pid for pid in self.processes() if words in _read(pid, "cmdline").replace("\0", " ")]

    def processes(self) -> list[int]:
        """Those from the first one down, and those that were left alone by their parents."""
        mark, place = f"\0TAMPU_RUN={self.run}\0", os.path.realpath(self.run)
        # nginx writes its title over its environment, and runs in the run folder.
        orphans = [pid for pid in _all() if mark in f"\0{_read(pid, 'environ')}" or _place(pid) == place]
        return [pid for pid in sorted({*_tree(self.process.pid), *orphans}) if _lives(pid)]

    def left(self) -> list[int]:
        """A signal ends the shell that a platform starts; what that was waiting for ends a moment later."""
        for _ in range(LOOKS):
            if not self.processes():
                break
            time.sleep(0.02)
        return self.processes()

    def master(self, words: str) -> int:
        return self.pids(words)[0]

    def workers(self, words: str) -> list[int]:
        """Processes whose parent has these words in its command line too."""
        masters = set(self.pids(words))
        return [pid for pid in sorted(masters) if _parent(pid) in masters]

    @property
    def supervisor(self) -> int:
        return self.process.pid


def web_line() -> str:
    lines = (HOUSE / "Procfile.default").read_text(encoding="utf-8").splitlines()
    (line,) = [line.removeprefix("web:").strip() for line in lines if line.startswith("web:")]
    return line


def environment(app: Path, port: int, place: Path, env: Mapping[str, str] | None = None) -> dict[str, str]:
    return {
        "HOME": str(app),
        "LINE": web_line(),
        "PATH": os.defpath,
        "PORT": str(port),
        "TMPDIR": str(place),
        "WEB_CONCURRENCY": "2",
        **(env or {}),
    }


@contextmanager
def serve(
    app: Path, place: Path, env: Mapping[str, str] | None = None, port: int = 0, log: Path | None = None
) -> Iterator[Served]:
    """Start it, with its log and all that changes in that folder; whatever is left of it at the end is killed."""
    place.mkdir(parents=True, exist_ok=True)
    port, log = port or free_port(), log or place / "log"
    with _short(place) as folder:
        with log.open("ab") as out:
            process = subprocess.Popen(
                ("bash", "-c", PROFILE),
                cwd=place,
                env=environment(app, port, folder, env),
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        served = Served(process=process, port=port, run=folder / f"tampu-{os.getuid()}-{port}", log=log)
        try:
            yield served
        finally:
            _end(served)


@contextmanager
def _short(place: Path) -> Iterator[Path]:
    """The same folder by a shorter path: those of sockets can't be as long as those that pytest makes."""
    with tempfile.TemporaryDirectory(prefix="s-") as folder:
        link = Path(folder, place.name)
        link.symlink_to(place)
        yield link


def _end(served: Served) -> None:
    left = [pid for pid in served.processes() if pid != served.process.pid]
    served.process.kill()
    served.process.wait(PATIENCE)
    for pid in left:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def _all() -> list[int]:
    return [int(name) for name in os.listdir("/proc") if name.isdigit()]  # noqa: PTH208 - as below


def _tree(root: int) -> list[int]:
    tree, parents = [root], {pid: _parent(pid) for pid in _all()}
    for pid in tree:
        tree += [child for child, parent in parents.items() if parent == pid]
    return tree


def _parent(pid: int) -> int:
    return int(_state(pid)[1])


def _lives(pid: int) -> bool:
    return _state(pid)[0] not in {"", "Z", "X"}


def _state(pid: int) -> list[str]:
    return _read(pid, "stat").rpartition(")")[2].split() or ["", "0"]


def _place(pid: int) -> str:
    try:
        return os.readlink(f"/proc/{pid}/cwd")  # noqa: PTH115 - as below
    except OSError:
        return ""


def _read(pid: int, name: str) -> str:
    # Of all processes, many times a second: objects for their paths would take most of the time.
    try:
        with open(f"/proc/{pid}/{name}", "rb", buffering=0) as file:  # noqa: PTH123
            return file.readall().decode(errors="replace")
    except (FileNotFoundError, PermissionError, ProcessLookupError):
        return ""
