"""What is read where there can be no Python or no environment for a host."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tampu.errors import TampuError
from tampu.remote.choose.model import SEEN, Choice
from tampu.remote.environments.environment import environment
from tampu.remote.environments.lock import Wanted, locked
from tampu.remote.environments.pythons import chosen, demand_of
from tampu.remote.environments.target import Interpreter
from tests.kit import failures, for_hosts

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tampu.remote.environments.target import Target
    from tampu.world import World
    from tests.kit.golden import Golden

    Act = Callable[[World], object]

WRONG = Choice(name="wrong", distribution="wrong-name", requirement="wrong-name", because="", confidence=SEEN)


def make(world: World, where: Target, requirement: str) -> object:
    lock = locked(Wanted(requirements=(requirement,), root=world.cache.root), where, world)
    return environment(lock, where, world, (WRONG,))


def send(world: World) -> object:
    there = (Interpreter(path="/usr/bin/python3.9", version="3.9.2"),)
    return chosen(demand_of("3.99", ".python-version"), "", for_hosts.HELLO, lambda: there, world)


CASES: dict[str, Act] = {
    "remote::bad-python": lambda _: demand_of("the newest", "tampu.toml"),
    "remote::no-such-python": send,
    "remote::no-wheel": lambda world: make(world, for_hosts.target(machine=for_hosts.ARM, libc=28), "tied"),
    "remote::not-provided": lambda world: make(world, for_hosts.target(), "wrong.name"),
    "remote::unknown-platform": lambda world: make(world, for_hosts.target(machine="riscv64"), "leaf"),
}


@pytest.mark.parametrize("reason", CASES)
def test_what_a_user_reads(reason: str, mirror: Path, golden: Golden, tmp_path: Path) -> None:
    index = for_hosts.make_index(tmp_path / "index").as_uri()
    world = for_hosts.open_world(tmp_path / "home", index, TAMPU_MIRROR=str(mirror))

    with pytest.raises(TampuError) as told:
        CASES[reason](world)

    assert reason == told.value.reason
    golden.check(failures.golden(reason), told.value.as_text())
