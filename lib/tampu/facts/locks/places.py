"""Paths that an app's files name: inside the app, counted from its root."""

from __future__ import annotations

import posixpath

from tampu.facts.documents import UNWRITABLE
from tampu.facts.tree import OutsideTheApp

# Linux knows no longer ones: https://man7.org/linux/man-pages/man7/path_resolution.7.html
LONGEST_NAME, LONGEST_PATH = 255, 1023


def inside(path: str, origin: str, folder: str = "") -> str:
    """The path from the app's root of what a file in `folder` names."""
    place = posixpath.normpath(posixpath.join(folder, path))
    if place.startswith(("/", "~", "../")) or place == ".." or _impossible(place):
        raise OutsideTheApp(path, origin)
    return place


def _impossible(place: str) -> bool:
    if UNWRITABLE.search(place):
        return True
    return len(place.encode()) > LONGEST_PATH or any(len(part.encode()) > LONGEST_NAME for part in place.split("/"))


def written(place: str) -> str:
    """How a requirements file writes a path, so that it is never taken for a package's name."""
    return place if place == "." else f"./{place}"
