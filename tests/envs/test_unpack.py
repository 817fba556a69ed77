from __future__ import annotations

import gzip
import io
import lzma
import tarfile
from typing import TYPE_CHECKING

import pytest

from tampu.envs.unpack import BrokenArchive, ClimbingMember, OddMember, unpack
from tampu.world.files import DiskFull, NotWritable
from tests.kit import disk

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from tampu.errors import TampuError

PROGRAM = b"\x7fELF" * 1000


def folder(name: str) -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.type = tarfile.DIRTYPE
    return member


def file(name: str, mode: int = 0o644) -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.size = len(PROGRAM)
    member.mode = mode
    return member


def odd(name: str, kind: bytes, target: str = "") -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.type = kind
    member.linkname = target
    return member


def link(name: str, target: str) -> tarfile.TarInfo:
    return odd(name, tarfile.SYMTYPE, target)


def twin(name: str, target: str) -> tarfile.TarInfo:
    return odd(name, tarfile.LNKTYPE, target)


RUNTIME = (
    folder("python"),
    folder("python/bin"),
    file("python/bin/python3.12", 0o6777),
    link("python/bin/python3", "python3.12"),
    file("python/lib/python3.12/os.py", 0o600),
    link("python/lib/python3.12/up", "../../bin"),
    twin("python/lib/twin.py", "python/lib/python3.12/os.py"),
)


def plain(members: Iterable[tarfile.TarInfo]) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for member in members:
            tar.addfile(member, io.BytesIO(PROGRAM) if member.isreg() else None)
    return packed.getvalue()


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return tmp_path / "layers" / "python"


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    return tmp_path / "python.tar.gz"


def failure(kind: type[TampuError], archive: Path, place: Path) -> str:
    """The text of the error, which leaves nothing behind."""
    with pytest.raises(kind) as caught:
        unpack(archive, place)
    assert [] == list(place.parent.glob("*"))
    return caught.value.as_text()


def tree(place: Path) -> dict[str, str]:
    return {
        str(path.relative_to(place)): str(path.readlink()) if path.is_symlink() else oct(path.stat().st_mode & 0o7777)
        for path in place.rglob("*")
        if path.is_symlink() or not path.is_dir()
    }


@pytest.mark.parametrize("pack", [gzip.compress, lzma.compress])
def test_a_runtime_in_one_folder(archive: Path, place: Path, pack: Callable[[bytes], bytes]) -> None:
    archive.write_bytes(pack(plain(RUNTIME)))
    unpack(archive, place)
    expected = {
        "bin/python3.12": "0o755",
        "bin/python3": "python3.12",
        "lib/python3.12/os.py": "0o644",
        "lib/python3.12/up": "../../bin",
        "lib/twin.py": "0o644",
    }
    assert expected == tree(place)
    assert (place / "lib" / "twin.py").read_bytes() == PROGRAM
    assert [place] == list(place.parent.iterdir())


@pytest.mark.parametrize("prefix", ["", "./"])
def test_a_runtime_without_a_folder_of_its_own(archive: Path, place: Path, prefix: str) -> None:
    members = (folder("."), file(f"{prefix}bin/python3.12", 0o755), file(f"{prefix}lib/python3.12/os.py"))
    archive.write_bytes(gzip.compress(plain(members)))
    unpack(archive, place)
    assert {"bin/python3.12": "0o755", "lib/python3.12/os.py": "0o644"} == tree(place)


def test_what_a_killed_build_left_is_gone(archive: Path, place: Path) -> None:
    archive.write_bytes(gzip.compress(plain(RUNTIME)))
    (place.parent / ".python.unpacking" / "bin").mkdir(parents=True)
    unpack(archive, place)
    assert [place] == list(place.parent.iterdir())


@pytest.mark.parametrize("pack", [gzip.compress, lzma.compress])
@pytest.mark.parametrize("share", [0.0, 0.3, 0.9, 0.999])
def test_cut_short(archive: Path, place: Path, pack: Callable[[bytes], bytes], share: float) -> None:
    whole = pack(plain(RUNTIME))
    archive.write_bytes(whole[: int(len(whole) * share)])
    failure(BrokenArchive, archive, place)


@pytest.mark.parametrize("pack", [gzip.compress, lzma.compress])
@pytest.mark.parametrize("where", [5, 100, -20, -5])
def test_altered(archive: Path, place: Path, pack: Callable[[bytes], bytes], where: int) -> None:
    data = bytearray(pack(plain(RUNTIME)))
    data[where] ^= 0xFF
    if where == 5 and pack is gzip.compress:
        data[0] ^= 0xFF
    archive.write_bytes(data)
    failure(BrokenArchive, archive, place)


@pytest.mark.parametrize(
    "inside",
    [
        b"",
        bytes(10240),
        b"no archive at all" * 100,
        plain(RUNTIME)[:700],
        plain(RUNTIME)[:5632],
        plain(RUNTIME)[:3000],
        plain(RUNTIME)[:1024] + b"x" * 512 + plain(RUNTIME)[1536:],
        plain([folder("python"), folder("python/bin")]),
    ],
    ids=["nothing", "zeros", "no tar", "half a header", "no end", "half a file", "bad header", "no file"],
)
def test_zipped_well_but_broken_inside(archive: Path, place: Path, inside: bytes) -> None:
    archive.write_bytes(gzip.compress(inside))
    assert "Nothing of it was kept" in failure(BrokenArchive, archive, place)


@pytest.mark.parametrize(
    "member",
    [
        file("../passwd"),
        file("python/../../passwd"),
        file("/etc/passwd"),
        folder("python/../.."),
        link("python/bin/python", "/usr/bin/python3"),
        link("python/bin/python", "../../python3"),
        link("python/bin/python", "../bin/../../../python3"),
        link("python/python", ".."),
        twin("python/bin/python", "/etc/passwd"),
        twin("python/bin/python", "../passwd"),
    ],
    ids=lambda member: f"{member.name} {member.linkname}",
)
def test_climbing_out(archive: Path, place: Path, member: tarfile.TarInfo) -> None:
    archive.write_bytes(gzip.compress(plain([*RUNTIME, member])))
    assert (member.linkname or member.name) in failure(ClimbingMember, archive, place)


@pytest.mark.parametrize(
    "members",
    [
        [odd("python/null", tarfile.CHRTYPE)],
        [odd("python/disk", tarfile.BLKTYPE)],
        [odd("python/pipe", tarfile.FIFOTYPE)],
        [file("other/bin/python3")],
        [file("python")],
        [file("python/bin")],
        [folder("python/bin/python3.12")],
        [file("python/bin/python3.12/below")],
        [file("python/bin/python3.12")],
        [link("python/bin/python3.12", "python3")],
        [twin("python/bin/twin", "python/bin/nothing")],
        [twin("python/bin/twin", "python/bin/python3")],
        [link("python/here", "."), file("python/here/file")],
    ],
    ids=lambda members: f"{members[-1].name} {members[-1].type!r}",
)
def test_members_that_do_not_belong(archive: Path, place: Path, members: list[tarfile.TarInfo]) -> None:
    archive.write_bytes(gzip.compress(plain([*RUNTIME, *members])))
    failure(OddMember, archive, place)


def test_a_link_never_leads_a_file_elsewhere(archive: Path, place: Path, tmp_path: Path) -> None:
    members = (*RUNTIME, link("python/a", "bin"), link("python/a/b", ".."), file("python/a/b/c"))
    archive.write_bytes(gzip.compress(plain(members)))
    failure(OddMember, archive, place)
    assert [archive, place.parent] == sorted(tmp_path.iterdir(), key=lambda path: path.name != archive.name)


def test_no_room_for_a_folder(archive: Path, place: Path) -> None:
    archive.write_bytes(gzip.compress(plain(RUNTIME)))
    place.parent.write_bytes(b"")
    with pytest.raises(NotWritable):
        unpack(archive, place)


def test_a_full_disk(archive: Path, tmp_path: Path) -> None:
    large = tarfile.TarInfo("bin/python3")
    large.size = 200_000
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as tar:
        tar.addfile(large, io.BytesIO(bytes(large.size)))
    archive.write_bytes(gzip.compress(packed.getvalue()))
    with disk.tiny(tmp_path / "disk") as small:
        failure(DiskFull, archive, small / "python")


def pax(name: str, **headers: str) -> tarfile.TarInfo:
    member = file(name)
    member.pax_headers = {key.replace("_", "."): value for key, value in headers.items()}
    return member


def gnu_sparse(name: str) -> tarfile.TarInfo:
    return odd(name, tarfile.GNUTYPE_SPARSE)


@pytest.mark.parametrize(
    ("member", "error"),
    [
        (pax("bin/x", GNU_sparse_map="a,b"), BrokenArchive),
        (pax("bin/x", size="-512"), OddMember),
        (pax("bin/x", size=str(1 << 60)), BrokenArchive),
        (pax("bin/x", GNU_sparse_size="9999999999", GNU_sparse_map="0,1"), OddMember),
        (pax("bin/x", path="bin/a\0b"), BrokenArchive),
        (pax("bin/x", path=f"bin/{'é' * 200}"), OddMember),
        (gnu_sparse("bin/x"), OddMember),
    ],
    ids=["no numbers", "a negative size", "a size of no disk", "sparse", "a zero byte", "a long name", "old sparse"],
)
def test_headers_that_lead_tarfile_astray(tmp_path: Path, member: tarfile.TarInfo, error: type[TampuError]) -> None:
    archive = tmp_path / "x.tar.gz"
    archive.write_bytes(gzip.compress(plain([file("bin/python"), member])))

    with pytest.raises(error):
        unpack(archive, tmp_path / "place")
    assert ["x.tar.gz"] == [path.name for path in tmp_path.iterdir()]


def test_a_header_that_would_fill_the_memory(tmp_path: Path) -> None:
    data = plain([pax("bin/x", comment="x" * (2 << 20))])
    (tmp_path / "x.tar.gz").write_bytes(gzip.compress(data))

    with pytest.raises(BrokenArchive, match="unpacked"):
        unpack(tmp_path / "x.tar.gz", tmp_path / "place")
