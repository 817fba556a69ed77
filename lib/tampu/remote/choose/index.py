"""`-m`: distributions that may be meant are looked at in the index: what they really bring decides."""

from __future__ import annotations

import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from tampu.remote.choose.installed import Site
from tampu.remote.choose.model import LOOKED_UP, Choice, Unsure
from tampu.remote.choose.table import table
from tampu.values import dataclass, replace
from tampu.world.run import CommandFailed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from tampu.world import World

    Look = Callable[[str, str], "Seen"]

NO_INDEX = "the package index can't be reached"
NO_WHEEL = "no wheel of it is to be had"


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """That version of a distribution brings the import, or not; `file` is the evidence.

    `unseen` is why it could not be looked at.
    """

    version: str = ""
    file: str = ""
    unseen: str = ""


def look(world: World, distribution: str, name: str) -> Seen:
    """In its newest wheel, which is unpacked and never run."""
    from tampu.envs import uv
    from tampu.envs.clients import uv_options
    from tampu.envs.explain import Unreachable, explained
    from tampu.remote.environments.lock import client, client_env

    world.say.detail(f"Looking at {distribution}, whether it brings {name}")
    words = (*uv_options(world.environ), "--no-deps", "--only-binary", ":all:", "--target")
    with TemporaryDirectory(prefix="tampu-look-") as folder:
        place = Path(folder)
        wanted = (*words, folder, distribution)
        command = uv.place(client(world), Path(sys.executable), wanted, place, client_env(world))
        try:
            world.run.ask(command)
        except CommandFailed as error:
            return Seen(unseen=NO_INDEX if isinstance(explained(error), Unreachable) else NO_WHEEL)
        found = Site(folder=place).provider(name)
        return Seen(version=found.version, file=found.evidence.rpartition(" ")[2]) if found else Seen()


def looked_up(unsure: Iterable[Unsure], look: Look) -> tuple[Choice | Unsure, ...]:
    """Each decided if one of its candidates alone brings it, and all could be looked at.

    What only a list names, or has the import's name and no more, is no candidate: it may be anybody's.
    """
    return tuple(_looked_up(each, look) for each in unsure)


def _looked_up(unsure: Unsure, look: Look) -> Choice | Unsure:
    known = {each.distribution for each in table().providers(unsure.name)}
    if not unsure.candidates or not known.issuperset(unsure.candidates):
        return unsure
    seen = {each: look(each, unsure.name) for each in unsure.candidates}
    right = [each for each, found in seen.items() if found.file]
    unseen = {each: found.unseen for each, found in seen.items() if found.unseen}
    if len(right) != 1 or unseen:
        return replace(unsure, candidates=_sorted(unsure.candidates, right), because=_told(right, unseen))
    found = seen[right[0]]
    others = f", and {_and(sorted(seen.keys() - right))} not" if len(seen) > 1 else ""
    because = f"{right[0]} {found.version} brings {found.file}{others}"
    return Choice(
        name=unsure.name,
        distribution=right[0],
        requirement=right[0],
        because=because,
        confidence=LOOKED_UP,
        where=unsure.where,
    )


def _sorted(candidates: Sequence[str], right: Sequence[str]) -> tuple[str, ...]:
    return tuple(sorted(candidates, key=lambda each: each not in right))


def _told(right: Sequence[str], unseen: Mapping[str, str]) -> str:
    brings = "bring it" if len(right) > 1 else "brings it"
    known = f"{_and(right)} {brings}" if right else "none that could be looked at brings it"
    reasons = {why: [each for each, other in unseen.items() if other == why] for why in unseen.values()}
    return "; ".join((known, *(f"{_and(names)} can't be looked at: {why}" for why, names in reasons.items())))


def _and(names: Sequence[str]) -> str:
    return " and ".join([", ".join(names[:-1]), names[-1]] if names[1:] else names)
