"""What a package's folder says of itself: conf/conf, and conf/mods beside it."""

from __future__ import annotations

import hashlib
import json
import posixpath
from typing import TYPE_CHECKING

from tampu.errors import TampuError
from tampu.facts.excerpt import SENTENCE, excerpt
from tampu.facts.tree import Tree, UnreadableText
from tampu.values import dataclass

if TYPE_CHECKING:
    from pathlib import Path

SRC, CONF, MODS = "src", "conf/conf", "conf/mods"
HEAD = "# Where the script is, below src, and in which folder it starts. Written by tampu remote -P."
SHOWN = "a line for each of PWD and EXEC, such as EXEC=main.py"


class NoPackage(TampuError):
    reason = "remote::no-package"

    def __init__(self, folder: Path) -> None:
        found = "something else" if folder.exists() else "nothing of that name"
        super().__init__(
            title=f"{folder.name} is no package",
            found=f"{found} in {folder.parent}",
            expected=f"a folder with {SRC}, {CONF} and {MODS}",
            todo="Name the ID that `tampu remote -P SCRIPT` has said, in the folder in which it said it.",
        )


class BadPackage(TampuError):
    reason = "remote::bad-package"

    def __init__(self, shown: str, found: str, expected: str) -> None:
        super().__init__(
            title=f"{shown} says nothing that can be followed",
            found=found,
            expected=expected,
            todo=f"Mend {shown}, or pack the script again with `tampu remote -P SCRIPT`.",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """`known` are the distributions that were chosen or listed when it was packed, `made` what conf/mods was then."""

    cwd: str
    entry: str
    name: str = ""
    python: str = ""
    paths: tuple[str, ...] = ()
    known: tuple[str, ...] = ()
    made: str = ""
    code: str = ""
    mods: str = ""

    @property
    def edited(self) -> bool:
        """Whether somebody has written in conf/mods since."""
        return digest(self.mods) != self.made

    def as_text(self) -> str:
        values: dict[str, str | tuple[str, ...]] = {
            "PWD": self.cwd,
            "EXEC": self.entry,
            "PYTHON": self.python,
            "NAME": self.name,
            "PATHS": self.paths,
            "KNOWN": self.known,
            "MADE": self.made,
            "CODE": self.code,
        }
        lines = (f"{key}={_quoted(value)}" for key, value in values.items() if value)
        return "\n".join((HEAD, *lines)) + "\n"


def digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()[:16]


def is_package(folder: Path) -> bool:
    return (folder / SRC).is_dir() and (folder / CONF).is_file() and (folder / MODS).is_file()


def kept_in(folder: Path) -> Kept:
    if not is_package(folder):
        raise NoPackage(folder)
    said, shown = {}, f"{folder.name}/{CONF}"
    text = _text(folder, CONF)
    for number, line in enumerate(text.splitlines(), 1):
        key, equals, value = line.strip().partition("=")
        if not line.strip() or line.startswith("#"):
            continue
        if not equals:
            raise BadPackage(shown, f"line {number}: {excerpt(line, SENTENCE)}", SHOWN)
        said[key.strip()] = _unquoted(value.strip(), f"line {number}: {excerpt(line, SENTENCE)}", shown)
    return Kept(
        cwd=_inside(said.get("PWD", "."), "PWD", shown),
        entry=_inside(said.get("EXEC", ""), "EXEC", shown),
        name=said.get("NAME", ""),
        python=said.get("PYTHON", ""),
        paths=tuple(_inside(each, "PATHS", shown) for each in _many(said, "PATHS")),
        known=_many(said, "KNOWN"),
        made=said.get("MADE", ""),
        code=said.get("CODE", ""),
        mods=_text(folder, MODS),
    )


def _text(folder: Path, name: str) -> str:
    try:
        return Tree(folder).read(name) or ""
    except UnreadableText as error:
        raise BadPackage(f"{folder.name}/{name}", error.why, "text in UTF-8") from error


def _inside(value: str, key: str, shown: str) -> str:
    place = posixpath.normpath(value) if value else ""
    if not place or place.startswith(("/", "../")) or place == ".." or (place == "." and key == "EXEC"):
        expected = f"{key}=, and a path from {SRC} on that stays in it"
        raise BadPackage(shown, f"{key}={excerpt(value)}" if value else f"no {key}", expected)
    return place


def _many(said: dict[str, str], key: str) -> tuple[str, ...]:
    return tuple(each for each in said.get(key, "").split("\0") if each)


def _quoted(value: str | tuple[str, ...]) -> str:
    """What is odd, and several, as JSON has it: so that a line is a line."""
    if isinstance(value, tuple):
        return json.dumps(value)
    plain = value.isprintable() and value == value.strip() and not value.startswith(('"', "["))
    return value if plain else json.dumps(value)


def _unquoted(value: str, line: str, shown: str) -> str:
    if not value.startswith(('"', "[")):
        return value
    try:
        said = json.loads(value)
    except (ValueError, RecursionError) as error:
        raise BadPackage(shown, line, "a text, or a list of texts, as JSON has it") from error
    parts = said if isinstance(said, list) else [said]
    if not all(isinstance(part, str) and "\0" not in part for part in parts):
        raise BadPackage(shown, line, "a text, or a list of texts, as JSON has it")
    return "\0".join(parts)
