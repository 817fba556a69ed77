"""Values from a file, and what was answered back into it."""

from __future__ import annotations

import configparser
from typing import TYPE_CHECKING

from tampu.create.names import DERIVED
from tampu.errors import TampuError
from tampu.facts.excerpt import SENTENCE, excerpt
from tampu.facts.toml import BadToml, read_toml
from tampu.world import files

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

SECTION = "pastescript"
EVALUATED = "__eval__"
TABLES = ("variables", "answers")


class BadConfig(TampuError):
    reason = "create::bad-config"
    exit_code = 2

    def __init__(self, file: Path, found: str) -> None:
        super().__init__(
            title=f"{file} has no values for variables",
            found=found,
            expected=f"lines NAME = VALUE below [{SECTION}]; or, in a file *.toml, below [{TABLES[0]}]",
            todo=f"Mend {file}, or leave --config out.",
        )


def read(file: Path) -> dict[str, str]:
    """Nothing where no file is: it is made afterwards."""
    try:
        text = file.read_text(encoding="utf-8")
    except FileNotFoundError:
        return {}
    except (UnicodeDecodeError, IsADirectoryError) as error:
        raise BadConfig(file, "no text in UTF-8") from error
    return _toml(file, text) if file.suffix == ".toml" else _ini(file, text)


def _toml(file: Path, text: str) -> dict[str, str]:
    try:
        said = read_toml(text, str(file))
    except BadToml as error:
        raise BadConfig(file, error.why) from error
    table = next((said[name] for name in TABLES if name in said), said)
    if not isinstance(table, dict) or not all(isinstance(value, str) for value in table.values()):
        raise BadConfig(file, "values that are no texts")
    return {name: value for name, value in table.items() if name not in DERIVED}


def _ini(file: Path, text: str) -> dict[str, str]:
    parser = _parser()
    try:
        parser.read_string(text)
    except configparser.MissingSectionHeaderError as error:
        raise BadConfig(file, f"line {error.lineno}: {excerpt(error.line.strip())}, in no section") from error
    except configparser.ParsingError as error:
        number = error.errors[0][0]
        raise BadConfig(file, f"line {number}: {excerpt(text.splitlines()[number - 1], SENTENCE)}") from error
    found = dict(parser[SECTION]) if SECTION in parser else {}
    for name in found:
        if name.endswith(EVALUATED):
            raise BadConfig(file, f"{name}, which would be run as Python")
    return found


def write_back(file: Path, answers: Mapping[str, str]) -> None:
    """What it doesn't say yet; all else in it stays as it is."""
    known = read(file)
    new = {name: value for name, value in answers.items() if name not in known and name not in DERIVED}
    if not new or file.suffix == ".toml":
        return
    lines = "".join("{} = {}\n".format(name, value.replace("\n", "\n\t")) for name, value in sorted(new.items()))
    text = file.read_text(encoding="utf-8") if file.exists() else ""
    head = f"[{SECTION}]\n"
    before, found, behind = text.partition(head)
    if found:
        files.replace(file, before + head + lines + behind)
    else:
        files.replace(file, f"{text.rstrip()}\n\n".lstrip() + head + lines)


def _parser() -> configparser.RawConfigParser:
    parser = configparser.RawConfigParser(strict=False)
    vars(parser)["optionxform"] = str
    return parser
