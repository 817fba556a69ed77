"""The `python` layer: which interpreter, where it comes from, and the step that puts it there."""

from __future__ import annotations

import hashlib
from datetime import datetime, timezone
from typing import TYPE_CHECKING

from tampu.build.choose_python import PythonChoice, choose
from tampu.build.model import Step, Work
from tampu.build.offers import Offer, as_text, from_text, offers
from tampu.build.python_match import NoMatch, UnknownPatch, UnknownSeries
from tampu.build.python_shelf import NothingToBeHad
from tampu.envs import runtime
from tampu.envs.machine import Interpreter
from tampu.envs.mirror import digest_of_mirror
from tampu.errors import TampuError
from tampu.facts.pins import load_pythons
from tampu.values import dataclass, replace
from tampu.world.cache import Hit, Key
from tampu.world.house import house

if TYPE_CHECKING:
    from datetime import date

    from tampu.build.model import Target
    from tampu.facts.pins import Pythons
    from tampu.facts.python import Request
    from tampu.world import World
    from tampu.world.fetch import Pin

NOT_TO_BE_HAD = (NoMatch, NothingToBeHad, UnknownPatch, UnknownSeries)
# Raise it when the same interpreter would now be laid out in another way.
LAYOUT = "2"
NAME = "python"
PROGRAM = "bin/python3"


class OutOfReach(TampuError):
    reason = "python-version::out-of-reach"

    def __init__(self, version: str) -> None:
        super().__init__(
            title=f"Python {version} can't be had from here",
            found="no answer from the address that has it, and no such interpreter on this machine",
            expected=f"a way to get Python {version}",
            todo="Check the network and HTTPS_PROXY, set TAMPU_MIRROR, or install that Python on this machine.",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """All that decides which interpreter an app gets."""

    requests: tuple[Request, ...]
    last: str | None
    pythons: Pythons
    arch: str
    today: date


def wish_now(requests: tuple[Request, ...], last: str | None, arch: str) -> Wish:
    today = datetime.now(tz=timezone.utc).date()
    return Wish(requests=requests, last=last, pythons=known_pythons(arch), arch=arch, today=today)


def known_pythons(arch: str) -> Pythons:
    """Those that this tampu knows of."""
    return load_pythons(house() / "vendor" / "pythons.json", arch)


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """The interpreter of a build: which, why, from where, and the step that makes its layer."""

    choice: PythonChoice
    origin: str
    identity: str
    step: Step
    chosen: Pin | Interpreter


def decide(wish: Wish, target: Target, world: World) -> Decision:
    """What was decided last time, if all that led to it is the same; else the first offer that has what is asked."""
    remembered = recall(NAME, wish, target, world)
    if remembered and is_stored(NAME, remembered.step.key, PROGRAM, world):
        return remembered
    return look_for(NAME, wish, target, world)


def recall(memo: str, wish: Wish, target: Target, world: World) -> Decision | None:
    """An interpreter that can be found in the cache, and fetched no more."""
    remembered = world.cache.recall(memo, _key(wish, target, world))
    return None if remembered is None else _decision(from_text(remembered), wish)


def is_stored(layer: str, key: Key, program: str, world: World) -> bool:
    found = world.cache.find(layer, key)
    # A link to an interpreter of this machine outlives it.
    return isinstance(found, Hit) and (found.tree / program).exists()


def look_for(memo: str, wish: Wish, target: Target, world: World) -> Decision:
    seen: list[str] = []
    for offer in offers(wish.arch, wish.pythons, target, world):
        seen.extend(offer.runtimes)
        try:
            decision = _decision(offer, wish)
        except NOT_TO_BE_HAD:
            continue
        if offer.at_hand():
            settled = replace(wish, last=decision.choice.version)
            world.cache.note(memo, _key(settled, target, world), as_text(offer, decision.choice.version))
            return decision
    # No offer has it: this says so, with all that there is.
    choice = choose(wish.requests, wish.last, wish.pythons.default, seen, wish.pythons.series, wish.today)
    raise OutOfReach(choice.version)


def _decision(offer: Offer, wish: Wish) -> Decision:
    choice = choose(
        wish.requests, wish.last, wish.pythons.default, tuple(offer.runtimes), wish.pythons.series, wish.today
    )
    chosen = offer.runtimes[choice.version]
    identity = str(chosen.path) if isinstance(chosen, Interpreter) else chosen.sha256
    parts = {"Python": choice.version, "runtime": identity, "CPU": wish.arch, "tampu's layout": LAYOUT}
    step = Step(
        name=NAME,
        title=f"Installing Python {choice.version}",
        key=Key(parts),
        make=lambda work: _make(chosen, work),
    )
    return Decision(choice=choice, origin=offer.origin, identity=identity, step=step, chosen=chosen)


def _make(chosen: Pin | Interpreter, work: Work) -> None:
    if isinstance(chosen, Interpreter):
        runtime.link(chosen, work.place, work.world)
    else:
        runtime.install(chosen, work.place, work.world)


def _key(wish: Wish, target: Target, world: World) -> Key:
    return Key(
        {
            "asked": repr(wish.requests) if wish.requests else f"as last time: {wish.last}",
            "mirror": digest_of_mirror(world.environ),
            "pins": _digest(repr((wish.pythons.default, sorted(wish.pythons.pins)))),
            "CPU": wish.arch,
            "local": str(target.local),
        }
    )


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
