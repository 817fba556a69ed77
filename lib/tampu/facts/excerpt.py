"""A piece of an app's text, as an error may show it."""

from __future__ import annotations

from tampu.world.console import without_credentials

WIDTH = 50
# For what a parser says about a text.
SENTENCE = 80
# For all that stands behind `Found:`.
LINE = 90


def excerpt(text: str, width: int = WIDTH) -> str:
    """One short line in plain ASCII, so that what looks alike or can't be seen is told apart."""
    # Before it is cut: half a password would not be known for one later.
    shown = "".join(_visible(char) for char in without_credentials(text).strip(" ")[: width + 1])
    return shown if len(shown) <= width else f"{shown[: width - 3]}..."


def _visible(char: str) -> str:
    return char if " " <= char <= "~" else char.encode("unicode_escape").decode("ascii")
