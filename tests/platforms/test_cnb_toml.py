from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tampu.facts.toml import read_toml
from tampu.platforms.cnb_toml import quoted, table

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
VALUES = TEXT | st.booleans() | st.lists(TEXT)


@given(st.dictionaries(TEXT, VALUES))
def test_whatever_is_said_is_read(values: dict[str, str | bool | list[str]]) -> None:
    assert {"a": {"b": values}} == read_toml(table("a.b", values), "x.toml")


def test_one_of_many_tables() -> None:
    text = table("[labels]", {"key": "a"}) + table("[labels]", {"key": "b"})

    assert {"labels": [{"key": "a"}, {"key": "b"}]} == read_toml(text, "x.toml")


def test_plain_names_stay_plain() -> None:
    assert '[types]\ncache = true\n"two words" = false\n\n' == table("types", {"cache": True, "two words": False})


def test_a_byte_that_was_never_a_letter() -> None:
    assert '"caf?"' == quoted("caf\udce9")
