"""What platforms tell by variables and folders: services, PORT and its like, env folders, options of commands."""

from __future__ import annotations

import json
import re
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import nginx_start
import pytest
import uwsgi_options
from refusal import Refusal
from run_folder import number

from tampu.daemon import words
from tampu.errors import TampuError
from tampu.platforms import kubernetes_wish
from tampu.platforms.cloudfoundry_folders import variables_of_earlier
from tampu.platforms.cloudfoundry_services import secrets_of_services
from tampu.platforms.cnb_layers import restored_key
from tampu.platforms.image_names import read_reference
from tampu.platforms.surroundings import read_variables
from tampu.world.cache import Cache, Key
from tampu.world.manifest import altered
from tests.kit.drawn import example, given, st
from tests.kit.foreign import HOSTILE, WIDEST, desk, documents, fuzz, outcome, saved, texts

if TYPE_CHECKING:
    from collections.abc import Callable

TEXT = (
    st.sampled_from(HOSTILE)
    | st.text(max_size=8)
    | st.sampled_from(["8000", "0", "65536", "127.0.0.1", "[::1]", "1.5"])
)
VARIABLES = ("PORT", "TAMPU_DRAIN", "NGINX_WORKERS", "TAMPU_LISTEN", "WEB_CONCURRENCY", "UWSGI_CHEAPER", "UWSGI_INI")
VCAP = ("postgres", "credentials", "uri", "password", "name", "label", "user-provided")
NUMBERS = (
    "1",
    "60",
    ":",
    "0.5",
    "10M",
    "K",
    "port:",
    "8000",
    "file:",
    "after:",
    "notify",
    "nofile=",
    "unlimited",
    "-",
    "022",
)
NAMES = (
    "a",
    "1",
    ".",
    "-",
    "Mi",
    "Gi",
    "m",
    "shop",
    "example.org",
    "*",
    ":1.0",
    "/",
    "@sha256:" + "0" * 64,
    "localhost:5000/",
)
FORMS: dict[str, Callable[[str], object]] = {
    "ready": lambda text: words.ready(text, Path("/")),
    "seconds": lambda text: words.seconds("--x", text),
    "count": lambda text: words.count("--x", text),
    "size": lambda text: words.size("--x", text),
    "umask": words.umask,
    "limit": words.limit,
    "backoff": words.backoff,
    "variable": lambda text: words.variable("--env", text),
    "name": lambda text: kubernetes_wish.name("--name", text),
    "number": lambda text: kubernetes_wish.number("--most", text, least=1),
    "memory": lambda text: kubernetes_wish.memory("--memory", text),
    "cpu": lambda text: kubernetes_wish.cpu("--cpu", text),
    "host": lambda text: kubernetes_wish.host("--host", text),
    "kept": lambda text: kubernetes_wish.kept("--secret", text),
    "image": lambda text: read_reference("--image", text),
}
MEMO = json.dumps({"parts": {"a": "b"}, "text": "x"})


@fuzz
@given(text=texts("{", "}", "[", "]", ":", ",", '"credentials"', '"x"', *VCAP), document=documents(VCAP, TEXT))
def test_services_that_are_bound(text: str, document: dict[str, object]) -> None:
    for said in (text, json.dumps(document), "[" * 100_000):
        found = outcome(lambda said=said: list(secrets_of_services({"VCAP_SERVICES": said})))  # type: ignore[misc]

        assert all(isinstance(each, str) for each in found)  # type: ignore[union-attr]


@fuzz
@example(environ={"UWSGI_CHEAPER": "9" * 5000})
@given(environ=st.dictionaries(st.sampled_from(VARIABLES), TEXT, max_size=4))
def test_what_a_start_is_told(environ: dict[str, str]) -> None:
    # What else is said, no process can be told.
    environ = {name: value for name, value in environ.items() if "\0" not in value and is_of_bytes(value)}
    with_port = {"PORT": "8000", **environ}
    with suppress(Refusal):
        number(with_port, "WEB_CONCURRENCY", 1, 1000)
        filled = nginx_start.values(with_port)
        for value in filled.values():
            assert re.fullmatch(r"[0-9.:]+|\[[0-9a-fA-F:.]+\]:[0-9]+|app|\.", value)
    with suppress(Refusal):
        options = uwsgi_options.options({"app": "wsgi:app"}, "/home/app", "/run", with_port)
        assert not [word for word in options if "\n" in word]


def is_of_bytes(text: str) -> bool:
    try:
        return bool(text.encode(errors="surrogateescape")) or not text
    except UnicodeEncodeError:
        return False


@pytest.mark.parametrize("form", FORMS)
@fuzz
@given(text=texts(*NUMBERS, *NAMES))
def test_a_word_of_a_command(form: str, text: str) -> None:
    outcome(lambda: FORMS[form](text), WIDEST)


@fuzz
@given(data=saved(texts("A=", "export ", "'", '"', "\n", "#", "B=c", examples=["A=b\nexport C='d e'\n# x\n"])))
def test_a_file_of_variables(data: bytes) -> None:
    file = desk("variables") / "env"
    file.write_bytes(data)
    found = outcome(lambda: words.variables(file), WIDEST)

    if not isinstance(found, TampuError):
        assert not [value for value in found.values() if "\0" in value]
        assert all(words.VARIABLE.fullmatch(name) for name in found)


@fuzz
@given(data=st.binary(max_size=40))
def test_a_folder_of_variables(data: bytes) -> None:
    folder = desk("folders")
    place = folder / "0" / "env"
    place.mkdir(parents=True, exist_ok=True)
    (place / "A").write_bytes(data)
    found = outcome(lambda: read_variables(place))
    of_others = outcome(lambda: variables_of_earlier(folder, "1"))

    assert isinstance(found, TampuError) or "\0" not in found["A"]
    assert isinstance(of_others, TampuError) or "\0" not in of_others["A"]


@fuzz
@given(
    text=saved(
        texts(
            "[metadata.key]\n",
            "a = ",
            '"b"',
            "\n",
            "[types]\n",
            examples=['[types]\ncache = true\n[metadata.key]\na = "b"\n'],
        )
    ),
    memo=saved(
        texts(
            "{",
            "}",
            '"parts"',
            '"text"',
            "[",
            "]",
            ":",
            ",",
            "'",
            "\n",
            " -> ",
            "0 0 0 ",
            examples=[MEMO, "0 0 0 'x'\n"],
        )
    ),
)
def test_what_a_cache_brings_back(text: bytes, memo: bytes) -> None:
    with TemporaryDirectory() as folder:
        place = Path(folder, "layers", "site", "x")
        (place / "tree").mkdir(parents=True)
        (place / "tree" / "x").touch()
        place.with_name("x.toml").write_bytes(text)
        (place / "key.json").write_bytes(memo)
        (place / "manifest").write_bytes(memo)
        Path(folder, "memos").mkdir()
        Path(folder, "memos", "site.json").write_bytes(memo)
        cache, key = Cache(Path(folder)), Key({"a": "b"})
        outcome(lambda: restored_key(place))
        outcome(lambda: cache.recall("site", key))
        outcome(lambda: cache.find("site", key, frozenset({"a"})))
        assert altered(place)
