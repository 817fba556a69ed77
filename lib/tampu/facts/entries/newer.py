"""Modules in another Python than the one that runs tampu: what only that may know is left out."""

from __future__ import annotations

import ast
import re

MOST_LEFT_OUT = 100
# Aliases and parameters of types, formatted strings within formatted strings, templates, groups of exceptions.
NEWER = re.compile(
    rb"^\s*type\s+\w+\s*[\[=]|\b(?:def|class)\s+\w+\s*\[|\b[rR]?[fFtT][rR]?[\"']"
    rb"|\bexcept\s*\*|\bexcept\s+[\w.]+\s*,\s*[A-Z]|^lazy\s+(?:from|import)\b",
    re.MULTILINE,
)
# In a module for Python 2, whatever Python 3 doesn't take.
ANYTHING = re.compile(b"")
GOES_ON = re.compile(rb"\s|$|[)\]}#]|(?:elif|else|except|finally)\b")
ASSIGNED = re.compile(rb"(?P<name>\w+)\s*(?::[^=\n]*)?=\s*(?P<maker>[\w.]+(?=\())?")
DEFINED = re.compile(rb"(?:async\s+def|def|class)\s+(?P<name>\w+)", re.MULTILINE)


def body_of(data: bytes, others: re.Pattern[bytes] = NEWER) -> list[ast.stmt]:
    """All statements at its top that can be read; raises SyntaxError for one that is none of the `others` either."""
    lines = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n")
    tries = (_parsed(lines, others) for _ in range(MOST_LEFT_OUT))
    return next((body for body in tries if body is not None), [])


def _parsed(lines: list[bytes], others: re.Pattern[bytes]) -> list[ast.stmt] | None:
    """None if that took leaving something out."""
    try:
        return ast.parse(b"\n".join(lines)).body
    except SyntaxError as error:
        first, last = _statement(lines, error.lineno or 1)
        text = b"\n".join(lines[first:last])
        if not others.search(text):
            raise
        lines[first:last] = [_in_short(text), *[b""] * (last - first - 1)]
        return None


def _statement(lines: list[bytes], number: int) -> tuple[int, int]:
    """Where the statement with that line begins and ends, with its decorators."""
    first = min(number, len(lines)) - 1
    while first and (GOES_ON.match(lines[first]) or lines[first - 1].startswith(b"@")):
        first -= 1
    last = min(number, len(lines))
    while last < len(lines) and GOES_ON.match(lines[last]):
        last += 1
    return first, last


def _in_short(text: bytes) -> bytes:
    """What it binds, and what that is made by, as far as one line tells."""
    assigned = ASSIGNED.match(text)
    if assigned:
        made = assigned["maker"] + b"()" if assigned["maker"] else b"None"
        return assigned["name"] + b" = " + made
    defined = DEFINED.search(text)
    return defined["name"] + b" = None" if defined else b""
