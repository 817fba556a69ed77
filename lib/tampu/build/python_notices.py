"""What a user should know about the Python that was chosen."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from tampu.build.python_match import allows, is_exact, wish
from tampu.build.python_shelf import series_of
from tampu.world.console import Notice

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from tampu.build.python_shelf import Shelf
    from tampu.facts.python import Request

SOON = timedelta(days=180)


def disagreements(requests: tuple[Request, ...], version: str) -> tuple[Notice, ...]:
    """One for every file that excludes what the first one led to."""
    return tuple(_disagreement(requests[0], other, version) for other in requests[1:] if not allows(other, version))


def _disagreement(winner: Request, other: Request, version: str) -> Notice:
    return Notice(
        name="python-version::disagree",
        text=(
            f"{winner.origin} and {other.origin} disagree about Python.\n"
            f"{wish(winner)}\n{wish(other)}\n"
            f"{winner.origin} won: Python {version} is used. Make both say the same."
        ),
    )


def outdated_patch(request: Request, version: str, shelf: Shelf) -> tuple[Notice, ...]:
    newest = shelf.patches(series_of(version))[-1]
    if not is_exact(request) or newest == version:
        return ()
    text = (
        f"{wish(request)}.\nPython {newest} is out: it mends bugs and security holes of {version}.\n"
        f"Ask for {newest}, or for {series_of(version)} to get the newest patch in every build."
    )
    return (Notice(name="python-version::outdated-patch", text=text),)


def end_of_life(version: str, ends: Mapping[str, date], today: date) -> tuple[Notice, ...]:
    series = series_of(version)
    end = ends.get(series)
    if end is None or end - today > SOON:
        return ()
    if today > end:
        text = f"Python {series} ended on {end}: security holes in it stay open.\nMove to a newer series."
        return (Notice(name="python-version::past-end", text=text),)
    text = (
        f"Python {series} ends on {end}: after that, security holes in it stay open.\nPlan to move to a newer series."
    )
    return (Notice(name="python-version::near-end", text=text),)


def unpinned(version: str) -> Notice:
    series = series_of(version)
    return Notice(
        name="python-version::unpinned",
        text=(
            f"No file asks for a Python version, so {version} is taken. That will change one day.\n"
            f"To stay on {series}, write this in a file named runtime.txt and commit it:\n\n    python-{series}"
        ),
    )
