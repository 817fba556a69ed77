from __future__ import annotations

import os
import struct
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tampu.envs.bytecode import COMPILER
from tests.kit import old_pythons

if TYPE_CHECKING:
    from collections.abc import Mapping

TIME = 315532801
SOURCE = "KNOWN = 'b' in {'a', 'b', 'c', 'd'}\n"
# What can't be compiled by one or the other is left alone.
FILES = {"good.py": SOURCE, "deep/good.py": SOURCE, "bad.py": "def (\n", "gone.py": None}


def on_one_cpu() -> None:
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:1])


def compiled(python: Path, place: Path, files: Mapping[str, str | None] = FILES) -> dict[str, bytes]:
    """All bytecode below that place, after these modules were compiled there."""
    for name, text in files.items():
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        if text:
            (place / name).write_text(text, encoding="utf-8")
    (place / "names").write_text("\0".join(files))
    env = {"SOURCE_DATE_EPOCH": str(TIME), "PYTHONHASHSEED": "0"}
    argv = (python, "-s", "-S", COMPILER, place, place / "names")
    ended = subprocess.run(argv, check=False, capture_output=True, text=True, env=env, preexec_fn=on_one_cpu)
    assert (0, "", "") == (ended.returncode, ended.stdout, ended.stderr)
    return {str(path.relative_to(place)): path.read_bytes() for path in sorted(place.rglob("*.pyc"))}


@pytest.mark.parametrize("series", ["2.7", "3.6"])
def test_bytecode_of_old_pythons_holds_the_time_that_its_source_is_given(series: str, tmp_path: Path) -> None:
    python = old_pythons.program(series)

    one, other = compiled(python, tmp_path / "one"), compiled(python, tmp_path / "the/other")

    assert one == other
    assert 2 == len(one)
    assert {TIME} == {struct.unpack_from("<I", content, 4)[0] for content in one.values()}
    assert TIME == (tmp_path / "one/deep/good.py").stat().st_mtime


def test_bytecode_of_newer_ones_is_never_checked(tmp_path: Path) -> None:
    one, other = compiled(Path(sys.executable), tmp_path / "one"), compiled(Path(sys.executable), tmp_path / "other")

    assert one == other
    assert [1, 1] == [content[4] for content in one.values()]
    assert TIME != (tmp_path / "one/good.py").stat().st_mtime


@pytest.mark.parametrize("series", ["3.8", "3.12"])
def test_what_was_compiled_before_is_not_seen(series: str, tmp_path: Path) -> None:
    python = old_pythons.program(series)
    # What is a name once stays one, if it is of one letter.
    files = {"name.py": "é = 1\n", "text.py": "KNOWN = 'é'\n"}

    one = compiled(python, tmp_path / "one", files)
    other = compiled(python, tmp_path / "other", dict(reversed(files.items())))

    assert one == other
    assert 2 == len(one)
