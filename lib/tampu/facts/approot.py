"""The approot: the folder of an app that its code is in, where that is not the top."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tampu.errors import TampuError
from tampu.facts.excerpt import excerpt
from tampu.facts.locks.places import inside
from tampu.facts.tree import OutsideTheApp

if TYPE_CHECKING:
    from tampu.facts.tree import Tree

VARIABLE = "APPROOT"


class NoSuchApproot(TampuError):
    reason = "app::no-approot"

    def __init__(self, wanted: str) -> None:
        super().__init__(
            title=f"{VARIABLE} names no folder of the app",
            found=f"{VARIABLE}={excerpt(wanted)}",
            expected="a folder that is in the app, such as src",
            todo=f"Set {VARIABLE} to one, or unset it if the app's code is at the top, and build again.",
        )


def asked_approot(tree: Tree, wanted: str) -> str:
    """What the app's user has set, as a path in the app; empty if they have set nothing."""
    if not wanted:
        return ""
    place = approot_in(tree, wanted, VARIABLE)
    if not (tree.root / place).is_dir():
        raise NoSuchApproot(wanted)
    return place


def approot_in(tree: Tree, wanted: str, origin: str) -> str:
    """Its path from the top, which neither a `..` nor a link leads out of; whether it is there is another question."""
    place = inside(wanted, origin)
    if not (tree.root / place).resolve().is_relative_to(tree.root.resolve()):
        raise OutsideTheApp(wanted, origin)
    return place
