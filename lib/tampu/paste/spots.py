"""Where in a config something is said: for errors, and read for nothing else."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from difflib import get_close_matches

SECTION = re.compile(r"\[(?P<name>[^\]]+)\]")
OPTION = re.compile(r"(?P<name>[^\s=:#;][^=:]*?)\s*[=:]\s*(?P<value>.*)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """A section of a config, and an option in it; both empty are the config itself."""

    file: str
    section: str = ""
    option: str = ""

    def __str__(self) -> str:
        line = self.line
        return f"{shown(self.file)}:{line}" if line else shown(self.file)

    @property
    def line(self) -> int:
        """Of the option, else of the section; 0 if neither is there."""
        section, found = "", 0
        for number, line in enumerate(lines(self.file), start=1):
            head = SECTION.match(line)
            if head:
                section = head["name"]
                found = number if section == self.section and not found else found
            option = OPTION.match(line)
            if self.option and section == self.section and option and option["name"] == self.option:
                return number
        return found

    @property
    def value(self) -> str:
        """As it is written."""
        option = OPTION.match((lines(self.file) or [""])[self.line - 1]) if self.line else None
        return option["value"].strip() if option and self.option else ""


def shown(file: str) -> str:
    """As one would write it where one is."""
    inside = os.path.relpath(file)
    return file if inside.startswith(os.pardir) else inside


def lines(file: str) -> list[str]:
    try:
        with open(file, encoding="utf-8", errors="replace") as config:
            return config.read().splitlines()
    except OSError:
        return []


def near(name: str, known: list[str]) -> list[str]:
    """All that there are, the likeliest first."""
    likely = get_close_matches(name, known, n=3)
    return [*likely, *(each for each in known if each not in likely)]
