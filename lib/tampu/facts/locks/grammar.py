"""One line of a requirements file, as pip's own documentation describes it."""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING, Union

from tampu.facts.locks.targets import NOTHING_FOLLOWS, Refused, read_editable, read_requirement
from tampu.values import dataclass, replace

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tampu.facts.requirements import Requirement

COMMENT = re.compile(r"(^|\s+)#.*$")
EDITABLE = re.compile(r"(?:--editable|-e)(?:\s*=\s*|\s+|(?=[./]))(.+)$")
HASH = re.compile(r"(?:sha256:[0-9a-f]{64}|sha384:[0-9a-f]{96}|sha512:[0-9a-f]{128})$", re.IGNORECASE)
SHORT = {"-r": "--requirement", "-c": "--constraint", "-i": "--index-url", "-f": "--find-links"}
INCLUDES = ("--requirement", "--constraint")
VALUED = ("--index-url", "--extra-index-url", "--find-links", "--trusted-host", "--only-binary", "--no-binary")
QUOTING, WORD = re.compile(r"[\\'\"]"), re.compile(r"[^ \t\r\n]+")
MORE_THAN_A_WORD = re.compile(r"[\s\\'\"]")
BARE = ("--no-index", "--pre", "--require-hashes", "--prefer-binary")


@dataclass(frozen=True, slots=True, kw_only=True)
class Include:
    """Another file to read; as constraints it installs nothing."""

    file: str
    origin: str
    option: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """What holds for everything that is installed."""

    name: str
    value: str = ""
    origin: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Unlinked:
    """A repository that was asked for as editable, and will not be."""

    text: str
    origin: str


Item = Union["Requirement", Include, Option, Unlinked]


def logical_lines(text: str) -> Iterator[tuple[int, str]]:
    """Lines without comments, joined where they end in a backslash; each with the number of its first."""
    parts: list[str] = []
    first = 0
    for number, line in enumerate(text.splitlines(), 1):
        first = number if not parts else first
        comment = COMMENT.match(line)
        if line.endswith("\\") and not comment:
            parts.append(line.rstrip("\\"))
            continue
        yield from _told(first, "".join((*parts, f" {line}" if comment else line)))
        parts = []
    yield from _told(first, "".join(parts))


def _told(number: int, joined: str) -> Iterator[tuple[int, str]]:
    line = COMMENT.sub("", joined).strip()
    if line:
        yield number, line


def read_line(text: str, origin: str) -> tuple[Item, ...]:
    """What the line asks for: one requirement, or any number of options. Refused if it is neither."""
    if text.endswith("\\"):
        raise Refused(NOTHING_FOLLOWS)
    edited = EDITABLE.match(text)
    if edited:
        found = read_editable(edited[1].strip().strip("\"'"), origin)
        return (found,) if found.local else (found, Unlinked(text=found.line, origin=origin))
    if text.startswith("-"):
        return tuple(_options(_words(text), origin))
    head, *rest = re.split(r"\s+(?=--?[A-Za-z])", text, maxsplit=1)
    hashes = tuple(_hashes(_words(" ".join(rest))))
    return (replace(read_requirement(head.strip(), origin), hashes=hashes),)


def _words(text: str) -> Iterator[str]:
    """The words of a line; `--name=value` and `-nvalue` are two."""
    try:
        # Most have only words, and many: of hashes.
        words = shlex.split(text) if QUOTING.search(text) else WORD.findall(text)
    except ValueError as error:
        raise Refused(str(error).lower()) from error
    for word in words:
        short = word[:2] if not word.startswith("--") else ""
        name, equals, value = word.partition("=")
        if short in SHORT:
            yield SHORT[short]
            if value := word[2:].removeprefix("="):
                yield value
        elif word.startswith("--") and equals:
            yield name
            yield value
        else:
            yield word


def _options(words: Iterator[str], origin: str) -> Iterator[Item]:
    for name in words:
        if name in INCLUDES:
            yield Include(file=_value(name, words), origin=origin, option=name)
        elif name in VALUED:
            yield Option(name=name, value=_value(name, words), origin=origin)
        elif name in BARE:
            yield Option(name=name, origin=origin)
        else:
            raise Refused(f"{name} is no option of such a file")


def _value(name: str, words: Iterator[str]) -> str:
    value = next(words, "")
    if not value:
        raise Refused(f"{name} has no value")
    if name != "--find-links" and MORE_THAN_A_WORD.search(value):
        raise Refused(f"{name} takes one word")
    return value


def _hashes(words: Iterator[str]) -> Iterator[str]:
    for name in words:
        if name != "--hash":
            raise Refused(f"{name} can't be set for a single package")
        value = _value(name, words)
        if not HASH.match(value):
            raise Refused("a hash is sha256:, sha384: or sha512: and its hexadecimal digits")
        yield value.lower()
