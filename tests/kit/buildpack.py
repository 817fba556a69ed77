"""Entry points called as a platform calls them: from anywhere, with nothing set but what would break the careless."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

BIN = Path(__file__).resolve().parents[2] / "bin"
PATIENCE = 300
POISON = {"PYTHONHOME": "/broken", "PYTHONPATH": "/broken"}
# What any Linux has; a Python is given apart, for there are platforms without.
PROGRAMS = (
    *("sh", "bash", "env", "cat", "chmod", "cp", "cut", "dirname", "expr", "git", "grep", "head", "id", "ln", "ls"),
    *("mkdir", "mktemp", "mv", "readlink", "realpath", "rm", "sed", "sleep", "sort", "tr", "uname", "wc"),
    *("curl", "gzip", "sha256sum", "tar", "xz"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What a platform gets to see."""

    code: int
    out: str
    err: str


def call(entry: str, *args: str | Path, env: Mapping[str, str] | None = None) -> Result:
    """Run `bin/<entry>` with the Python that runs the tests as the only `python3` there is."""
    return call_with({"python3": python()}, entry, *args, env=env)


def program(name: str) -> tuple[str, ...]:
    """`bin/<name>` for those who start it often: a `python3` that first looks for a Python takes its time."""
    return (str(python()), "-I", "-S", str(BIN / name))


def call_without_python(entry: str, *args: str | Path, env: Mapping[str, str] | None = None) -> Result:
    return call_with({}, entry, *args, env=env)


def call_with(
    programs: Mapping[str, Path], entry: str, *args: str | Path, env: Mapping[str, str] | None = None
) -> Result:
    """Run `bin/<entry>` where, beside the usual, only these programs are to be found."""
    with tempfile.TemporaryDirectory() as place:
        surroundings = hostile(Path(place), programs) | dict(env or {})
        ended = subprocess.run(
            (BIN / entry, *args),
            check=False,
            capture_output=True,
            cwd=Path(place, "elsewhere"),
            env=surroundings,
            stdin=subprocess.DEVNULL,
            encoding="utf-8",
            timeout=PATIENCE,
        )
    return Result(code=ended.returncode, out=ended.stdout, err=ended.stderr)


def hostile(place: Path, programs: Mapping[str, Path]) -> dict[str, str]:
    """An environment with an empty home and few programs, laid out in that folder."""
    for name in ("home", "elsewhere", "programs"):
        (place / name).mkdir()
    for name, path in (usual() | dict(programs)).items():
        (place / "programs" / name).symlink_to(path)
    return {**POISON, "HOME": str(place / "home"), "PATH": f"{place}/programs:/invalid"}


def python() -> Path:
    """The interpreter behind the tests' own environment."""
    return Path(sys.base_exec_prefix, "bin", f"python3.{sys.version_info.minor}")


@cache
def usual() -> dict[str, Path]:
    """Where those of `PROGRAMS` are that this machine has."""
    return {name: Path(path) for name in PROGRAMS if (path := shutil.which(name))}
