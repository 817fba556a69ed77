from __future__ import annotations

import copy
import dataclasses
import pickle
from typing import TYPE_CHECKING, Any

import pytest

from tampu.values import asdict, dataclass, field, fields, replace

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True, slots=True, kw_only=True)
class Fox:
    """Jumps."""

    name: str
    legs: int = 4

    @property
    def shoes(self) -> int:
        return self.legs


@dataclass(frozen=True, slots=True, kw_only=True)
class Hare:
    name: str
    legs: int = 4


@dataclass(slots=True)
class Den:
    """Given in their order, but for the last."""

    owner: Fox
    guests: list[Fox] = field(default_factory=list)
    hidden: str = field(default="", repr=False, kw_only=True)
    said: str = field(init=False)

    def __post_init__(self) -> None:
        self.said = f"{self.owner.name}'s"


@dataclass(frozen=True, slots=True, kw_only=True)
class Nothing:
    """Has nothing."""


@dataclass(slots=True)
class Kept(Den):
    town: str = field(kw_only=True)


def test_values_are_equal_or_not() -> None:
    fox = Fox(name="Rey")

    assert fox == Fox(name="Rey", legs=4) != Fox(name="Rey", legs=3)
    assert {fox} == {fox, Fox(name="Rey")}
    assert len({fox, Hare(name="Rey")}) == 2
    assert Nothing() == Nothing()


def test_a_value_shows_what_it_has() -> None:
    assert ("Fox(name='Rey', legs=4)", "Nothing()") == (repr(Fox(name="Rey")), repr(Nothing()))
    assert (4, "Jumps.", __name__) == (Fox(name="Rey").shoes, Fox.__doc__, Fox.__module__)


def test_another_one_differs_in_what_was_named() -> None:
    assert Fox(name="Rey", legs=3) == replace(Fox(name="Rey"), legs=3)


def test_another_one_of_a_class_by_dataclasses() -> None:
    burrow = dataclasses.make_dataclass("burrow", ["owner", "doors"], frozen=True)

    assert burrow("Ida", 2) == replace(burrow("Ida", 1), doors=2)


@pytest.mark.parametrize("change", [lambda fox: setattr(fox, "legs", 3), lambda fox: delattr(fox, "legs")])
def test_nothing_changes_it(change: Callable[[Fox], object]) -> None:
    fox = Fox(name="Rey")

    with pytest.raises(AttributeError, match=r"Fox\.legs"):
        change(fox)

    assert fox == Fox(name="Rey")


@pytest.mark.parametrize("given", [{}, {"name": "Rey", "wings": 2}])
def test_it_has_what_it_has_and_nothing_else(given: dict[str, Any]) -> None:
    with pytest.raises(TypeError, match="Fox has name, legs"):
        Fox(**given)


def test_one_that_changes_is_equal_but_no_key() -> None:
    den = Den(Fox(name="Rey"), hidden="door")
    den.guests.append(Fox(name="Gast"))

    assert Den(Fox(name="Rey"), [Fox(name="Gast")], hidden="door") == den != Den(Fox(name="Rey"), hidden="door")
    assert "Den(owner=Fox(name='Rey', legs=4), guests=[Fox(name='Gast', legs=4)], said=\"Rey's\")" == repr(den)
    assert (["owner", "guests", "hidden", "said"], "Ida's") == (
        [each.name for each in fields(Den)],
        replace(den, owner=Fox(name="Ida")).said,
    )
    with pytest.raises(TypeError, match="unhashable"):
        hash(den)


def test_all_of_it_in_plain_words() -> None:
    rey, guest = {"name": "Rey", "legs": 4}, {"name": "Gast", "legs": 3}

    assert {"owner": rey, "guests": [guest], "hidden": "", "said": "Rey's"} == asdict(
        Den(Fox(name="Rey"), [Fox(name="Gast", legs=3)])
    )


@pytest.mark.parametrize("given", [(Fox(name="Rey"), [], "door"), ()])
def test_too_many_and_too_few(given: tuple[Any, ...]) -> None:
    with pytest.raises(TypeError, match="Den has owner, guests, hidden, said; given: "):
        Den(*given)
    with pytest.raises(TypeError, match="Den has owner"):
        Den(*given, owner=Fox(name="Ida"), wings=2)  # type: ignore[call-arg, misc]


def test_one_with_a_base_has_more() -> None:
    kept = Kept(Fox(name="Rey"), town="Cusco")

    assert "Kept(owner=Fox(name='Rey', legs=4), guests=[], said=\"Rey's\", town='Cusco')" == repr(kept)
    assert kept == Kept(Fox(name="Rey"), town="Cusco") != Den(Fox(name="Rey"))


def test_a_copy_is_equal() -> None:
    assert Fox(name="Rey") == copy.copy(Fox(name="Rey")) == pickle.loads(pickle.dumps(Fox(name="Rey")))  # noqa: S301


def test_it_is_as_small_as_can_be() -> None:
    assert not hasattr(Fox(name="Rey"), "__dict__")
