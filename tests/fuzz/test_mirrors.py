"""What a server or a folder says it has: the index of a mirror, our own tables of pins, addresses and proxies."""

from __future__ import annotations

import json
import re
from urllib.parse import unquote, urlsplit

from tampu.build.python_shelf import stock
from tampu.envs.bundle import bundle_of
from tampu.envs.mirror import FIELDS, Mirror, mirror_of
from tampu.errors import TampuError
from tampu.facts.pins import load_pythons, load_sources
from tampu.world.address import fetchable, proxy_for
from tests.kit.drawn import given, st
from tests.kit.foreign import HOSTILE, TESTS, WIDEST, desk, documents, fuzz, outcome, share, texts

BASE = "https://mirror.example/files/"
WORDS = (
    *("python", "nginx", "3.13.1", "3.13", "1.28.0", "x86_64", "a.tar.gz", "sub/a.tar.gz", "../a", "0" * 64, "g" * 64),
    *("http://[", "x://[", "//[", "https://evil/x", "a?b#c", "a\\b", "3.13.1\nevil", "9" * 70),
)
LEAVES: st.SearchStrategy[object] = st.one_of(
    *(st.sampled_from(WORDS), st.sampled_from(HOSTILE), st.text(max_size=5), st.none(), st.integers(), st.floats()),
)
ENTRIES = st.fixed_dictionaries(
    {},
    optional={
        "name": st.sampled_from(["python", "nginx"]) | LEAVES,
        "version": st.sampled_from(["3.13.1", "1.28.0"]) | LEAVES,
        "arch": st.just("x86_64") | LEAVES,
        "file": st.just("a.tar.gz") | st.sampled_from(("x://[", "http://[::1", "\ud800", "..")) | LEAVES,
        "sha256": st.just("0" * 64) | LEAVES,
        "address": LEAVES,
    },
)
INDEX = documents(("format", "files", "wheels", *FIELDS), LEAVES)
ADDRESSES = (
    *("http", "https", "file", "ftp", "://", ":", "/", "@", "[", "]", "[::1]", "host", ":99999", ":80", "user:pass@"),
    *("?token=x", "#x", "%00", "%0d%0a", "..", "localhost", "\r\nHost: evil", " ", "xn--", "é.example"),
)


def entry_of(found: Mirror) -> None:
    for file in found.files:
        url = urlsplit(file.pin.url)
        assert file.pin.url.startswith(BASE)
        assert file.pin.url.isascii()
        assert file.pin.url.isprintable()
        assert ".." not in unquote(url.path).split("/")
        assert "" == url.query + url.fragment
        assert re.fullmatch("[0-9a-f]{64}", file.pin.sha256)
        assert (file.pin.name + file.pin.version + file.arch).isprintable()


def read(text: str) -> None:
    found = outcome(lambda: mirror_of(text, BASE, f"{BASE}index.json"), WIDEST)
    if not isinstance(found, TampuError):
        entry_of(found)
        versions = found.pins("python", "x86_64")
        outcome(lambda: stock(tuple(versions), "3.13"))


@share(0.5)
@given(index=INDEX, entries=st.lists(ENTRIES, max_size=3))
def test_an_index(index: dict[str, object], entries: list[dict[str, object]]) -> None:
    read(json.dumps({**index, "format": 1, "files": entries}))
    read(json.dumps(index))


@share(0.5)
@given(text=texts("{", "}", "[", "]", ":", ",", '"files"', '"format": 1', *WORDS))
def test_an_index_of_any_text(text: str) -> None:
    read(text)


@fuzz
@given(
    text=texts('"', "{", "}", "pins", "series", "default", examples=[(TESTS.parent / "vendor/nginx.json").read_text()])
)
def test_our_own_pins(text: str) -> None:
    path = desk("pins") / "pins.json"
    path.write_bytes(text.encode(errors="surrogatepass"))
    outcome(lambda: load_pythons(path, "x86_64"))
    outcome(lambda: load_sources(path))


@fuzz
@given(text=texts(*ADDRESSES, examples=["https://user:pass@host:80/x?token=y", "file:///tmp/x", "http://[::1]:80/"]))
def test_addresses_and_proxies(text: str) -> None:
    found = outcome(lambda: fetchable(text), WIDEST)
    if not isinstance(found, TampuError):
        assert "\n" not in found.url + found.authorization
        assert "@" not in urlsplit(found.url).netloc
    outcome(lambda: bundle_of({"TAMPU_MIRROR": text}), WIDEST)
    outcome(lambda: proxy_for("https://host/x", {"https_proxy": text, "no_proxy": "a"}), WIDEST)
    outcome(lambda: proxy_for("https://host/x", {"https_proxy": "http://proxy", "no_proxy": text}), WIDEST)
