"""Archives of runtimes: members that lead out, links that do, devices, bombs, headers that lie."""

from __future__ import annotations

import gzip
import io
import lzma
import os
import tarfile
from pathlib import Path
from tempfile import TemporaryDirectory

from tampu.envs.unpack import unpack
from tampu.errors import TampuError
from tests.kit.drawn import given, st
from tests.kit.foreign import HOSTILE, WIDEST, changed_bytes, outcome, share

PARTS = st.sampled_from(["bin", "lib", "top", "a", "b", "..", ".", "", "/", "a/b", "x" * 300, *HOSTILE])
PATHS = st.one_of(
    st.lists(PARTS, min_size=1, max_size=4).map("/".join),
    st.sampled_from(["bin/a", "bin", "bin/a/b", "lib/a", "lib/l", "lib/l/x", "../out", "/etc/x", "bin/../../x"]),
)
KINDS = st.sampled_from(
    [tarfile.REGTYPE, tarfile.REGTYPE, tarfile.DIRTYPE, tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, b"6", b"S"]
)
SIZES = st.sampled_from([0, 0, 0, 1, 511, 512, 1 << 16])
MEMBERS = st.tuples(PATHS, KINDS, PATHS, SIZES, st.integers(0, 0o7777))
PAX = st.dictionaries(
    st.sampled_from(["path", "linkpath", "size", "mtime", "uid", "GNU.sparse.map", "GNU.sparse.name", "hdrcharset"]),
    st.sampled_from(
        [*HOSTILE, "0", "1", "-1", "99999999999999999999", "nan", "../../out", "/etc/x", "bin/x\0y", "1,2,3"]
    ),
    max_size=2,
)


def tar(members: list[tuple[str, bytes, str, int, int]], pax: dict[str, str]) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT, errors="surrogatepass") as archive:
        for name, kind, target, size, mode in members:
            info = tarfile.TarInfo(name)
            info.type, info.linkname, info.mode = kind, target, mode
            info.size = size if kind == tarfile.REGTYPE else 0
            info.pax_headers = {key: value for key, value in pax.items() if value.encode(errors="ignore")}
            try:
                archive.addfile(info, io.BytesIO(bytes(info.size)))
            except (UnicodeError, ValueError):
                continue
    return packed.getvalue()


SOUND = tar([("bin/python", tarfile.REGTYPE, "", 40, 0o755), ("bin/python3", tarfile.SYMTYPE, "python", 0, 0o777)], {})
EDITS = st.lists(st.tuples(st.integers(0, 4000), st.integers(0, 3), st.binary(max_size=3)), max_size=4)
LIES = st.lists(st.tuples(st.integers(0, 511), st.binary(min_size=1, max_size=8)), max_size=3)


def outside(archive: bytes) -> None:
    """Nothing beside the folder comes to be, and nothing in it leads out."""
    with TemporaryDirectory() as folder:
        place = Path(folder, "shelf", "place")
        place.parent.mkdir()
        file = place.parent / "runtime.tar.gz"
        file.write_bytes(archive)
        found = outcome(lambda: unpack(file, place), WIDEST)

        assert ["shelf"] == sorted(path.name for path in Path(folder).iterdir())
        there = {"runtime.tar.gz", *(() if isinstance(found, TampuError) else ("place",))}
        assert there == {path.name for path in place.parent.iterdir()}
        for where, folders, names in os.walk(place):
            for name in (*folders, *names):
                path = Path(where, name)
                if path.is_symlink():
                    assert Path(os.path.normpath(path.parent / path.readlink())).is_relative_to(place)
                else:
                    assert path.is_file() or path.is_dir()
                    assert not path.stat().st_mode & 0o7022


@share(0.2)
@given(members=st.lists(MEMBERS, max_size=5), pax=st.just({}) | PAX, packer=st.sampled_from([gzip, lzma]))
def test_members_of_any_kind(
    members: list[tuple[str, bytes, str, int, int]], pax: dict[str, str], packer: object
) -> None:
    data = tar(members, pax)

    outside(gzip.compress(data, 1) if packer is gzip else lzma.compress(data, preset=0))


@share(0.4)
@given(lies=LIES, more=st.binary(max_size=40))
def test_headers_that_lie(lies: list[tuple[int, bytes]], more: bytes) -> None:
    data = bytearray(SOUND)
    for at, lie in lies:
        data[at : at + len(lie)] = lie
    header = data[:512]
    total = sum(header[:148]) + 8 * 32 + sum(header[156:512])
    data[148:156] = b"%06o\0 " % total

    outside(gzip.compress(bytes(data) + more, 1))


@share(0.4)
@given(data=changed_bytes(gzip.compress(SOUND), lzma.compress(SOUND)))
def test_bytes_that_are_nearly_an_archive(data: bytes) -> None:
    outside(data)
