"""A real systemd as the first process of a throw-away copy of this machine: whatever it does there is gone with it."""

from __future__ import annotations

import os
import subprocess
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tests.kit import require

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

SYSTEMD = Path("/usr/lib/systemd/systemd")
PATIENCE = 120
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
# In there, what is otherwise than here.
CHANGES = "/run/changes"
# Its own branch of the hierarchy: others may have a sandbox too.
JOIN = """
set -e
mount --make-rprivate /
mkdir -p "$PLACE/cgroup"
mount -t cgroup2 cgroup "$PLACE/cgroup"
mkdir -p "$PLACE/cgroup/$BRANCH"
echo $$ > "$PLACE/cgroup/$BRANCH/cgroup.procs"
mount -t tmpfs tmpfs "$PLACE/disk"
mkdir "$PLACE/disk/upper" "$PLACE/disk/work" "$PLACE/disk/root"
unshare="setpriv --pdeathsig KILL unshare --mount --pid --uts --ipc --cgroup --fork --kill-child"
TARGET=basic.target $unshare sh -c "$BOOT" || :
# Whoever has let it end wants it to start anew, and this time with all that starts at boot.
while TARGET=multi-user.target $unshare sh -c "$BOOT" || [ $? -gt 128 ]; do :; done
"""
BOOT = """
set -e
root="$PLACE/disk/root"
mount -t overlay overlay -o "lowerdir=/,upperdir=$PLACE/disk/upper,workdir=$PLACE/disk/work" "$root"
mount -t proc proc "$root/proc"
mount -t sysfs -o ro sysfs "$root/sys"
for folder in run tmp dev; do mount -t tmpfs -o mode=755 tmpfs "$root/$folder"; done
chmod 1777 "$root/tmp"
mkdir "$root/dev/pts" "$root/dev/shm"
mount -t devpts -o newinstance,ptmxmode=0666,mode=620 devpts "$root/dev/pts"
ln -s pts/ptmx "$root/dev/ptmx"
for name in fd:fd stdin:fd/0 stdout:fd/1 stderr:fd/2; do ln -s "/proc/self/${name#*:}" "$root/dev/${name%:*}"; done
for node in null:3 zero:5 full:7 random:8 urandom:9; do mknod -m 666 "$root/dev/${node%:*}" c 1 "${node#*:}"; done
mknod -m 666 "$root/dev/tty" c 5 0
touch "$root/dev/console"
for share in $SHARES; do mkdir -p "$root$share"; mount --bind "$share" "$root$share"; done
mount -t cgroup2 cgroup "$root/sys/fs/cgroup"
mkdir "$root$CHANGES"
mount --bind "$PLACE/disk/upper" "$root$CHANGES"
mkdir "$root/.old"
cd "$root"
pivot_root . .old
umount -l /.old
rmdir /.old
exec env -i container=runc PATH="$PATH" "$SYSTEMD" --unit="$TARGET" --log-target=journal --show-status=0
"""
CLEAR = """
mount --make-rprivate /
mount -t cgroup2 cgroup "$PLACE/cgroup"
find "$PLACE/cgroup/$BRANCH" -depth -type d -exec rmdir {} +
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sandbox:
    """`outer` is the process that holds its disk, and starts it anew when it has ended."""

    outer: int

    @property
    def first(self) -> int:
        """Its first process, as this machine counts; 0 while there is none."""
        return _child(_child(self.outer))

    def reboot(self) -> None:
        """As its user does it; its disk stays, and all that starts at boot is started."""
        before = self.first
        self.run("systemctl", "reboot")
        deadline = time.monotonic() + PATIENCE
        while self.first in {0, before} or not self.is_up():
            assert time.monotonic() < deadline
            time.sleep(0.05)

    def is_up(self) -> bool:
        return self.run("systemctl", "is-system-running").stdout.strip() in {"running", "degraded"}

    def run(self, *argv: str | Path, env: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self.words(*argv),
            check=False,
            capture_output=True,
            encoding="utf-8",
            env={"PATH": PATH, "HOME": "/root", **(env or {})},
            stdin=subprocess.DEVNULL,
            timeout=PATIENCE,
        )

    def well(self, *argv: str | Path, env: Mapping[str, str] | None = None) -> str:
        done = self.run(*argv, env=env)
        assert done.returncode == 0, (argv, done.stdout, done.stderr)
        return done.stdout

    def words(self, *argv: str | Path) -> tuple[str, ...]:
        """A command that runs in there."""
        enter = ("nsenter", f"--target={self.first}", "--mount", "--pid", "--cgroup", "--ipc", "--uts", "--wdns=/")
        return (*enter, *map(str, argv))

    def at(self, path: str) -> Path:
        """A file of its, seen from here."""
        return Path(f"/proc/{self.first}/root{path}")


@contextmanager
def sandbox(place: Path, *shares: Path) -> Iterator[Sandbox]:
    """`shares` are folders that it has in common with this machine."""
    require.need_root()
    require.need("unshare", "setpriv", "nsenter", "mount", "systemctl", "pivot_root")
    if not SYSTEMD.exists():
        require.lack("systemd")
    for folder in ("disk", "cgroup"):
        (place / folder).mkdir(parents=True)
    env = {
        "PLACE": str(place),
        "BRANCH": f"tampu-tests-{os.getpid()}-{time.monotonic_ns()}",
        "BOOT": BOOT,
        "SHARES": " ".join(map(str, shares)),
        "SYSTEMD": str(SYSTEMD),
        "PATH": PATH,
        "CHANGES": CHANGES,
    }
    with (place / "said").open("w") as said:
        outer = subprocess.Popen(("unshare", "--mount", "sh", "-c", JOIN), env=env, stdout=said, stderr=said)
    try:
        yield _up(outer, place)
    finally:
        # The rest goes with it: it holds the only mounts, and its child is killed with it.
        outer.kill()
        outer.wait()
        _clear(env)


def _up(outer: subprocess.Popen[bytes], place: Path) -> Sandbox:
    found = Sandbox(outer=outer.pid)
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and outer.poll() is None:
        if found.first and found.is_up():
            return found
        time.sleep(0.05)
    raise AssertionError((place / "said").read_text(encoding="utf-8"))


def _child(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="utf-8").split()[0])
    except (OSError, IndexError):
        return 0


def _clear(env: Mapping[str, str]) -> None:
    """Branches of a hierarchy outlive those who were in them, and can go once these are reaped."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        done = subprocess.run(("unshare", "--mount", "sh", "-c", CLEAR), env=env, check=False, capture_output=True)
        if done.returncode == 0:
            return
        time.sleep(0.05)
    raise AssertionError(done.stderr)
