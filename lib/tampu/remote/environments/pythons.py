"""Which Python a script runs on over there: one that the host has, or one that is sent."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import TYPE_CHECKING

from tampu.build.model import Target as BuildTarget
from tampu.build.offers import offers
from tampu.envs.machine import Interpreter as OwnInterpreter
from tampu.envs.runtime import lay_out
from tampu.errors import TampuError
from tampu.facts.excerpt import excerpt
from tampu.facts.pins import load_pythons
from tampu.remote.environments.made import TREE, keep, kept
from tampu.remote.environments.target import CPYTHON, Interpreter, interpreter_of, kind_of, series_of, target_of
from tampu.remote.stores.trees import PYTHONS, Tree
from tampu.values import dataclass
from tampu.world.house import house

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from tampu.remote.environments.target import Kind, Target
    from tampu.world import World
    from tampu.world.fetch import Pin

OLDEST = (3, 8)
# Raise it when the same archive would now be laid out in another way.
LAYOUT = "1"
PLAIN = re.compile(r"(?:python-?|cpython-?)?([0-9]+(?:\.[0-9]+){0,2})(\.\*)?", re.IGNORECASE)
WHOLE = re.compile(r"[0-9]+\.[0-9]+\.[0-9]+")


class BadPython(TampuError):
    reason = "remote::bad-python"

    def __init__(self, demand: Demand) -> None:
        todo = "Write one of these behind" if demand.origin.startswith("-") else "Mend it in"
        super().__init__(
            title=f"{demand.origin} names no version of Python that can be understood",
            found=excerpt(demand.text),
            expected="a version such as 3.12 or 3.12.4, or a range such as >=3.10,<3.13",
            todo=f"{todo} {demand.origin}.",
        )


class NoSuchPython(TampuError):
    reason = "remote::no-such-python"

    def __init__(self, demand: Demand, there: Iterable[str], why: str) -> None:
        has = ", ".join(dict.fromkeys(there))
        super().__init__(
            title="The host has not the Python that the script asks for, and none can be sent",
            found=(f"{demand.origin} asks for {excerpt(demand.text)}; the host has {has or 'none of CPython'}\n{why}"),
            expected=f"such a Python on the host, or one that can be sent; 3.{OLDEST[1]} or newer",
            todo="Install it there, change what is asked for, or name a mirror that has it in TAMPU_MIRROR.",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """A wish that must be met: `spec` as PEP 440 writes it, `text` as `origin` does."""

    spec: str
    origin: str
    text: str

    def fits(self, version: str) -> bool:
        from packaging.specifiers import SpecifierSet

        return SpecifierSet(self.spec).contains(version, prereleases=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shipped:
    """A Python that is sent first; `interpreter` is where it is then."""

    interpreter: Interpreter
    tree: Tree


def demand_of(text: str, origin: str) -> Demand | None:
    """What a setting or a script's own block asks for: a version, or a range of them."""
    from packaging.specifiers import InvalidSpecifier, SpecifierSet

    words = text.strip()
    if not words:
        return None
    plain = PLAIN.fullmatch(words)
    exact = plain and WHOLE.fullmatch(plain[1]) and not plain[2]
    spec = f"=={plain[1]}{'' if exact else '.*'}" if plain else words
    demand = Demand(spec=spec, origin=origin, text=words)
    try:
        SpecifierSet(spec)
    except InvalidSpecifier as error:
        raise BadPython(demand) from error
    return demand


def chosen(
    demand: Demand | None,
    usual: str,
    hello: Mapping[str, str],
    there: Callable[[], Sequence[Interpreter]],
    world: World,
) -> Interpreter | Shipped:
    """By what is demanded; else of the `usual` series, that of this machine's environment, if the host has it.

    `there` asks the host for its other Pythons, and only where the agent's own doesn't do.
    """
    own = interpreter_of(hello)
    if _does(own, demand, usual):
        return own
    others = [each for each in there() if each.path != own.path]
    found = _newest(each for each in others if _does(each, demand, usual))
    if found:
        return found
    if demand is None and own.implementation == CPYTHON:
        return own
    wish = demand or Demand(spec=f"=={usual}.*", origin="the environment on this machine", text=usual)
    return _sent(wish, usual, kind_of(hello), [own, *others], world)


def as_target(found: Interpreter | Shipped, hello: Mapping[str, str]) -> tuple[Target, Tree | None]:
    """What runs it over there, and what is sent for that."""
    if isinstance(found, Shipped):
        return target_of(hello, found.interpreter), found.tree
    return target_of(hello, found), None


def _does(each: Interpreter, demand: Demand | None, usual: str) -> bool:
    if each.implementation != CPYTHON or _numbers(each.version) < OLDEST:
        return False
    return demand.fits(each.version) if demand else not usual or each.series == usual


def _newest(found: Iterable[Interpreter]) -> Interpreter | None:
    return max(found, key=lambda each: _numbers(each.version), default=None)


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"[0-9]+", version)[:3])


def _sent(demand: Demand, usual: str, kind: Kind, there: Sequence[Interpreter], world: World) -> Shipped:
    versions = [each.version for each in there if each.implementation == CPYTHON]
    if kind.system != "linux" or not kind.libc:
        raise NoSuchPython(demand, versions, f"none can be sent to {kind}")
    pin, seen = _offered(demand, usual, kind, world)
    if pin is None:
        raise NoSuchPython(demand, versions, f"can be sent: {', '.join(seen) or 'none'}")
    made = _laid_out(pin, world)
    place = f"{{store}}/{PYTHONS}/{made.id}/{made.notes['python']}"
    return Shipped(interpreter=Interpreter(path=place, version=pin.version), tree=made)


def _offered(demand: Demand, usual: str, kind: Kind, world: World) -> tuple[Pin | None, list[str]]:
    """The newest that fits, of the usual series where that fits; from the mirror, or from upstream."""
    pythons = load_pythons(house() / "vendor" / "pythons.json", kind.machine)
    target = BuildTarget(app=Path("/"), layers=Path("/"), machine=kind.machine)
    seen: set[str] = set()
    for offer in offers(kind.machine, pythons, target, world):
        for wanted in (usual, pythons.default, ""):
            fit = [each for each in offer.runtimes if _numbers(each) >= OLDEST and demand.fits(each)]
            best = max((each for each in fit if wanted in {"", series_of(each)}), key=_numbers, default="")
            found = offer.runtimes.get(best)
            if found and not isinstance(found, OwnInterpreter):
                return found, []
        seen |= {series_of(each) for each in offer.runtimes if _numbers(each) >= OLDEST}
    return None, sorted(seen, key=_numbers)


def _laid_out(pin: Pin, world: World) -> Tree:
    name = hashlib.sha256(f"{pin.sha256} {LAYOUT}".encode()).hexdigest()
    place = world.cache.folder("remote") / PYTHONS / name
    found = kept(place)
    if found:
        return found
    world.say.step(f"Fetching Python {pin.version} for the host")
    notes = {"python": f"bin/python{series_of(pin.version)}", "version": pin.version}
    with world.cache.workshop() as bench:
        lay_out(pin, bench / TREE, world)
        return keep(bench, place, Tree(kind=PYTHONS, id=name, items={}, sources={}, notes=notes), {})
