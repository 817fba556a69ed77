"""Paths that an app's files name: inside the app, counted from its root."""

from __future__ import annotations

import posixpath
import re

from tampu.facts.tree import OutsideTheApp

# Linux knows no longer ones: https://man7.org/linux/man-pages/man7/path_resolution.7.html
IMPOSSIBLE = re.compile(r"\0|[^/]{256}|.{1024}", re.DOTALL)


def inside(path: str, origin: str, folder: str = "") -> str:
    """The path from the app's root of what a file in `folder` names."""
    place = posixpath.normpath(posixpath.join(folder, path))
    if place.startswith(("/", "~", "../")) or place == ".." or IMPOSSIBLE.search(place):
        raise OutsideTheApp(path, origin)
    return place


def written(place: str) -> str:
    """How a requirements file writes a path, so that it is never taken for a package's name."""
    return place if place == "." else f"./{place}"
