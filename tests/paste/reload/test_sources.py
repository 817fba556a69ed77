"""Own modules are what their files say; packages keep their bytecode."""

from __future__ import annotations

import importlib
import importlib.util
import os
import py_compile
import sys
from importlib.machinery import SourceFileLoader
from pathlib import Path

import pytest

from tampu.paste.reload.sources import NotHere, Sources


@pytest.fixture
def sources(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Sources:
    monkeypatch.setattr(SourceFileLoader, "get_code", SourceFileLoader.get_code)
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    monkeypatch.setattr(sys, "modules", dict(sys.modules))
    for name in ("own", "packages"):
        (tmp_path / name).mkdir()
        monkeypatch.syspath_prepend(tmp_path / name)
    made = Sources((f"{tmp_path}/packages{os.sep}",))
    made.install()
    return made


def word(name: str) -> str:
    sys.modules.pop(name, None)
    importlib.invalidate_caches()
    return str(importlib.import_module(name).WORD)


def write(file: Path, text: str) -> Path:
    """All within a second, and of one size: what Python tells bytecode by."""
    file.write_text(f"WORD = '{text}'")
    os.utime(file, (1_000_000, 1_000_000))
    return file


def test_two_saves_of_one_size_and_second_are_two(sources: Sources, tmp_path: Path) -> None:
    assert sources
    write(tmp_path / "own" / "mine.py", "one")
    assert "one" == word("mine")
    write(tmp_path / "own" / "mine.py", "two")
    assert "two" == word("mine")
    assert not (tmp_path / "own" / "__pycache__").exists()


def test_bytecode_that_lies_there_is_left_alone(sources: Sources, tmp_path: Path) -> None:
    assert sources
    file = write(tmp_path / "own" / "mine.py", "old")
    cached = Path(importlib.util.cache_from_source(str(file)))
    py_compile.compile(str(file), str(cached))
    before = cached.stat().st_mtime_ns
    write(file, "new")
    assert ("new", before) == (word("mine"), cached.stat().st_mtime_ns)


def test_packages_keep_theirs(sources: Sources, tmp_path: Path) -> None:
    assert sources
    write(tmp_path / "packages" / "theirs.py", "one")
    assert "one" == word("theirs")
    assert [] != list((tmp_path / "packages" / "__pycache__").iterdir())


def test_what_was_compiled_ahead_is_used_only_while_it_is_true(sources: Sources, tmp_path: Path) -> None:
    file = write(tmp_path / "own" / "mine.py", "one")
    sources.compile_ahead(str(file))
    assert "one" == word("mine")
    write(file, "two")
    assert "two" == word("mine")
    sources.compile_ahead(str(file))
    assert "two" == word("mine")
    file.write_text("def :")
    sources.compile_ahead(str(file))
    sources.compile_ahead(str(tmp_path / "nowhere.py"))
    with pytest.raises(SyntaxError):
        word("mine")


def test_where_they_may_not_be_loaded_no_app_takes_them_for_missing(sources: Sources, tmp_path: Path) -> None:
    write(tmp_path / "own" / "mine.py", "one")
    (tmp_path / "packages" / "looks.py").write_text("try:\n    import mine\nexcept Exception:\n    mine = None\n")
    sources.refuses = True
    with pytest.raises(NotHere):
        importlib.import_module("looks")


def test_a_package_that_somebody_works_at_is_like_an_own_one(tmp_path: Path) -> None:
    path = f"{tmp_path}/packages/theirs.py"
    assert Sources((f"{tmp_path}/packages/",), frozenset({path})).are_own(path)
