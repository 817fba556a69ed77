"""A tree on its way into the store: made beside, of links to contents, and seen by nobody before it is whole."""

from __future__ import annotations

import errno
import fcntl
import hashlib
import os
import re
import shutil

from tampu.remote.agent.holding import held, inside, release
from tampu.remote.agent.places import ENVS, inner, note
from tampu.remote.agent.removing import removed

TYPE_CHECKING = False

if TYPE_CHECKING:
    from typing import Any

    from tampu.remote.agent.places import Store
    from tampu.remote.agent.tasks import Steps

HASH = re.compile("[0-9a-f]{64}")
# What a content has that nobody has written into since: who does so changes its time.
SEAL = 315532800
FULL = (errno.ENOSPC, errno.EDQUOT)
SPARE = 1 << 20


class Lied(ValueError):
    """A content is not what its sha256 says."""


class Making:
    def __init__(self, store: Store, kind: str, name: str, holds: list[int]) -> None:
        self.store, self.kind, self.name, self.holds = store, kind, name, holds
        self.folder = os.path.join(store.path, kind, f".{name}.{os.getpid()}")
        # Content that is still to come, and where it belongs.
        self.lacking: dict[str, list[tuple[str, bool]]] = {}
        self.sizes: dict[str, int] = {}
        self.came: list[str] = []
        self.file = -1

    def begin(self, told: dict[str, Any]) -> Steps:
        """Put there what the store has."""
        self.told = told
        above = os.path.dirname(self.folder)
        # Of those who were killed at it.
        for name in [name for name in os.listdir(above) if name.startswith(f".{self.name}.")]:
            yield from removed(os.path.join(above, name))
        os.mkdir(self.folder, 0o700)
        self.folders = {""}
        for path in told["folders"]:
            self._enter(inner(path))
        self.known = set(os.listdir(self.store.blobs))
        for path, item in told["items"].items():
            yield 0.0
            self._enter(inner(path).rpartition("/")[0])
            if len(item) == 1:
                continue
            sha, size, runs = item
            if not HASH.fullmatch(sha):
                raise ValueError(f"no sha256: {sha!r}")
            self.sizes[sha] = int(size)
            if sha in self.lacking or not self._put(path, sha, bool(runs)):
                self.lacking.setdefault(sha, []).append((path, bool(runs)))
        self._room()

    def _enter(self, folder: str) -> None:
        """Its folder is there from now on."""
        if folder not in self.folders:
            self._enter(folder.rpartition("/")[0])
            os.mkdir(f"{self.folder}/{folder}")
            self.folders.add(folder)

    def _room(self) -> None:
        there = os.statvfs(self.folder)
        if sum(self.sizes[sha] for sha in self.lacking) + SPARE > there.f_bavail * there.f_frsize:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), self.store.path)

    def _blob(self, sha: str, runs: bool) -> str:  # noqa: FBT001 - a part of its name
        return f"{self.store.blobs}/{sha}{'.x' * runs}"

    def _put(self, path: str, sha: str, runs: bool) -> bool:  # noqa: FBT001 - see above
        """Whether the content is there."""
        place = f"{self.folder}/{path}"
        for like in (runs, not runs):
            if sha + ".x" * like not in self.known:
                continue
            blob = self._blob(sha, like)
            try:
                found = os.stat(blob)
                if (found.st_size, found.st_mtime) != (self.sizes[sha], SEAL):
                    os.unlink(blob)
                elif like == runs:
                    self._link(blob, place)
                    return True
                else:
                    self._copy(blob, place, runs)
                    return True
            except FileNotFoundError:
                pass
        return False

    def _link(self, blob: str, place: str) -> None:
        try:
            os.link(blob, place)
        except FileExistsError:
            raise
        except OSError as error:
            # A file system without links, or too many to one file.
            if error.errno in (*FULL, errno.ENOENT):
                raise
            self._copy(blob, place, bool(os.stat(blob).st_mode & 0o100))

    def _copy(self, path: str, place: str, runs: bool) -> None:  # noqa: FBT001 - see above
        """Beside and renamed: a blob is there whole or not at all."""
        beside = self.folder + ".part"
        shutil.copyfile(path, beside)
        os.chmod(beside, 0o755 if runs else 0o644)
        os.utime(beside, (SEAL, SEAL))
        os.rename(beside, place)

    def take(self, sha: str, last: bool, data: bytes) -> None:  # noqa: FBT001 - as it comes
        """A piece of a content; those of another come after its last. It is written where it belongs first."""
        if sha not in self.lacking:
            raise ValueError(f"nobody asked for {sha}")
        path, runs = self.lacking[sha][0]
        place = f"{self.folder}/{path}"
        if self.file < 0:
            self.coming, self.sum, self.size = sha, hashlib.sha256(), 0
            self.file = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        left = memoryview(data)
        while left:
            left = left[os.write(self.file, left) :]
        self.sum.update(data)
        self.size += len(data)
        if last:
            if (self.coming, self.sum.hexdigest()) != (sha, sha):
                raise Lied(sha)
            os.fchmod(self.file, 0o755 if runs else 0o644)
            os.utime(self.file, (SEAL, SEAL))
            os.close(self.file)
            self.file = -1
            self._keep(sha, place)

    def _keep(self, sha: str, place: str) -> None:
        (_, runs), *others = self.lacking.pop(sha)
        self.sizes[sha] = self.size
        blob = self._blob(sha, runs)
        try:
            self._link(place, blob)
            self.came.append(blob)
        except FileExistsError:
            # Somebody else has brought it meanwhile.
            pass
        for path, like in others:
            other = os.path.join(self.folder, path)
            if like == runs:
                self._link(place, other)
            else:
                self._copy(place, other, like)

    def publish(self) -> Steps:
        """From here on it is there for all."""
        if self.kind == ENVS:
            self._environment()
        links = [(path, item[0]) for path, item in self.told["items"].items() if len(item) == 1]
        for path, link in links:
            os.symlink(link, os.path.join(self.folder, path))
        inside = os.path.join(os.path.realpath(self.folder), "")
        for path, _ in links:
            yield 0.0
            if not os.path.realpath(os.path.join(self.folder, path)).startswith(inside):
                raise ValueError(f"a link that leads out of its tree: {path!r}")
        items = {} if self.kind == ENVS else self.told["items"]
        note(self.store.lock(self.kind, self.name) + ".told", {"items": items, "size": sum(self.sizes.values())})
        place = self.store.place(self.kind, self.name)
        if os.path.isdir(place):
            # An environment that has lost its interpreter.
            os.rename(place, self.folder + ".gone")
        os.rename(self.folder, place)
        os.utime(self.holds[-1])
        yield from removed(self.folder + ".gone")

    def _environment(self) -> None:
        """What makes files an environment, wherever it lies."""
        python, version = self.store.within(self.told["notes"]["python"]), self.told["notes"]["version"]
        programs = os.path.join(self.folder, "bin")
        os.makedirs(programs, exist_ok=True)
        for name in ("python", "python3", "python" + ".".join(version.split(".")[:2])):
            os.symlink(python if name == "python" else "python", os.path.join(programs, name))
        with open(os.path.join(self.folder, "pyvenv.cfg"), "w", encoding="utf-8") as file:
            home = os.path.dirname(python)
            file.write(f"home = {home}\ninclude-system-site-packages = false\nversion = {version}\n")

    def drop(self, error: Exception | None = None) -> Steps:
        """Nothing of it stays but contents that came whole: where the disk is full, not these either."""
        if self.file >= 0:
            os.close(self.file)
        yield from removed(self.folder)
        if isinstance(error, OSError) and error.errno in FULL:
            for blob in self.came:
                if os.path.exists(blob) and os.stat(blob).st_nlink == 1:
                    os.unlink(blob)
        release(self.holds)


def wanted(store: Store, kind: str, name: str) -> list[int]:
    """Holds of the one who makes it; none while somebody else does."""
    holds = [inside(store)]
    if holds[0] < 0:
        return []
    hold = held(store.lock(kind, name), fcntl.LOCK_EX)
    if hold < 0:
        release(holds)
        return []
    return [*holds, hold]
