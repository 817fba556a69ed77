"""Editable projects, where no tool of the app's Python makes links that can be moved."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tampu.values import replace
from tampu.world.console import Notice

if TYPE_CHECKING:
    from tampu.facts.environment import Environment
    from tampu.facts.requirements import Packages, Requirement

# The first for which there is a setuptools that can put such a link into a wheel.
LINKING = ">=3.7"
EDITABLE = "-e "


def unlinked(found: Packages, target: Environment) -> Packages:
    """The same packages; those that would be linked are installed as they are, if the Python is too old."""
    if target.runs(LINKING):
        return found
    requirements = tuple(_as_it_is(each) for each in found.requirements)
    names = [each.origin for each, old in zip(requirements, found.requirements, strict=True) if each != old]
    notices = tuple(_notice(origin, target.python) for origin in dict.fromkeys(names))
    return replace(found, requirements=requirements, notices=(*found.notices, *notices))


def _as_it_is(requirement: Requirement) -> Requirement:
    if requirement.local is None or not requirement.local.editable:
        return requirement
    line = requirement.line.removeprefix(EDITABLE)
    return replace(requirement, line=line, local=replace(requirement.local, editable=False))


def _notice(origin: str, python: str) -> Notice:
    text = (
        f"{origin} asks for a folder of the app as editable.\n"
        f"It is installed as it is, without -e: on Python {python} a link to it could not be moved with the app."
    )
    return Notice(name="requirements::not-linked", text=text)
