"""A Python that runs from anywhere, made of one that is installed: what a mirror serves."""

from __future__ import annotations

import gzip
import re
import shutil
import subprocess
import tarfile
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

EPOCH = 315532801
FOLDERS = ("bin/python*", "lib/libpython*.so*", "lib/pkgconfig/python*.pc", "lib/python[23].*", "include/python[23].*")
PROGRAM = re.compile(r"python[23](\.\d+)?")
LEFT_OUT = shutil.ignore_patterns(
    *(
        "__pycache__",
        "*.pyc",
        "*.pyo",
        "site-packages",
        "test",
        "tests",
        "tkinter",
        "idlelib",
        "turtledemo",
        "lib2to3",
        "lib-tk",
    ),
    *("*.a", "*-gdb.py", "_tkinter*.so", "nis.*.so", "_test*.so", "_ctypes_test*.so", "xxlimited*.so"),
)
NAMES_ITS_PREFIX = ("_sysconfigdata*.py", "_sysconfig_vars*.json", "*.pc", "Makefile")
# The prefix that standalone builds of upstream name, too: a place where nothing is.
NOWHERE = "/install"
OF_EVERY_MACHINE = re.compile(r"(ld-linux|lib(c|m|dl|rt|util|pthread|resolv|nsl|anl|gcc_s|stdc\+\+))\b")
LDD_LINE = re.compile(r"^\s*(\S+) => (/\S+) \(", re.MULTILINE)


def make_runtime(interpreter: Path, archive: Path) -> None:
    """Pack the CPython of that prefix, with the libraries it needs, so that it runs wherever it is unpacked."""
    with tempfile.TemporaryDirectory(dir=archive.parent) as bench:
        python = Path(bench) / "python"
        _copy(interpreter, python)
        _bundle(python)
        _strip(python)
        _make_movable(python)
        _forget(interpreter, python)
        _pack(python, archive)


def _copy(interpreter: Path, python: Path) -> None:
    for pattern in FOLDERS:
        (python / pattern).parent.mkdir(parents=True, exist_ok=True)
        for source in sorted(interpreter.glob(pattern)):
            _copy_one(source, python / source.relative_to(interpreter))
    for library in python.glob("lib/python[23].*"):
        (library / "site-packages").mkdir()
        (python / "bin" / "python").symlink_to(library.name)


def _copy_one(source: Path, destination: Path) -> None:
    if source.is_dir():
        shutil.copytree(source, destination, symlinks=True, ignore=LEFT_OUT)
    elif source.parent.name != "bin" or PROGRAM.fullmatch(source.name):
        shutil.copy2(source, destination, follow_symlinks=False)


def _bundle(python: Path) -> None:
    """Bring along each library that isn't part of the C library."""
    for name, path in sorted({found for binary in _binaries(python) for found in _needed(binary)}):
        if not OF_EVERY_MACHINE.match(name) and not (python / "lib" / name).exists():
            shutil.copy2(path, python / "lib" / name)


def _needed(binary: Path) -> list[tuple[str, str]]:
    return LDD_LINE.findall(_ask("ldd", binary))


def _strip(python: Path) -> None:
    for binary in _binaries(python):
        binary.chmod(0o755)
        _ask("strip", "--strip-unneeded", binary)


def _make_movable(python: Path) -> None:
    """Let each binary find the libraries from where it is itself; RPATH, so that wheels find them too."""
    for binary in _binaries(python):
        steps = "../" * (len(binary.relative_to(python).parts) - 1)
        path = "$ORIGIN" if binary.parent == python / "lib" else f"$ORIGIN/{steps}lib"
        _ask("patchelf", "--force-rpath", "--set-rpath", path, binary)


def _forget(interpreter: Path, python: Path) -> None:
    for pattern in NAMES_ITS_PREFIX:
        for path in python.rglob(pattern):
            path.write_bytes(path.read_bytes().replace(bytes(interpreter), NOWHERE.encode()))


def _pack(python: Path, archive: Path) -> None:
    with (
        gzip.GzipFile(archive, "wb", compresslevel=6, mtime=0) as packed,
        tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as tar,
    ):
        for path in (python, *sorted(python.rglob("*"))):
            tar.add(path, str(path.relative_to(python.parent)), recursive=False, filter=_anonymous)


def _anonymous(member: tarfile.TarInfo) -> tarfile.TarInfo:
    executable = member.isdir() or bool(member.mode & 0o100)
    return member.replace(
        mtime=EPOCH, mode=0o755 if executable else 0o644, uid=0, gid=0, uname="", gname="", deep=False
    )


def _binaries(python: Path) -> Iterator[Path]:
    for path in sorted(python.rglob("*")):
        if path.is_file() and not path.is_symlink() and (path.parent.name == "bin" or ".so" in path.suffixes):
            yield path


def _ask(*argv: str | Path) -> str:
    return subprocess.run(argv, check=True, stdout=subprocess.PIPE, text=True).stdout
