"""A piece of an app's text, as an error may show it."""

from __future__ import annotations

WIDTH = 50


def excerpt(text: str) -> str:
    """One short line in plain ASCII, so that what looks alike or can't be seen is told apart."""
    shown = "".join(_visible(char) for char in text.strip(" ")[: WIDTH + 1])
    return shown if len(shown) <= WIDTH else f"{shown[: WIDTH - 3]}..."


def _visible(char: str) -> str:
    return char if " " <= char <= "~" else char.encode("unicode_escape").decode("ascii")
