from __future__ import annotations

import pytest

from tampu.facts.detect import is_python, refusal


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["requirements.txt"], True),
        (["Requirement.txt", "README.md"], True),
        (["dotcloud.yml"], True),
        (["worker.py"], True),
        (["package.json", "index.js"], False),
        ([], False),
    ],
)
def test_signs_of_python(names: list[str], *, expected: bool) -> None:
    assert expected == is_python(names)


def test_a_refusal_tells_what_is_there() -> None:
    assert "Found:    index.js, package.json\n" in refusal("/apps/shop", ["package.json", "index.js"])
    assert "Found:    nothing\n" in refusal("/apps/shop", [])
    assert "a Python file in shop\n" in refusal("/apps/shop", [])
