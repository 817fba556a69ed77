from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import pytest

from tampu.remote.environments.pythons import BadPython, Demand, NoSuchPython, Shipped, chosen, demand_of
from tampu.remote.environments.target import Interpreter
from tests.kit import for_hosts
from tests.kit.for_hosts import HELLO

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from tampu.world import World

THERE = tuple(
    Interpreter(path=f"/opt/{version}/bin/python3", version=version)
    for version in ("3.7.17", "3.9.1", "3.9.18", "3.13.2")
)
PYPY = Interpreter(path="/opt/pypy/bin/pypy3", version="3.10.14", implementation="pypy")


@pytest.fixture(scope="module")
def world(mirror: Path, tmp_path_factory: pytest.TempPathFactory) -> World:
    return for_hosts.open_world(tmp_path_factory.mktemp("ours"), "", TAMPU_MIRROR=str(mirror))


def demand(text: str) -> Demand:
    found = demand_of(text, "tampu.toml")
    assert found
    return found


def never_asked() -> Sequence[Interpreter]:
    raise AssertionError("one more round trip than it takes")


def there() -> Sequence[Interpreter]:
    return (*THERE, PYPY)


@pytest.mark.parametrize(
    ("text", "spec"),
    [
        ("3.11", "==3.11.*"),
        ("3", "==3.*"),
        ("3.11.2", "==3.11.2"),
        ("python-3.11.2", "==3.11.2"),
        ("3.11.*", "==3.11.*"),
        (" >=3.9, <3.12 ", ">=3.9, <3.12"),
    ],
)
def test_a_version_in_many_words(text: str, spec: str) -> None:
    assert spec == demand(text).spec


def test_nothing_asked_is_no_demand() -> None:
    assert demand_of("  ", "tampu.toml") is None


def test_what_is_no_version_is_told() -> None:
    with pytest.raises(BadPython):
        demand_of("the newest", "tampu.toml")


@pytest.mark.parametrize("text", ["", "3.11", ">=3.8"])
def test_the_agents_own_is_taken_without_a_question(text: str, world: World) -> None:
    found = chosen(demand_of(text, "tampu.toml"), "3.11", HELLO, never_asked, world)

    assert Interpreter(path="/usr/bin/python3.11", version="3.11.2") == found


@pytest.mark.parametrize(
    ("text", "usual", "version"),
    [("3.9", "3.13", "3.9.18"), ("3.9.1", "3.13", "3.9.1"), (">=3.12", "3.11", "3.13.2"), ("", "3.13", "3.13.2")],
)
def test_another_of_the_hosts_own(text: str, usual: str, version: str, world: World) -> None:
    found = chosen(demand_of(text, "tampu.toml"), usual, HELLO, there, world)

    assert Interpreter(path=f"/opt/{version}/bin/python3", version=version) == found


def test_without_a_demand_the_hosts_python_will_do(world: World) -> None:
    found = chosen(None, "3.12", HELLO, there, world)

    assert Interpreter(path="/usr/bin/python3.11", version="3.11.2") == found


@pytest.mark.parametrize(("text", "usual", "series"), [("3.12", "3.13", "3.12"), (">=3.12,<3.13.1", "3.12", "3.12")])
def test_what_the_host_has_not_is_sent(
    text: str, usual: str, series: str, patches: dict[str, str], world: World
) -> None:
    found = chosen(demand(text), usual, HELLO, lambda: THERE[:2], world)

    assert isinstance(found, Shipped)
    tree, version = found.tree, patches[series]
    place = f"{{store}}/pythons/{tree.id}/bin/python{series}"
    assert Interpreter(path=place, version=version) == found.interpreter
    assert {"python": f"bin/python{series}", "version": version} == tree.notes
    assert f"python{series}" == tree.items["bin/python3"].link
    assert tree.items[f"bin/python{series}"].runs
    module = tree.items[f"lib/python{series}/os.py"]
    assert module.sha == hashlib.sha256(tree.sources[module.sha].read_bytes()).hexdigest()


def test_one_that_was_sent_once_is_fetched_no_more(world: World, mirror: Path, tmp_path: Path) -> None:
    first = chosen(demand("3.12"), "", HELLO, tuple, world)
    (tmp_path / "index.json").write_text((mirror / "index.json").read_text(encoding="utf-8"), encoding="utf-8")
    elsewhere = for_hosts.open_world(world.cache.root.parents[1], "", TAMPU_MIRROR=str(tmp_path))

    assert first == chosen(demand("3.12"), "", HELLO, tuple, elsewhere)


def test_a_host_with_another_kind_of_python_gets_one(world: World) -> None:
    hello = {**HELLO, "implementation": "pypy"}

    assert isinstance(chosen(None, "3.12", hello, lambda: (PYPY,), world), Shipped)


@pytest.mark.parametrize(
    ("text", "told"),
    [("2.7", {}), ("3.7", {}), ("3.99", {}), ("3.12", {"libc": ""}), ("3.12", {"machine": "riscv64"})],
)
def test_what_nobody_has_is_told(text: str, told: dict[str, str], world: World) -> None:
    with pytest.raises(NoSuchPython):
        chosen(demand(text), "", {**HELLO, **told}, lambda: (THERE[0], PYPY), world)
