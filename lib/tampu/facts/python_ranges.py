"""Ranges of Python versions, as packaging standards write them and as Poetry does."""

from __future__ import annotations

import re

from tampu.errors import TampuError
from tampu.facts.excerpt import excerpt
from tampu.facts.locks.poetry_versions import OR, words
from tampu.facts.python_version import EXAMPLE, Request, mend

STANDARD = f">={EXAMPLE}"
POETRY = f"^{EXAMPLE}"
NUMBERS = re.compile(r"[0-9]{1,4}(?:\.[0-9]{1,4})*")
POETRY_ONLY = re.compile(rf"([\^~])({NUMBERS.pattern})|(=|<>|)([0-9].*)")


class BadRange(TampuError):
    reason = "python-version::bad-range"

    def __init__(self, origin: str, text: str, example: str) -> None:
        super().__init__(
            title=f"{origin} has a range of Python versions that can't be read",
            found=excerpt(text),
            expected=f"a range of versions, such as {example}",
            todo=mend(origin, example),
        )


def range_request(origin: str, value: object) -> tuple[Request, ...]:
    """What a `requires-python` asks for: nothing when it is not there or allows all."""
    if value is None:
        return ()
    text = _text(origin, value, STANDARD)
    parts = [part for part in re.sub(r"\s", "", text).split(",") if part]
    return _checked(Request(spec=",".join(parts), origin=origin, text=text), STANDARD)


def poetry_request(origin: str, value: object) -> tuple[Request, ...]:
    """The same for Poetry's own language: of alternatives, the one that reaches the newest Python."""
    if value is None:
        return ()
    text = _text(origin, value, POETRY)
    newest = max(OR.split(text), key=_reach)
    spec = ",".join(map(_standard, words(newest)))
    return _checked(Request(spec=spec, origin=origin, text=text), POETRY)


def _text(origin: str, value: object, example: str) -> str:
    if isinstance(value, str):
        return value.strip()
    raise BadRange(origin, str(value), example)


def _checked(request: Request, example: str) -> tuple[Request, ...]:
    from packaging.specifiers import SpecifierSet

    try:
        SpecifierSet(request.spec).contains(f"{EXAMPLE}.0")
    except ValueError as error:
        raise BadRange(request.origin, request.text, example) from error
    return (request,) if request.spec else ()


def _reach(alternative: str) -> tuple[tuple[int, ...], ...]:
    return tuple(sorted((_numbers(found) for found in NUMBERS.findall(alternative)), reverse=True))


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(number) for number in version.split("."))


def _standard(word: str) -> str:
    """One of Poetry's constraints in the words of PEP 440."""
    found = POETRY_ONLY.fullmatch(word)
    if not found:
        return word
    operator, version = found[1] or found[3], found[2] or found[4]
    if operator == "^":
        return f">={version},<{_after(_numbers(version)[:1])}"
    if operator == "~":
        return f">={version},<{_after(_numbers(version)[:2])}"
    return f"{'!=' if operator == '<>' else '=='}{version}"


def _after(numbers: tuple[int, ...]) -> str:
    """The first version beyond all that begin with these numbers; `~3` reaches to 4, `~3.10` to 3.11."""
    return ".".join(str(number) for number in (*numbers[:-1], numbers[-1] + 1))
