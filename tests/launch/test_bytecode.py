from __future__ import annotations

import struct
import subprocess
import sys
from pathlib import Path

import pytest

from tampu.envs.bytecode import COMPILER
from tests.kit import old_pythons

TIME = 315532801
SOURCE = "KNOWN = 'b' in {'a', 'b', 'c', 'd'}\n"
# What can't be compiled by one or the other is left alone.
FILES = {"good.py": SOURCE, "deep/good.py": SOURCE, "bad.py": "def (\n", "gone.py": None}


def compiled(python: Path, place: Path) -> dict[str, bytes]:
    """All bytecode below that place, after the modules of FILES were compiled there."""
    for name, text in FILES.items():
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        if text:
            (place / name).write_text(text)
    (place / "names").write_text("\0".join(FILES))
    env = {"SOURCE_DATE_EPOCH": str(TIME), "PYTHONHASHSEED": "0"}
    argv = (python, "-s", "-S", COMPILER, place, place / "names")
    ended = subprocess.run(argv, check=False, capture_output=True, text=True, env=env)
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
