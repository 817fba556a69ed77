"""The words of what starts an app, for its log."""

from __future__ import annotations

import os
from contextlib import suppress


class Refusal(Exception):
    """Why the app can't start: what was found, what is expected, what to do."""

    def __init__(self, title: str, found: str, expected: str, todo: str) -> None:
        super().__init__(f"{title}\n\nFound:    {found}\nExpected: {expected}\n\n{todo}")


def say(text: str) -> None:
    lines = "".join(f"tampu: {line}".rstrip() + "\n" for line in text.splitlines())
    with suppress(OSError):
        os.write(2, lines.encode("utf-8", "backslashreplace"))


def why(error: OSError) -> str:
    return error.strerror or str(error)
