"""dotcloud.yml, of which nearly all is text of the app's own, and documents as such."""

from __future__ import annotations

import json
from functools import cache
from typing import TYPE_CHECKING

import pytest

from tampu.errors import TampuError
from tampu.facts.documents import read_json, read_yaml
from tampu.facts.dotcloud import CONFIG_KEYS, KEYS, service
from tampu.facts.python_locks import dotcloud_yml
from tampu.facts.toml import read_toml
from tests.kit.drawn import given, st
from tests.kit.foreign import HOSTILE, desk, documents, fuzz, outcome, share, texts
from tests.kit.held import Held

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

PIECES = (
    *(
        "www:\n",
        "  type: python\n",
        "  type: python-worker\n",
        "  approot: ",
        "  config:\n    ",
        "- ",
        "  environment:\n",
    ),
    *("    A: b\n", "{", "}", "[", "]", ",", "!!", "!!binary ", "!!set ", "&a ", "*a", "<<: *a\n", "? ", "|\n", ">-\n"),
    *(
        "!!timestamp 2020-99-99",
        "!!int x",
        "!!python/object:os.system",
        "%YAML 1.2\n---\n",
        "...\n",
        "\t",
        "  ports:\n",
    ),
)
JSON = ("{", "}", "[", "]", ",", ":", '"a"', '"\\ud800"', '"\\u0000"', "1e999", "NaN", "null", "true", "-", "1")
TOML = (
    "[a]\n",
    "[[a]]\n",
    "a = ",
    "a.b = ",
    '"x"',
    "'''",
    '"""\n',
    "1979-05-27",
    "{",
    "}",
    "inf",
    '"\\u0000"',
    "\n",
    "#",
)
WORDS = st.sampled_from(HOSTILE) | st.text(max_size=6) | st.sampled_from(["python", "src", "a=b", "http", "v3.12", "7"])
REAL = "www:\n  type: python\n  approot: src\n  config:\n    python_version: v3.12\n  processes:\n    a: python a.py\n"


@cache
def app() -> Path:
    made = desk("dotcloud")
    (made / "src").mkdir()
    (made / "out").symlink_to("/etc")
    return made


def answer(text: str, wanted: str) -> object:
    tree = Held(app(), {"dotcloud.yml": text.encode(errors="surrogatepass")})
    found = outcome(lambda: service(tree, wanted))
    outcome(lambda: dotcloud_yml(tree, wanted))
    if not isinstance(found, TampuError) and found is not None:
        assert (tree.root / found.approot).resolve().is_relative_to(tree.root.resolve())
        said = (found.name, *found.processes, *found.environment, *found.requirements, *found.systempackages)
        lines = (found.prebuild, found.postbuild, found.postinstall, *found.processes.values())
        values = (*found.environment.values(), *(line for line in lines if line))
        assert all(name.isascii() for name in (*found.processes, *found.environment, *found.ports))
        assert "\0" not in "".join((*said, *values))
        "".join((*said, *values)).encode()
        assert all(each.text.isprintable() for each in found.notices)
    return found


@share(0.4)
@given(text=texts(*PIECES, examples=[REAL]), wanted=st.just("") | st.sampled_from(["www", *HOSTILE]))
def test_a_dotcloud_yml_of_any_text(text: str, wanted: str) -> None:
    answer(text, wanted)


@share(0.4)
@given(
    keys=documents((*KEYS, *CONFIG_KEYS), WORDS), name=WORDS, wanted=st.just(""), kind=st.sampled_from(["", "python"])
)
def test_a_dotcloud_yml_of_its_own_keys(keys: dict[str, object], name: str, wanted: str, kind: str) -> None:
    whole = {name: {"type": kind, **keys} if kind else keys}

    answer(json.dumps(whole), wanted)


@pytest.mark.parametrize(("read", "any_text"), [(read_json, texts(*JSON)), (read_toml, texts(*TOML))])
@fuzz
@given(data=st.data())
def test_a_document_of_any_text(
    read: Callable[[str, str], Mapping[str, object]], any_text: st.SearchStrategy[str], data: st.DataObject
) -> None:
    sound(read, data.draw(any_text))


@share(0.2)
@given(text=texts(*PIECES))
def test_a_yaml_document_of_any_text(text: str) -> None:
    sound(read_yaml, text)


def sound(read: Callable[[str, str], Mapping[str, object]], text: str) -> None:
    found = outcome(lambda: read(text, "document"))

    if not isinstance(found, TampuError):
        assert isinstance(found, dict)
        repr(found).encode()
