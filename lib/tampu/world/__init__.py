"""Doors to the outside, handed in and never imported by those who use them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tampu.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tampu.world.cache import Cache
    from tampu.world.console import Console
    from tampu.world.fetch import Fetcher
    from tampu.world.run import Runner


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """What a build may touch: programs, the network, its cache, the console, and the settings it was started with."""

    run: Runner
    fetch: Fetcher
    cache: Cache
    say: Console
    environ: Mapping[str, str]
