from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tampu.envs.settle import settle
from tests.envs.household import House

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator, Mapping

    Statuses = dict[str, os.stat_result]

SHOP = {"shop/__init__.py": "", "shop/till.py": "OPEN = True\n", "shop/old.py": "print 7\n", "shop_api.py": "A = 1\n"}
PYTHON = {"Python": "3.13.0"}


@pytest.fixture
def houses(tmp_path: Path) -> Iterator[House]:
    """Apps of one machine."""
    return (House(tmp_path / str(number), common=tmp_path / "common") for number in range(9))


def settled(house: House, files: Mapping[str, str] = SHOP, python: Mapping[str, str] = PYTHON) -> Statuses:
    house.install("shop", files)
    return bytecode(house, python)


def bytecode(house: House, python: Mapping[str, str] = PYTHON) -> Statuses:
    """All there is, after its environment was settled."""
    for folder in (house.folder / "cache", house.folder.parent / "common"):
        folder.mkdir(exist_ok=True)
    settle(house.site, house.app, Path(sys.executable), house.world, python)
    library = house.site.library
    return {str(path.relative_to(library)): path.stat() for path in sorted(library.rglob("*.pyc"))}


def files_of(statuses: Statuses) -> dict[str, int]:
    return {name: status.st_ino for name, status in statuses.items()}


def test_the_next_app_has_the_bytecode_of_the_first_one(houses: Iterator[House]) -> None:
    one, other = settled(next(houses)), settled(next(houses))

    tag = sys.implementation.cache_tag
    names = ("shop/__pycache__/__init__", "shop/__pycache__/till", "__pycache__/shop_api")
    assert {f"{name}.{tag}.pyc" for name in names} == set(one)
    assert files_of(one) == files_of(other)


def test_a_module_of_other_content_is_compiled(houses: Iterator[House]) -> None:
    one, other = settled(next(houses)), settled(next(houses), {**SHOP, "shop/till.py": "OPEN = False\n"})

    assert one.keys() == other.keys()
    assert not {*files_of(one).values()} & {*files_of(other).values()}


def test_another_python_has_its_own(houses: Iterator[House]) -> None:
    one, other = settled(next(houses)), settled(next(houses), python={"Python": "3.13.1"})

    assert not {*files_of(one).values()} & {*files_of(other).values()}


def test_a_package_that_lies_about_its_files_has_its_own(houses: Iterator[House]) -> None:
    first, liar = next(houses), next(houses)
    honest = first.install("shop", SHOP).info / "RECORD"
    lying = liar.install("shop", {**SHOP, "shop/till.py": "OPEN = 0\n"}).info / "RECORD"
    lying.write_bytes(honest.read_bytes())

    one, other = bytecode(first), bytecode(liar)

    assert not {*files_of(one).values()} & {*files_of(other).values()}


def test_bytecode_that_was_changed_is_made_anew(houses: Iterator[House]) -> None:
    first = next(houses)
    spoilt = min(settled(first))
    honest = (first.site.library / spoilt).read_bytes()
    (first.site.library / spoilt).write_bytes(b"something else")

    second, third = next(houses), next(houses)
    one, other = settled(second), settled(third)

    assert honest == (second.site.library / spoilt).read_bytes()
    assert files_of(one) == files_of(other)


def test_an_app_alone_keeps_none(tmp_path: Path) -> None:
    house = House(tmp_path / "alone")

    assert {1} == {status.st_nlink for status in settled(house).values()}
    assert not (house.folder / "cache" / "layers").exists()
