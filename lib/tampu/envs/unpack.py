"""Unpacks an archive with care: whole or not at all, and nothing outside its folder."""

from __future__ import annotations

import errno
import gzip
import io
import lzma
import os
import shutil
import tarfile
import zlib
from contextlib import contextmanager
from itertools import dropwhile
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from tampu.envs.packing import EXECUTABLE, MODE_TO_READ, MODE_TO_RUN
from tampu.errors import TampuError
from tampu.facts.excerpt import SENTENCE, excerpt
from tampu.world import files

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ROOTS = {"bin", "lib", "include", "share"}
CHUNK = 1024 * 1024
GZIP_MAGIC = b"\x1f\x8b"
# Ten times what the largest runtime has.
MOST_BYTES = 4 << 30
MOST_MEMBERS = 500_000
# A header's size is what tarfile reads into memory at once.
LONGEST_HEADER = 1 << 20
IN_MEMORY = (
    *(tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.SOLARIS_XHDTYPE),
    *(tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_LONGLINK, tarfile.GNUTYPE_SPARSE),
)
UNNAMEABLE = {errno.ENAMETOOLONG, errno.EINVAL, errno.EILSEQ}
END = bytes(tarfile.BLOCKSIZE)


class BrokenArchive(TampuError):
    reason = "archive::broken"

    def __init__(self, archive: str, why: str) -> None:
        super().__init__(
            title=f"{archive} can't be unpacked",
            found=excerpt(why, SENTENCE),
            expected="a whole .tar.gz or .tar.xz",
            todo=(
                "Nothing of it was kept. If it comes from your mirror, make the archive anew and\n"
                "correct its sha256 in index.json."
            ),
        )


class ClimbingMember(TampuError):
    reason = "archive::climbs"

    def __init__(self, archive: str, member: str) -> None:
        super().__init__(
            title=f"{archive} reaches out of its own folder",
            found=excerpt(member, SENTENCE),
            expected="names and links that stay inside",
            todo="Nothing of it was kept. Don't use this archive; find out who made it.",
        )


class OddMember(TampuError):
    reason = "archive::odd-member"

    def __init__(self, archive: str, member: str, why: str) -> None:
        super().__init__(
            title=f"{archive} has a member that doesn't belong there",
            found=f"{excerpt(member)} ({why})",
            expected="files, folders and links, in one folder or in bin/ and lib/",
            todo="Nothing of it was kept. Make the archive anew from a runtime's own files.",
        )


def unpack(archive: Path, place: Path) -> None:
    """Make `place` out of the archive's single top folder, or out of its bin/, lib/ and so on."""
    beside = place.with_name(f".{place.name}.unpacking")
    try:
        files.remove(beside)
        beside.mkdir(parents=True)
        beside.chmod(MODE_TO_RUN)
        _unpack(archive, beside)
        beside.replace(place)
    except (EOFError, tarfile.TarError, gzip.BadGzipFile, lzma.LZMAError, zlib.error) as error:
        raise BrokenArchive(archive.name, str(error)) from error
    except OSError as error:
        raise files.disk_error(error) from error
    # What tarfile makes of a header that says nonsense, by its version.
    except (ValueError, ArithmeticError, LookupError, RecursionError, MemoryError) as error:
        raise BrokenArchive(archive.name, f"a header that can't be read: {error}") from error
    finally:
        files.remove(beside)


def _unpack(archive: Path, root: Path) -> None:
    with _opened(archive) as stream, tarfile.open(fileobj=stream, mode="r:", tarinfo=Header) as tar:
        tree = Tree(archive.name, root)
        for member in tar:
            tree.add(member, tar)
        tree.finish()
        # Only reading to the very end verifies the checksum.
        while piece := stream.read(CHUNK):
            tree.room_for(len(piece))


def _opened(archive: Path) -> gzip.GzipFile | lzma.LZMAFile:
    with archive.open("rb") as file:
        zipped = file.read(len(GZIP_MAGIC)) == GZIP_MAGIC
    return gzip.open(archive) if zipped else lzma.open(archive)


class Header(tarfile.TarInfo):
    """A header that must be right: by itself tarfile takes a broken one for the end of the archive."""

    @classmethod
    def frombuf(cls, buf: bytes | bytearray, encoding: str, errors: str) -> Header:
        try:
            found = super().frombuf(buf, encoding, errors)
        except tarfile.HeaderError as error:
            if buf == END:
                raise
            raise EOFError(f"{error} where a member or the end was due") from error
        if found.size < 0 or (found.type in IN_MEMORY and found.size > LONGEST_HEADER):
            raise EOFError(f"a header of {found.size} bytes")
        return found


class Tree:
    """The folder that an archive's members are laid out in; its links come last, so that none is written through."""

    def __init__(self, archive: str, root: Path) -> None:
        self._archive = archive
        self._root = root
        self._top: str | None = None
        self._folders = {PurePosixPath()}
        self._files: set[PurePosixPath] = set()
        self._room = MOST_BYTES
        self._members = 0
        self._links: list[tuple[PurePosixPath, str]] = []

    def add(self, member: tarfile.TarInfo, tar: tarfile.TarFile) -> None:
        path = self._inside(member.name)
        self._members += 1
        if member.size < 0 or member.issparse() or self._members > MOST_MEMBERS:
            raise OddMember(self._archive, member.name, "with a size that no runtime's file has")
        self.room_for(member.size)
        with self._alone_at(member.name):
            if member.isdir():
                self._make_folder(path)
            elif member.isfile():
                self._write(path, member, tar)
            elif member.issym():
                self._links.append((path, self._harmless(member, path)))
            elif member.islnk():
                self._join(path, member)
            else:
                raise OddMember(self._archive, member.name, "neither a file, a folder nor a link")

    def finish(self) -> None:
        if not self._files:
            raise EOFError("no file in it")
        for path, target in self._links:
            with self._alone_at(str(path)):
                self._make_folder(path.parent)
                (self._root / path).symlink_to(target)

    def room_for(self, size: int) -> None:
        """A few bytes can stand for as many as any disk has."""
        self._room -= size
        if self._room < 0:
            raise EOFError(f"more than {MOST_BYTES:,} bytes in it")

    @contextmanager
    def _alone_at(self, name: str) -> Iterator[None]:
        try:
            yield
        except (FileExistsError, IsADirectoryError, NotADirectoryError) as error:
            raise OddMember(self._archive, name, "something else is in its place") from error
        except OSError as error:
            if error.errno in UNNAMEABLE:
                raise OddMember(self._archive, name, "no file can be called so") from error
            raise

    def _inside(self, name: str) -> PurePosixPath:
        """The member's path below our folder, without the top folder that all members share."""
        path = PurePosixPath(name)
        if path.is_absolute() or ".." in path.parts:
            raise ClimbingMember(self._archive, name)
        if not path.parts:
            return path
        if self._top is None:
            self._top = "" if path.parts[0] in ROOTS else path.parts[0]
        if self._top and path.parts[0] != self._top:
            raise OddMember(self._archive, name, f"beside the top folder {excerpt(self._top)}")
        return path.relative_to(self._top)

    def _make_folder(self, path: PurePosixPath) -> None:
        if path not in self._folders:
            self._make_folder(path.parent)
            (self._root / path).mkdir(exist_ok=True)
            (self._root / path).chmod(MODE_TO_RUN)
            self._folders.add(path)

    def _write(self, path: PurePosixPath, member: tarfile.TarInfo, tar: tarfile.TarFile) -> None:
        self._make_folder(path.parent)
        content = tar.extractfile(member)
        with (self._root / path).open("xb") as file:
            shutil.copyfileobj(content or io.BytesIO(), file, CHUNK)
            os.fchmod(file.fileno(), MODE_TO_RUN if member.mode & EXECUTABLE else MODE_TO_READ)
        self._files.add(path)

    def _join(self, path: PurePosixPath, member: tarfile.TarInfo) -> None:
        source = self._inside(member.linkname)
        if source not in self._files:
            raise OddMember(
                self._archive, member.name, f"a link to {excerpt(member.linkname)}, which is no file before it"
            )
        self._make_folder(path.parent)
        os.link(self._root / source, self._root / path)
        self._files.add(path)

    def _harmless(self, member: tarfile.TarInfo, path: PurePosixPath) -> str:
        """Steps up may only come first: after another link they would lead elsewhere than they seem to."""
        target = PurePosixPath(member.linkname)
        steps = len(target.parts) - len(tuple(dropwhile(lambda part: part == "..", target.parts)))
        if target.is_absolute() or ".." in target.parts[steps:] or steps > len(path.parent.parts):
            raise ClimbingMember(self._archive, f"{member.name} -> {member.linkname}")
        return member.linkname
