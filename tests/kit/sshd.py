"""Real ssh hosts on loopback, each with keys, a port, a home and a Python of its own."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tampu.remote.links.host import Host
from tampu.values import replace
from tests.kit import require
from tests.kit.served import free_port

if TYPE_CHECKING:
    from collections.abc import Iterator

PROGRAM = "/usr/sbin/sshd"
# Where sshd of root leaves privileges behind.
EMPTY = Path("/run/sshd")
PATIENCE = 60
# Of ports, each of which somebody else may have taken since it was free.
TRIES = 5
LISTENS = "Server listening on 127.0.0.1 port"
MASTER = re.compile(r"Master running \(pid=(\d+)\)")
SYSTEM_PATH = "/usr/local/bin:/usr/bin:/bin"
SERVER = """\
ListenAddress 127.0.0.1
Port {port}
HostKey {folder}/host_key
PidFile none
AuthorizedKeysFile {folder}/key.pub
StrictModes no
PermitRootLogin prohibit-password
PasswordAuthentication no
KbdInteractiveAuthentication no
UsePAM no
UseDNS no
PermitUserEnvironment no
MaxStartups 100
Subsystem sftp internal-sftp
SetEnv HOME={home} PATH={path}
"""
CLIENT = """\
Host {name}
  HostName 127.0.0.1
  HostKeyAlias {name}
  Port {port}
  IdentityFile {folder}/key
  IdentitiesOnly yes
  UserKnownHostsFile {folder}/known_hosts
  GlobalKnownHostsFile /dev/null
  StrictHostKeyChecking yes
  KexAlgorithms curve25519-sha256
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A host, and what a user needs to get there."""

    name: str
    port: int
    folder: Path
    home: Path
    sockets: Path

    @property
    def config(self) -> Path:
        return self.folder / "ssh_config"

    @property
    def store(self) -> Path:
        return self.home / ".tampu"

    @property
    def runs(self) -> Path:
        return self.store / "runs"

    def by(self, port: int) -> Server:
        """The same host, found at another port."""
        there = replace(self, port=port, folder=self.folder / f"by-{port}")
        # A port may be given out a second time.
        there.folder.mkdir(exist_ok=True)
        for name in ("key", "key.pub", "host_key.pub"):
            shutil.copy2(self.folder / name, there.folder / name)
        there.introduce()
        return there

    def introduce(self) -> None:
        """All that a user has of it."""
        key = " ".join((self.folder / "host_key.pub").read_text(encoding="utf-8").split()[:2])
        (self.folder / "known_hosts").write_text(f"{self.name} {key}\n", encoding="utf-8")
        text = CLIENT.format(name=self.name, port=self.port, folder=self.folder)
        self.config.write_text(text, encoding="utf-8")

    def host(self) -> Host:
        env = {"PATH": os.environ["PATH"], "HOME": str(self.folder)}
        return Host(name=self.name, env=env, sockets=self.sockets, config=self.config)

    def hang_up(self) -> None:
        """End the connection that its links share: who looks for it afterwards finds nothing of it."""
        host = self.host()
        nothing = subprocess.DEVNULL
        said = [
            subprocess.run(words, env=dict(host.env), check=False, stdin=nothing, capture_output=True, text=True).stderr
            for words in (host.has_door(), host.shut())
        ]
        # It answers before it ends.
        for pid in MASTER.findall(said[0]):
            _until_gone(int(pid))


@contextmanager
def server(folder: Path, name: str, python: Path | None) -> Iterator[Server]:
    """A host whose `python3` is that one; none finds no python3."""
    require.need(PROGRAM, "ssh", "ssh-keygen")
    home = folder / "home"
    programs = folder / "bin"
    for each in (home, programs):
        each.mkdir(parents=True)
    if python:
        (programs / "python3").symlink_to(python)
    for key in ("host_key", "key"):
        subprocess.run(("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", folder / key), check=True)
    if os.geteuid() == 0:
        EMPTY.mkdir(mode=0o755, exist_ok=True)
    # A socket's path may not be long.
    sockets = Path(tempfile.mkdtemp(prefix="ssh"))
    path = f"{programs}:{SYSTEM_PATH}" if python else str(programs)
    port, process = _listening(folder, home, path)
    made = Server(name=name, port=port, folder=folder, home=home, sockets=sockets)
    with process:
        try:
            made.introduce()
            yield made
        finally:
            made.hang_up()
            process.terminate()
            # Connections by other ports, and what keeps them ready, are on their way to their ends.
            shutil.rmtree(sockets, ignore_errors=True)


def _listening(folder: Path, home: Path, path: str) -> tuple[int, subprocess.Popen[bytes]]:
    """Where it listens, and its process."""
    config, log = folder / "sshd_config", folder / "log"
    for _ in range(TRIES):
        port = free_port()
        config.write_text(SERVER.format(port=port, folder=folder, home=home, path=path), encoding="utf-8")
        process = subprocess.Popen((PROGRAM, "-D", "-f", config, "-E", log))
        if _comes_to_listen(process, log):
            return port, process
        process.wait()
    raise AssertionError(log.read_text(encoding="utf-8"))


def _comes_to_listen(process: subprocess.Popen[bytes], log: Path) -> bool:
    """By its own words: whoever answers at that port may be somebody else."""
    deadline = time.monotonic() + PATIENCE
    while process.poll() is None and time.monotonic() < deadline:
        if log.exists() and LISTENS in log.read_text(encoding="utf-8"):
            return True
        time.sleep(0.02)
    process.kill()
    return False


def _until_gone(pid: int) -> None:
    """Or until there is nothing left of it but that nobody has waited for it."""
    deadline = time.monotonic() + PATIENCE
    with suppress(OSError):
        while Path(f"/proc/{pid}/cmdline").read_bytes():
            assert time.monotonic() < deadline
            time.sleep(0.005)
