from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.kit import trees

if TYPE_CHECKING:
    from pathlib import Path

CHANGES: tuple[tuple[str, list[str]], ...] = (
    ("touch -t 200001010000 lib/module.py", []),
    ("mkdir new", ["new: only in the second"]),
    ("rm lib/module.py", ["lib/module.py: only in the first"]),
    ("echo 'x = 2' > lib/module.py", ["lib/module.py: other bytes"]),
    ("chmod 755 lib/module.py", ["lib/module.py: mode -rw-r--r-- in the first, -rwxr-xr-x in the second"]),
    ("ln -sf gone python", ["python: points to lib/module.py in the first, gone in the second"]),
    ("rm python; mkdir python", ["python: a link in the first, a folder in the second"]),
    ("rm python; touch a", ["a: only in the second", "python: only in the first"]),
)


def grow(tree: Path) -> Path:
    (tree / "lib").mkdir(parents=True)
    (tree / "lib" / "module.py").write_text("x = 1\n")
    (tree / "lib" / "module.py").chmod(0o644)
    (tree / "python").symlink_to("lib/module.py")
    return tree


@pytest.mark.parametrize(("change", "expected"), CHANGES)
def test_a_change_is_told(change: str, expected: list[str], tmp_path: Path) -> None:
    one, other = grow(tmp_path / "one"), grow(tmp_path / "other")

    subprocess.run(["sh", "-c", change], cwd=other, check=True)

    assert expected == trees.difference(one, other)
    assert (not expected) == (trees.digest(one) == trees.digest(other))
