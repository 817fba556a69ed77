"""Variables that are given to a script, by name, by value, or in a file."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as some

from tampu.remote.call import secrets
from tampu.remote.call.secrets import BadSecrets, BadVariable

if TYPE_CHECKING:
    from collections.abc import Callable


def test_words_give_variables() -> None:
    found = secrets.given(("A=1 2", "B", "C=", "D=x=y"), {"B": "mine", "C": "no"})

    assert {"A": "1 2", "B": "mine", "C": "", "D": "x=y"} == found


@pytest.mark.parametrize("word", ["NOTHING", "=1", "1A=2", "A-B=1", ""])
def test_words_that_give_none(word: str) -> None:
    with pytest.raises(BadVariable) as caught:
        secrets.given((word,), {})

    assert "=1" not in caught.value.advice.replace("-e NAME=VALUE", "")


def test_a_file_of_them(tmp_path: Path) -> None:
    (tmp_path / "one").write_text("\ufeff# of the shop\n\nexport A='1 2'\nB = \"x\"\r\nC=it's\nD='\n", encoding="utf-8")
    (tmp_path / "two").write_text("A=3\n", encoding="utf-8")

    found = secrets.read((tmp_path / "one", tmp_path / "two"))

    assert {"A": "3", "B": "x", "C": "it's", "D": "'"} == found


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda path: path.write_text("A=1\nhush hush\n"), "line 2 is something else"),
        (lambda path: path.write_bytes(b"A=\xff\xfe"), "bytes that are no text"),
        (lambda path: path.write_text("A=1\0\n"), "line 1 is something else"),
        (lambda path: path.mkdir(), "Is a directory"),
        (lambda _path: None, "No such file or directory"),
    ],
)
def test_a_file_that_can_not_be_read_keeps_its_secrets(
    make: Callable[[Path], object], told: str, tmp_path: Path
) -> None:
    make(tmp_path / "secrets")

    with pytest.raises(BadSecrets) as caught:
        secrets.read((tmp_path / "secrets",))

    assert told in caught.value.advice
    assert "hush" not in caught.value.as_text()


@given(some.text() | some.binary())
def test_any_file_gives_variables_or_an_error(content: str | bytes) -> None:
    data = content if isinstance(content, bytes) else content.encode("utf-8", "replace")
    with TemporaryDirectory() as folder:
        place = Path(folder, "secrets")
        place.write_bytes(data)
        try:
            found = secrets.read((place,))
        except BadSecrets as error:
            assert str(place) in error.advice  # noqa: PT017 - either is fine
        else:
            assert not any("\0" in value for value in found.values())
