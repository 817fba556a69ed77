from __future__ import annotations

import io
from typing import TYPE_CHECKING

from tampu.platforms.surroundings import open_world, with_mirror
from tampu.world.console import PlainConsole
from tampu.world.house import own_mirror
from tests.kit.builds import write_app

if TYPE_CHECKING:
    from pathlib import Path


def test_secrets_of_users_are_hidden_and_plain_words_are_not(tmp_path: Path) -> None:
    out = io.StringIO()
    console = PlainConsole(out, out)
    theirs = {"KEY": "hush-hush", "MODE": "production", "TAMPU_X": "seen-it"}

    open_world(tmp_path / "cache", theirs, {}, console)
    console.detail("hush-hush production seen-it")

    assert "       [redacted] production seen-it\n" == out.getvalue()


def test_settings_for_tampu_count_more_than_those_of_the_machine(tmp_path: Path) -> None:
    theirs = {"PIP_INDEX_URL": "theirs", "HOME": "/theirs"}

    world = open_world(tmp_path / "new" / "cache", theirs, {"PIP_INDEX_URL": "x", "HOME": "/x"}, PlainConsole())

    assert {"PIP_INDEX_URL": "theirs", "HOME": "/x"} == dict(world.environ)
    assert (tmp_path / "new" / "cache").is_dir()


def test_a_tampu_that_carries_a_mirror_uses_it(tmp_path: Path) -> None:
    own = own_mirror(write_app(tmp_path, {"mirror/index.json": "{}"}))

    assert {"A": "b", "TAMPU_MIRROR": f"{tmp_path}/mirror"} == with_mirror({"A": "b"}, own)


def test_a_mirror_that_was_set_goes_before_the_own_even_if_it_is_none(tmp_path: Path) -> None:
    for said in ("https://example.org/", ""):
        assert {"TAMPU_MIRROR": said} == with_mirror({"TAMPU_MIRROR": said}, tmp_path)


def test_a_folder_without_an_index_is_no_mirror(tmp_path: Path) -> None:
    assert own_mirror(write_app(tmp_path, {"mirror/python.tar.gz": ""})) is None
    assert {} == with_mirror({})
