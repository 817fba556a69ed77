"""A config that is a program: its first line names tampu, and its section [exe] says what to do with it."""

from __future__ import annotations

import re
import shlex
from configparser import MissingSectionHeaderError, ParsingError, RawConfigParser
from pathlib import Path
from typing import TYPE_CHECKING

from tampu.errors import TampuError
from tampu.facts.excerpt import SENTENCE, excerpt
from tampu.platforms.calling import Usage

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

SECTION = "exe"
USUAL = "serve"
FIRST_LINE = re.compile(rb"#!.*\btampu\b")
# Those who wrote them meant packages that bring commands, or that have to be there: all of ours are, and a server says
# itself which package it lacks.
WITHOUT_EFFECT = frozenset({"plugin", "require"})
YES, NO = frozenset({"true", "yes", "on"}), frozenset({"false", "no", "off"})
NAME = re.compile(r"[a-z][a-z-]*")
PERCENT = re.compile(r"%(?:%|\((?P<name>[^)]*)\)s|(?P<odd>.?))")


class BadProgram(TampuError):
    reason = "serve::exe"
    exit_code = 2

    def __init__(self, place: str, found: str, expected: str) -> None:
        super().__init__(
            title=f"{place} doesn't say what to do",
            found=excerpt(found, SENTENCE),
            expected=expected,
            todo=f"Correct its section [{SECTION}].",
        )


def is_program(path: str) -> bool:
    try:
        with Path(path).open("rb") as file:
            return FIRST_LINE.match(file.readline()) is not None
    except OSError:
        return False


def words(argv: Sequence[str]) -> list[str]:
    """The command line that a config stands for; `argv` is the config, and what its user has said behind it."""
    if not argv or argv[0].startswith("-"):
        raise Usage("".join(argv[:1]) or "no config", "tampu exe CONFIG [WORD ...]")
    # Where it really is, the app is, too: a link to it may be among the scripts of a machine.
    config = Path(argv[0]).resolve()
    section = _section(config).items()
    said = {key: _filled(key, written, config) for key, written in section if key not in WITHOUT_EFFECT}
    command, *first = _split(said.pop("command", USUAL), config) or [""]
    if not NAME.fullmatch(command) or command == SECTION:
        raise BadProgram(str(config), f"command = {command}", f"a command of tampu's, as in command = {USUAL}")
    last = _split(said.pop("add", ""), config)
    return [command, *_options(said), str(config), *first, *last, *argv[1:]]


def _section(config: Path) -> dict[str, str]:
    # What [DEFAULT] says is for the app.
    parser = RawConfigParser(default_section="", strict=False, delimiters=("=", ":"))
    parser.optionxform = str  # type: ignore[assignment, method-assign]
    text = _text(config)
    try:
        parser.read_string(text)
    except ParsingError as error:
        number = error.lineno if isinstance(error, MissingSectionHeaderError) else error.errors[0][0]
        expected = "sections, and in them lines such as daemon = true"
        raise BadProgram(f"{config}:{number}", text.splitlines()[number - 1], expected) from error
    return dict(parser[SECTION]) if parser.has_section(SECTION) else {}


def _text(config: Path) -> str:
    try:
        text = config.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise BadProgram(str(config), f"byte {error.start} is no UTF-8", "a text in UTF-8") from error
    except OSError as error:
        raise BadProgram(str(config), error.strerror or str(error), "a file that can be read") from error
    if "\0" in text:
        raise BadProgram(str(config), "a zero byte", "a text in UTF-8")
    return text


def _options(said: Mapping[str, str]) -> Iterator[str]:
    for key, value in said.items():
        name = key.replace("_", "-")
        if value.lower() in YES:
            yield f"--{name}"
        elif value.lower() not in NO:
            yield f"--{name}={value}"


def _split(text: str, config: Path) -> list[str]:
    try:
        return shlex.split(text)
    except ValueError as error:
        raise BadProgram(str(config), f"{text}: {error}", "words, as in a shell") from error


def _filled(key: str, written: str, config: Path) -> str:
    known = {"here": str(config.parent), "__file__": str(config)}

    def value(found: re.Match[str]) -> str:
        if found[0] == "%%":
            return "%"
        if found["name"] not in known:
            raise BadProgram(str(config), f"{key} = {written}", "%(here)s or %(__file__)s; for % itself, %%")
        return known[found["name"]]

    return PERCENT.sub(value, written)
