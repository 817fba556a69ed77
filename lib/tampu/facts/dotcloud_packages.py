"""What `requirements` in dotcloud.yml adds to the packages of an app."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from tampu.facts.locks.grammar import read_line
from tampu.facts.locks.targets import Refused
from tampu.facts.requirements import Packages, Requirement
from tampu.values import replace
from tampu.world.console import Notice

if TYPE_CHECKING:
    from collections.abc import Sequence

ORIGIN = "requirements of dotcloud.yml"


def listed(text: str) -> Requirement:
    """One item of the list; Refused if it is anything but a package."""
    found = read_line(text, ORIGIN)
    if len(found) == 1 and isinstance(found[0], Requirement):
        return found[0]
    raise Refused("neither options nor other files can be named here")


def only_listed() -> Packages:
    """An app without any other file that tells its packages."""
    return Packages(manager="dotcloud.yml", because="it lists requirements, and no other file does")


def with_listed(found: Packages, texts: Sequence[str]) -> Packages:
    """Added to the app's own; where both name a package, the app's own line counts."""
    items = tuple(listed(text) for text in texts)
    own = {requirement.name: requirement for requirement in found.requirements if requirement.name}
    more = tuple(item for item in items if item.name not in own)
    notices = [_overruled(item, own[item.name]) for item in items if item.name in own]
    return replace(
        found,
        requirements=(*found.requirements, *more),
        complete=found.complete and not more,
        notices=(*found.notices, *(notice for notice in notices if notice)),
        sources={**found.sources, **({ORIGIN: _digest(texts)} if texts else {})},
    )


def _overruled(item: Requirement, own: Requirement) -> Notice | None:
    if own.line == item.line:
        return None
    return Notice(
        name="dotcloud::requirement-overruled",
        text=(
            f"{own.origin} decides about {own.name}\n\n"
            f"It asks for {own.line}, so {item.line} of dotcloud.yml's requirements does not count.\n"
            "Take one of the two away."
        ),
    )


def _digest(texts: Sequence[str]) -> str:
    return hashlib.sha256("\n".join(texts).encode()).hexdigest()
