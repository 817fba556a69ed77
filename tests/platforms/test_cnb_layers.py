from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from tampu.facts.toml import read_toml
from tampu.platforms.cnb_layers import RestoredLayers, described, fold, restored_key, unfold
from tampu.world import files
from tampu.world.cache import Hit, Key, Miss
from tests.kit.builds import write_app

if TYPE_CHECKING:
    from pathlib import Path

ONE, TWO = Key({"Python": "3.12.1", "two words": "1"}), Key({"Python": "3.12.1", "two words": "2"})
GROUND = frozenset({"Python"})


@pytest.fixture
def layers(tmp_path: Path) -> Path:
    """Where a lifecycle has restored a layer that was made from the first key."""
    write_app(tmp_path / "layers" / "site", {"bin/run": "hello\n"})
    files.write(tmp_path / "layers", (described("site", "launch", "cache", key=ONE),))
    return tmp_path / "layers"


@pytest.fixture
def cache(layers: Path) -> RestoredLayers:
    return RestoredLayers(layers / "tampu-cache", layers)


def test_a_restored_layer_stays_where_it_is(cache: RestoredLayers, layers: Path) -> None:
    assert Hit(layers / "site") == cache.find("site", ONE)
    assert layers / "site" == cache.keep("site", ONE, layers / "site")
    assert {"bin"} == {path.name for path in (layers / "site").iterdir()}


def test_one_of_another_key_is_built_on_where_its_ground_is_the_same(cache: RestoredLayers, layers: Path) -> None:
    changed = ("two words changed from 1 to 2",)

    assert Miss(changed, previous=layers / "site") == cache.find("site", TWO, GROUND)
    assert Miss(changed) == cache.find("site", TWO)
    assert cache.find("site", Key({"Python": "3.13.0", "two words": "1"}), GROUND) == Miss(
        ("Python changed from 3.12.1 to 3.13.0",)
    )


def test_a_layer_that_was_not_restored(cache: RestoredLayers) -> None:
    assert Miss(("there is none in the cache",)) == cache.find("python", ONE)


def test_a_layer_of_which_only_the_file_beside_it_is_there(layers: Path) -> None:
    files.remove(layers / "site")

    assert restored_key(layers / "site") is None


@pytest.mark.parametrize("text", ["not [ toml", "", "metadata = 1\n", "[metadata]\nkey = 1\n"])
def test_a_file_beside_a_layer_that_says_nothing_of_use(text: str, cache: RestoredLayers, layers: Path) -> None:
    (layers / "site.toml").write_text(text)

    assert Miss(("there is none in the cache",)) == cache.find("site", ONE)


def test_tools_are_trusted_with_other_times(cache: RestoredLayers, tmp_path: Path) -> None:
    kept = cache.keep("tools", ONE, write_app(tmp_path / "tools", {"uv": "program"}))
    os.utime(kept / "uv", (1, 1))

    assert Hit(kept) == cache.find("tools", ONE)


def test_tools_that_are_not_whole(cache: RestoredLayers, tmp_path: Path) -> None:
    kept = cache.keep("tools", ONE, write_app(tmp_path / "tools", {"uv": "program"}))
    files.remove(kept)

    assert Miss(("the stored one is not whole",)) == cache.find("tools", ONE)


def test_what_a_layer_is_for(layers: Path) -> None:
    assert read_toml((layers / "site.toml").read_text(), "site.toml") == {
        "types": {"launch": True, "cache": True},
        "metadata": {"key": {"Python": "3.12.1", "two words": "1"}},
    }
    assert "[types]\ncache = true\n\n" == described("tampu-cache", "cache").text


def test_libraries_of_nginx_are_nowhere_where_all_programs_look(layers: Path) -> None:
    write_app(layers / "nginx", {"bin/nginx": "program", "lib/libz.so": "library"})

    assert layers / "nginx" / "nginx" == fold(layers / "nginx")

    assert ["nginx"] == [path.name for path in (layers / "nginx").iterdir()]
    assert "library" == (layers / "nginx" / "nginx" / "lib" / "libz.so").read_text()


def test_what_was_folded_is_unfolded_for_the_next_build(layers: Path) -> None:
    write_app(layers / "nginx", {"bin/nginx": "program"})
    fold(layers / "nginx")

    unfold(layers)

    assert "program" == (layers / "nginx" / "bin" / "nginx").read_text()
    assert {"nginx", "site", "site.toml"} == {path.name for path in layers.iterdir()}


def test_nothing_to_fold_or_unfold(layers: Path) -> None:
    unfold(layers)

    assert layers / "site" == fold(layers / "site")
    assert "hello\n" == (layers / "site" / "bin" / "run").read_text()


def test_a_file_beside_a_layer_that_is_no_text(layers: Path) -> None:
    (layers / "site.toml").write_bytes(b"\xff")

    assert restored_key(layers / "site") is None
