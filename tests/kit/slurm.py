"""A real cluster of Slurm on loopback, of one node, for whoever comes to a host by ssh."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import tempfile
import time
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tests.kit import require
from tests.kit.served import free_port

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.kit.sshd import Server

PATIENCE = 60
CLIENTS = ("sbatch", "squeue", "scancel")
DAEMONS = ("/usr/sbin/munged", "/usr/sbin/slurmctld", "/usr/sbin/slurmd")
CONFIGURATION = """\
ClusterName=tests
SlurmctldHost={node}(127.0.0.1)
SlurmctldPort={port}
SlurmdPort={other_port}
SlurmUser=root
AuthType=auth/munge
AuthInfo=socket={folder}/munge
CredType=cred/munge
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SwitchType=switch/none
MpiDefault=none
JobAcctGatherType=jobacct_gather/none
SlurmdParameters=config_overrides
KillWait=1
ReturnToService=2
NodeName={node} NodeAddr=127.0.0.1 CPUs=4 State=UNKNOWN
PartitionName=all Nodes=ALL Default=YES MaxTime=INFINITE State=UP
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cluster:
    folder: Path

    def ask(self, *words: str) -> str:
        env = {**os.environ, "SLURM_CONF": str(self.folder / "slurm.conf")}
        done = subprocess.run(words, env=env, capture_output=True, text=True, check=False)
        return done.stdout + done.stderr

    def queue(self) -> list[str]:
        return self.ask("squeue", "--noheader", "--array", "--format=%i").split()


@contextmanager
def cluster(server: Server) -> Iterator[Cluster]:
    """That host's own programs of Slurm lead to it."""
    require.need(*DAEMONS, *CLIENTS)
    require.need_root()
    # A socket's path may not be long.
    with tempfile.TemporaryDirectory(prefix="slurm") as name, ExitStack() as stack:
        made = Cluster(folder=Path(name))
        _configure(made.folder)
        for program in CLIENTS:
            path = server.folder / "bin" / program
            conf = made.folder / "slurm.conf"
            path.write_text(f'#!/bin/sh\nSLURM_CONF={conf} exec {shutil.which(program)} "$@"\n', encoding="utf-8")
            path.chmod(0o755)
        for words in _daemons(made.folder):
            stack.enter_context(_running(words))
        _until_idle(made)
        yield made
        made.ask("scancel", "--user=root")
        _until_idle(made)


def _configure(folder: Path) -> None:
    node = platform.node().partition(".")[0]
    text = CONFIGURATION.format(node=node, folder=folder, port=free_port(), other_port=free_port())
    (folder / "slurm.conf").write_text(text, encoding="utf-8")
    (folder / "key").write_bytes(os.urandom(128))
    (folder / "key").chmod(0o400)
    for name in ("state", "spool"):
        (folder / name).mkdir()


def _daemons(folder: Path) -> tuple[tuple[str, ...], ...]:
    munged, slurmctld, slurmd = DAEMONS
    files = {"socket": "munge", "key-file": "key", "pid-file": "munge.pid", "log-file": "log", "seed-file": "seed"}
    own = tuple(f"--{option}={folder / name}" for option, name in files.items())
    conf = ("-D", "-f", str(folder / "slurm.conf"))
    return (munged, "--foreground", "--force", *own), (slurmctld, *conf), (slurmd, *conf)


@contextmanager
def _running(words: tuple[str, ...]) -> Iterator[None]:
    nothing = subprocess.DEVNULL
    with subprocess.Popen(words, stdin=nothing, stdout=nothing, stderr=nothing) as process:
        try:
            yield
        finally:
            process.terminate()


def _until_idle(made: Cluster) -> None:
    began = time.monotonic()
    while "idle" not in made.ask("sinfo", "--noheader", "--format=%T"):
        assert time.monotonic() - began < PATIENCE, made.ask("sinfo")
        time.sleep(0.1)
