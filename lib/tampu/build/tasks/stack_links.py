"""The links `code` and `current` in a home. At boot launch/links.py looks after them, by the same rules."""

from __future__ import annotations

import os
import posixpath
from typing import TYPE_CHECKING

from tampu.errors import TampuError
from tampu.world import files

if TYPE_CHECKING:
    from pathlib import Path

    from tampu.build.model import Target

CODE, CURRENT = "code", "current"
# What they start with where they are ours.
OUR_CURRENT = ("code/", "./", "../../")


class CurrentTaken(TampuError):
    reason = "stack::current-taken"

    def __init__(self, found: str) -> None:
        super().__init__(
            title=f"The app has a `{CURRENT}` of its own",
            found=f"{CURRENT}, {found} at the top of the app",
            expected="nothing of that name",
            todo=(
                "What serves the app finds its code through a link of that name, as on dotCloud.\n"
                "Rename it, commit that and build again. Or name a `web` process in Procfile: then\n"
                "that one starts the app, and no link is needed."
            ),
        )


def refuse_taken(target: Target, approot: str) -> None:
    link = target.home / CURRENT
    if not os.path.lexists(link) or _is_ours(link) or link.resolve() == (target.app / approot).resolve():
        return
    kind = f"a link to {link.readlink()}" if link.is_symlink() else "a folder" if link.is_dir() else "a file"
    raise CurrentTaken(kind)


def lay(target: Target, approot: str) -> None:
    """A `code` of the app's own stays, and then `current` does without it."""
    way = os.path.relpath(target.app, target.home)
    code, current = target.home / CODE, target.home / CURRENT
    if not os.path.lexists(code):
        point(code, way)
    base = CODE if code.is_symlink() and str(code.readlink()) == way else way
    if not os.path.lexists(current) or _is_ours(current):
        point(current, posixpath.join(base, approot))


def point(link: Path, to: str) -> None:
    """At any moment the old link is there, or the new one."""
    if link.is_symlink() and _text(link) == to:
        return
    link.parent.mkdir(parents=True, exist_ok=True)
    beside = link.with_name(f".{link.name}.{os.getpid()}.new")
    files.remove(beside)
    os.symlink(to, beside)  # noqa: PTH211 - word for word
    beside.replace(link)


def _is_ours(link: Path) -> bool:
    return link.is_symlink() and f"{_text(link)}/".startswith(OUR_CURRENT)


def _text(link: Path) -> str:
    return os.readlink(link)  # noqa: PTH115 - word for word
