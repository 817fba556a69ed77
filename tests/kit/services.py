"""Machines of our own that keep services: a sandbox with systemd, and one where supervisord does it."""

from __future__ import annotations

import hashlib
import json
import re
import stat
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from tests.kit import buildpack
from tests.kit.sandbox import CHANGES, PATH, Sandbox, sandbox
from tests.kit.supervised import lay_supervisor

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable, Iterator, Mapping

PATIENCE = 60
PYTHON = buildpack.python()
HOUSE = buildpack.BIN.parent
TAMPU = HOUSE / "bin" / "tampu"
CACHE = "/root/.cache/tampu"
WANTED = "/etc/systemd/system/multi-user.target.wants"
# What the service tells, copies that useradd and userdel make, and what the machine notes of its own.
NOT_OURS = re.compile(
    r"/root/.*|/var/tmp/systemd-private-.*|/(run|tmp)/.*|/etc/(passwd|shadow|group|gshadow)-|/etc/\.pwd\.lock"
    r"|/var/log/(journal|lastlog|wtmp|faillog|btmp).*|/var/lib/systemd/.*|(.*/)?\.updated|/etc/(machine-id|ld\.so\.cache)|.*/told"
)
SUPERVISORD = """\
[unix_http_server]
file=/run/supervisor.sock
[supervisord]
nodaemon=true
logfile=/run/supervisord.log
pidfile=/run/supervisord.pid
childlogdir=/run
[rpcinterface:supervisor]
supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface
[include]
files=conf.d/*.conf
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Host:
    """A machine with tampu and a keeper of services; where that is supervisord, `library` has it."""

    box: Sandbox
    backend: str
    env: dict[str, str]
    library: Path

    def tampu(self, *words: str | Path) -> subprocess.CompletedProcess[str]:
        return self.box.run(TAMPU, "service", *words, env=self.env)

    def well(self, *words: str | Path) -> str:
        done = self.tampu(*words)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def python(self, function: str, **words: object) -> None:
        """The same by a call of `tampu.service`."""
        code = f"import json, sys, tampu.service; tampu.service.{function}(**json.loads(sys.argv[1]))"
        env = {**self.env, "PYTHONPATH": str(HOUSE / "lib")}
        self.box.well(PYTHON, "-c", code, json.dumps(words), env=env)

    def status(self, name: str) -> dict[str, str | int]:
        found: dict[str, str | int] = json.loads(self.tampu("status", name, "--json").stdout)
        return found

    def pid(self, name: str) -> int:
        """0 when nothing runs at the moment."""
        return int(self.status(name)["pid"] or 0)

    def keeps(self) -> None:
        """Start what keeps its services, as the machine's start would do."""
        if self.backend == "supervisord":
            _supervise(self.box, self.library)

    def reboot(self) -> None:
        self.box.reboot()
        self.keeps()

    def processes_of(self, user: str) -> str:
        return self.box.run("pgrep", "--uid", user, "--list-full").stdout

    def files(self) -> dict[str, str]:
        """All that is otherwise than on the machine that this is a copy of."""
        changes = self.box.at(CHANGES)
        paths = (f"/{path.relative_to(changes)}" for path in changes.rglob("*"))
        return {path: _entry(changes / path.lstrip("/")) for path in paths if not NOT_OURS.fullmatch(path)}

    def times(self) -> dict[str, int]:
        """When each of these was changed last."""
        changes = self.box.at(CHANGES)
        return {path: (changes / path.lstrip("/")).lstat().st_ctime_ns for path in self.files()}


def differences(one: Mapping[str, str], other: Mapping[str, str]) -> list[str]:
    """Between two moments of a host. What is not among its changes is as it is here."""
    pairs = {
        path: [side.get(path) or _entry(Path(path)) for side in (one, other)] for path in one.keys() | other.keys()
    }
    return sorted(f"{path}: {before} / {after}" for path, (before, after) in pairs.items() if before != after)


def _entry(path: Path) -> str:
    """Type, mode, owners and content; nothing for a file that is not there, or is marked as gone."""
    try:
        found = path.lstat()
    except FileNotFoundError:
        return ""
    if stat.S_ISCHR(found.st_mode):
        return ""
    content = str(path.readlink()) if path.is_symlink() else ""
    if stat.S_ISREG(found.st_mode):
        content = hashlib.sha256(path.read_bytes()).hexdigest()
    return f"{stat.filemode(found.st_mode)} {found.st_uid}:{found.st_gid} {content}"


@contextmanager
def host(backend: str, place: Path, mirror: Path, index: str, seed: Path) -> Iterator[Host]:
    """It has tampu's tools and a Python in its cache, and this backend."""
    files = Path(unquote(urlsplit(index).path)).parent
    env = {"TAMPU_MIRROR": str(mirror), "PIP_INDEX_URL": index, "PATH": f"{PYTHON.parent}:{PATH}", "HOME": "/root"}
    with sandbox(place / "box", HOUSE, place, mirror, files, seed) as box:
        box.well("mkdir", "-p", "/root/.cache")
        box.well("cp", "-a", seed / "tampu", CACHE)
        # What this machine would start at boot stays out of it.
        box.well("find", WANTED, "-mindepth", "1", "-delete")
        host = Host(box=box, backend=backend, env=env, library=lay_supervisor(index, place / "supervisor"))
        host.keeps()
        yield host


def until(true: Callable[[], object], why: Callable[[], object]) -> None:
    end = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < end, why()
        time.sleep(0.3)  # to ask once takes most of that from a CPU


def _supervise(box: Sandbox, library: Path) -> None:
    box.well("mkdir", "-p", "/etc/supervisor/conf.d")
    box.at("/etc/supervisor/supervisord.conf").write_text(SUPERVISORD, encoding="utf-8")
    words = (str(PYTHON), "-m", "supervisor.supervisord", "-c", "/etc/supervisor/supervisord.conf")
    box.well("systemd-run", "--quiet", "--unit=supervisord", f"--setenv=PYTHONPATH={library}", *words)
    socket = box.at("/run/supervisor.sock")
    until(socket.exists, lambda: box.run("journalctl", "--unit=supervisord").stdout)
