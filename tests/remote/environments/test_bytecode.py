"""Bytecode for hosts is made beside an environment, and travels where the way is short."""

from __future__ import annotations

import marshal
import sys
from typing import TYPE_CHECKING

import pytest

from tampu.remote.environments import bytecode
from tampu.remote.environments.made import BYTECODE, TREE, keep, kept
from tampu.remote.stores import store
from tampu.remote.stores.trees import ENVS, Tree
from tests.kit import remotes, stored
from tests.kit.distance import distance

if TYPE_CHECKING:
    from pathlib import Path

    from tests.kit.sshd import Server

PACKAGES = "lib/python3.13/site-packages"
TEXTS = {
    f"{PACKAGES}/answer.py": "def to(n):\n    return n + 1\n",
    f"{PACKAGES}/template.py": "def {{ name }}():\n",
    f"{PACKAGES}/data.txt": "no module\n",
    "bin/tool.py": "print(1)\n",
}
MADE = f"{PACKAGES}/__pycache__/answer.{sys.implementation.cache_tag}.pyc"
TRIES = 100


def environment(folder: Path, name: str) -> Path:
    """One that is kept."""
    stored.written(folder / "bench" / TREE, {path: text.encode() for path, text in TEXTS.items()})
    notes = {"python": "/usr/bin/python3", "version": "3.13"}
    keep(folder / "bench", folder / "envs" / name, Tree(kind=ENVS, id=name, items={}, sources={}, notes=notes), {})
    return folder / "envs" / name


def test_of_each_module_there_is_bytecode_that_needs_no_source(tmp_path: Path) -> None:
    place = environment(tmp_path, "e" * 64)

    assert 0 == bytecode.main(str(place))
    tree = kept(place)

    assert tree
    assert [MADE] == list(tree.bytecode)
    assert {*tree.items, MADE} == set(tree.complete().items)
    data = tree.sources[tree.bytecode[MADE].sha].read_bytes()
    assert 1 == int.from_bytes(data[4:8], "little")
    assert f"{PACKAGES}/answer.py" == marshal.loads(data[16:]).co_filename  # noqa: S302 - made here


def test_what_is_spoilt_is_none(tmp_path: Path) -> None:
    place = environment(tmp_path, "e" * 64)
    bytecode.main(str(place))
    (place / BYTECODE / TREE / MADE).write_bytes(b"")

    tree = kept(place)

    assert tree
    assert not tree.bytecode


def test_of_an_environment_that_is_gone_nothing_comes_back(tmp_path: Path) -> None:
    (tmp_path / "envs").mkdir()

    assert 0 == bytecode.main(str(tmp_path / "envs" / "gone"))
    assert not list((tmp_path / "envs").iterdir())


def compiled(folder: Path, name: str) -> Tree:
    place = environment(folder, name)
    bytecode.main(str(place))
    tree = kept(place)
    assert tree
    return tree


def test_it_travels_to_a_host_that_is_near(near: Server, tmp_path: Path) -> None:
    link = remotes.link(near)
    for number in range(TRIES):
        # On a busy machine an answer may take long.
        tree = compiled(tmp_path / str(number), f"{number:064}")
        store.provide(link, tree, stored.quiet)
        place = near.store / ENVS / tree.id
        assert (place / PACKAGES / "answer.py").is_file()
        if (place / MADE).is_file():
            break
    else:
        pytest.fail("it never did")
    link.close()


def test_it_stays_here_where_the_way_is_long(near: Server, tmp_path: Path) -> None:
    with distance(near.port, 0.025) as way:
        link = remotes.link(near.by(way.port))
        tree = compiled(tmp_path, "f" * 64)

        store.provide(link, tree, stored.quiet)

        link.close()
    assert (near.store / ENVS / tree.id / PACKAGES / "answer.py").is_file()
    assert not (near.store / ENVS / tree.id / MADE).exists()
