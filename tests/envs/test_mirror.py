from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

import pytest

from tampu.envs.mirror import BadEntry, BadIndex, MirrorNotFound, put, read_mirror
from tampu.world.console import PlainConsole
from tampu.world.downloads import Downloads
from tests.kit import web

if TYPE_CHECKING:
    from pathlib import Path

DATA = b"a runtime"
ENTRY = {
    "name": "python",
    "version": "3.12.1",
    "arch": "x86_64",
    "file": "runtimes/cpython 3.12.1+x.tar.gz",
    "sha256": hashlib.sha256(DATA).hexdigest(),
}


@pytest.fixture
def fetch() -> Downloads:
    return Downloads(environ={}, say=PlainConsole(), pause=lambda _: None)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A mirror of one runtime for this kind of machine, and another for another kind."""
    place = tmp_path / "our mirror"
    (place / "runtimes").mkdir(parents=True)
    (place / ENTRY["file"]).write_bytes(DATA)
    return _indexed(place, {"format": 1, "files": [ENTRY, {**ENTRY, "arch": "aarch64", "version": "3.13.0"}]})


def _indexed(folder: Path, document: object) -> Path:
    text = document if isinstance(document, str) else json.dumps(document)
    (folder / "index.json").write_text(text, encoding="utf-8")
    return folder


def _first_word_of_a_file(location: str, fetch: Downloads, into: Path) -> bytes:
    pins = read_mirror(location, fetch).pins("python", "x86_64")
    assert ["3.12.1"] == list(pins)
    fetch.get(pins["3.12.1"], into)
    return into.read_bytes()


def test_a_folder(folder: Path, fetch: Downloads, tmp_path: Path) -> None:
    assert _first_word_of_a_file(str(folder), fetch, tmp_path / "got") == DATA


@pytest.mark.parametrize("ending", ["", "/", "/index.json"])
def test_an_address_of_a_folder(folder: Path, fetch: Downloads, tmp_path: Path, ending: str) -> None:
    assert _first_word_of_a_file(folder.as_uri() + ending, fetch, tmp_path / "got") == DATA


def test_a_server_that_asks_who_we_are(folder: Path, fetch: Downloads, tmp_path: Path) -> None:
    with web.serve(folder, login="ann:secret") as site:
        assert _first_word_of_a_file(site.url_with_login, fetch, tmp_path / "got") == DATA
        assert "secret" not in read_mirror(site.url_with_login, fetch).shown


def test_what_it_has_for_others(folder: Path, fetch: Downloads) -> None:
    mirror = read_mirror(str(folder), fetch)
    assert ["3.13.0"] == list(mirror.pins("python", "aarch64"))
    assert {} == mirror.pins("nginx", "x86_64")


def test_a_hash_in_capitals_is_the_same_hash(folder: Path, fetch: Downloads) -> None:
    _indexed(folder, {"format": 1, "files": [{**ENTRY, "sha256": ENTRY["sha256"].upper()}]})
    assert ENTRY["sha256"] == read_mirror(str(folder), fetch).pins("python", "x86_64")["3.12.1"].sha256


@pytest.mark.parametrize("location", ["{tmp}", "{tmp}/missing", "file://{tmp}", "ftp://host/mirror", "http://ho st/"])
def test_no_mirror_there(fetch: Downloads, tmp_path: Path, location: str) -> None:
    with pytest.raises(MirrorNotFound) as caught:
        read_mirror(location.format(tmp=tmp_path), fetch)
    assert "Set TAMPU_MIRROR to a folder" in caught.value.as_text()


@pytest.mark.parametrize(
    ("document", "found"),
    [
        ("", "Expecting value"),
        ("[" * 100_000, "recursion"),
        ("<html>Please log in</html>", "Expecting value"),
        ([], 'no "format": 1'),
        ({"files": []}, 'no "format": 1'),
        ({"format": 2, "files": []}, 'no "format": 1'),
        ({"format": 1}, 'no list named "files"'),
        ({"format": 1, "files": {}}, 'no list named "files"'),
    ],
    ids=["empty", "deep", "html", "list", "no format", "later format", "no files", "files that are none"],
)
def test_an_index_that_is_none(folder: Path, fetch: Downloads, document: object, found: str) -> None:
    with pytest.raises(BadIndex) as caught:
        read_mirror(str(_indexed(folder, document)), fetch)
    assert found in caught.value.as_text()


@pytest.mark.parametrize("name", sorted(ENTRY))
@pytest.mark.parametrize("value", [None, "", 3])
def test_an_entry_that_lacks_something(folder: Path, fetch: Downloads, name: str, value: object) -> None:
    _indexed(folder, {"format": 1, "files": [ENTRY, {**ENTRY, name: value}]})
    with pytest.raises(BadEntry, match="an entry") as caught:
        read_mirror(str(folder), fetch)
    assert f"no {name}" in caught.value.as_text()


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ({"sha256": "abc"}, "the sha256 'abc'"),
        ({"sha256": "z" * 64}, "the sha256 'zzz"),
        ({"file": "../python.tar.gz"}, "outside"),
        ({"file": "a/../../python.tar.gz"}, "outside"),
        ({"file": "/python.tar.gz"}, "outside"),
        ({"file": "http://elsewhere/python.tar.gz"}, "outside"),
        ({"file": "..\\python.tar.gz"}, "outside"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_an_entry_that_is_not_to_be_trusted(folder: Path, fetch: Downloads, change: dict[str, str], found: str) -> None:
    _indexed(folder, {"format": 1, "files": [{**ENTRY, **change}]})
    with pytest.raises(BadEntry) as caught:
        read_mirror(str(folder), fetch)
    assert found in caught.value.as_text()


def test_an_entry_that_is_no_table(folder: Path, fetch: Downloads) -> None:
    with pytest.raises(BadEntry) as caught:
        read_mirror(str(_indexed(folder, {"format": 1, "files": [ENTRY, "python"]})), fetch)
    assert "entry 2 with no name" in caught.value.as_text()


def _put(folder: Path, content: bytes, **changes: str) -> Path:
    archive = folder.with_name("archive")
    archive.write_bytes(content)
    return put(archive, {"name": "python", "version": "2.7.18", "arch": "x86_64", "file": "two", **changes}, folder)


def test_what_is_put_into_it_can_be_had_beside_what_was_there(folder: Path, fetch: Downloads, tmp_path: Path) -> None:
    file = _put(folder, b"a Python of our own")
    mirror = read_mirror(str(folder), fetch)

    assert {"2.7.18", "3.12.1"} == set(mirror.pins("python", "x86_64"))
    fetch.get(mirror.pins("python", "x86_64")["2.7.18"], tmp_path / "fetched")
    assert b"a Python of our own" == file.read_bytes() == (tmp_path / "fetched").read_bytes()


def test_what_is_put_there_again_takes_the_place_of_the_old_one(folder: Path, fetch: Downloads) -> None:
    old, same, new = (_put(folder, content) for content in (b"old", b"old", b"new"))
    _put(folder, b"of another kind", arch="aarch64")

    assert old == same != new
    assert not old.exists()
    pins = read_mirror(str(folder), fetch).pins("python", "x86_64")
    assert new.as_uri() == pins["2.7.18"].url
    assert {new.name, "runtimes", "index.json"} <= {path.name for path in folder.iterdir()}


def test_a_folder_becomes_a_mirror_with_the_first_file(fetch: Downloads, tmp_path: Path) -> None:
    (tmp_path / "new").mkdir()
    _put(tmp_path / "new", b"the first")

    assert ["2.7.18"] == list(read_mirror(str(tmp_path / "new"), fetch).pins("python", "x86_64"))


def test_nothing_is_put_into_what_is_no_mirror(folder: Path) -> None:
    (folder / "index.json").write_text('{"format": 2}')

    with pytest.raises(BadIndex):
        _put(folder, b"a Python")
    assert ["index.json", "runtimes"] == sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize(
    "change",
    [
        *({"file": each} for each in ("x://[", "http://[::1", "\ud800", "a\nb", "a\0b")),
        *({name: each} for name in ("name", "version", "arch") for each in ("a b", "3.12\nevil", "-x", "é")),
    ],
    ids=repr,
)
def test_an_entry_of_odd_words(folder: Path, fetch: Downloads, change: dict[str, str]) -> None:
    _indexed(folder, {"format": 1, "files": [{**ENTRY, **change}]})
    with pytest.raises(BadEntry, match="can't be used"):
        read_mirror(str(folder), fetch)
