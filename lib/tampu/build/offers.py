"""Where interpreters can be had, in order: the mirror, upstream, and for local builds this machine."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from tampu.envs import machine
from tampu.envs.bundle import bundle_of
from tampu.envs.machine import Interpreter
from tampu.envs.mirror import read_mirror
from tampu.values import dataclass
from tampu.world.fetch import Pin

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from tampu.build.model import Target
    from tampu.facts.pins import Pythons
    from tampu.world import World


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """Interpreters of one origin, by version; `at_hand` finds out whether they can be had right now."""

    origin: str
    runtimes: Mapping[str, Pin | Interpreter]
    at_hand: Callable[[], bool] = lambda: True


def offers(arch: str, pythons: Pythons, target: Target, world: World) -> Iterator[Offer]:
    """One after the other, each looked up only when those before it do not do."""
    if location := world.environ.get("TAMPU_MIRROR"):
        mirror = read_mirror(location, world.fetch)
        yield Offer(origin=f"the mirror {mirror.shown}", runtimes=mirror.pins("python", arch))
    if bundle_of(world.environ):
        return
    if not target.local:
        yield Offer(origin="python-build-standalone", runtimes=pythons.pins)
        return
    yield Offer(
        origin="python-build-standalone",
        runtimes=pythons.pins,
        at_hand=lambda: world.fetch.reaches(next(iter(pythons.pins.values())).url),
    )
    found = machine.find(world.environ, world.run)
    yield Offer(origin="this machine", runtimes={interpreter.version: interpreter for interpreter in reversed(found)})


def as_text(offer: Offer, version: str) -> str:
    """An offer to remember, with the one interpreter that was chosen."""
    runtime = offer.runtimes[version]
    place = {"path": str(runtime.path)} if isinstance(runtime, Interpreter) else {"sha256": runtime.sha256}
    return json.dumps({"origin": offer.origin, "versions": [*offer.runtimes], "version": version, **place})


def from_text(text: str) -> Offer:
    """The remembered offer: enough to find the chosen interpreter in the cache, not to fetch it again."""
    memo = json.loads(text)
    version = memo["version"]
    chosen: Pin | Interpreter = (
        Interpreter(version=version, path=Path(memo["path"]))
        if "path" in memo
        else Pin(name="python", version=version, url="", sha256=memo["sha256"])
    )
    return Offer(origin=memo["origin"], runtimes=dict.fromkeys(memo["versions"], chosen))
