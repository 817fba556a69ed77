"""conf/mods: what a package installs, for people to read and to edit.

A line is a name, a tab and a version; what follows a # is a remark. A version may be a whole range, or left out. The
remark `# for NAME` says which import the line is for. What nobody could decide stands below, as lines to choose from.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tampu.errors import TampuError
from tampu.facts.excerpt import excerpt
from tampu.facts.locks.table import NOT_OF_ONE_LINE
from tampu.remote.choose.table import canonical
from tampu.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tampu.remote.choose.model import Choice, Unsure

HEAD = "# What is installed: a name, a tab, a version. Edit it as you like; a line without a version takes the newest."
GUESSED = "#### Guessed: nothing of yours names these; correct them where they are wrong ####"
UNDECIDED = "#### Undecided: take the # away from the line that is right, or write another ####"
NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?(?:\[[^\]]*\])?")
FOR = re.compile(r"# for (?P<names>[\w., ]+?)(?::|$)")
VERSION = re.compile(r"[0-9][\w.!+*-]*")
# Within an address, a # is a part of it.
REMARK = re.compile(r"(?:^|\s)#")
# A wheel or a source archive beside the project's files is called after what is in it.
ARCHIVE = re.compile(
    r"(?P<place>\./(?:[^\s;\[]*/)?(?P<name>[A-Za-z0-9][\w.-]*?)-\d[^/\s;\[]*"
    r"\.(?:whl|zip|tgz|tar\.(?:gz|bz2|xz)))(?=$|[\s;\[])"
)


class BadLine(TampuError):
    reason = "remote::bad-mods"

    def __init__(self, shown: str, number: int, line: str) -> None:
        super().__init__(
            title=f"{shown} has a line that can't be read",
            found=f"line {number}: {excerpt(line)}",
            expected="a name, a tab and a version, such as requests and 2.32.3",
            todo=f"Mend that line of {shown}, or put a # in front of it.",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Mods:
    """`requirements` are the lines that count, `pins` those that are for an import."""

    requirements: tuple[str, ...] = ()
    pins: Mapping[str, str]


NO_MODS = Mods(pins={})


def read(text: str, shown: str) -> Mods:
    requirements: list[str] = []
    pins: dict[str, str] = {}
    for number, line in enumerate(text.lstrip("\ufeff").splitlines(), 1):
        told = REMARK.split(line, maxsplit=1)[0]
        if not told.strip():
            continue
        requirement = _requirement(told)
        if requirement is None:
            raise BadLine(shown, number, line.strip())
        requirements.append(requirement)
        remark = FOR.search(line)
        pins |= {name.strip(): requirement for name in remark["names"].split(",")} if remark else {}
    return Mods(requirements=tuple(requirements), pins=pins)


def distribution(requirement: str) -> str:
    """Its name, as indexes compare it; a requirement without one is its own."""
    archive = ARCHIVE.match(requirement)
    name = archive["name"] if archive else (found := NAME.match(requirement)) and found[0].partition("[")[0]
    return canonical(name) if name else requirement


def written(sure: Sequence[str], guessed: Sequence[Choice], undecided: Sequence[Unsure]) -> str:
    """`sure` are whole requirements, as the project itself has them."""
    lines = [HEAD, *(_line(each) for each in sure)]
    if guessed:
        lines += ["", GUESSED, *_guessed(guessed)]
    if undecided:
        lines += ["", UNDECIDED]
    for each in undecided:
        candidates = each.candidates or ("WRITE-ITS-NAME-HERE",)
        lines += [f"# {each.name} ({each.where})", *(f"#{name}\t\t# for {each.name}" for name in candidates)]
    return "\n".join(lines) + "\n"


def _guessed(choices: Sequence[Choice]) -> list[str]:
    by_line: dict[str, list[Choice]] = {}
    for choice in choices:
        by_line.setdefault(choice.requirement, []).append(choice)
    return [
        f"{_line(requirement)}\t# for {', '.join(each.name for each in found)}: {found[0].because}"
        for requirement, found in by_line.items()
    ]


def _line(requirement: str) -> str:
    name = NAME.match(requirement)
    rest = requirement[name.end() :].strip() if name else ""
    exact = rest.removeprefix("==")
    shown = exact if VERSION.fullmatch(exact) and rest.startswith("==") else rest
    return f"{name[0]}\t{shown}" if name else requirement


def _requirement(told: str) -> str | None:
    if NOT_OF_ONE_LINE.search(told):
        return None
    name = NAME.match(told.strip())
    if name is None:
        return told.strip() if told.startswith("./") else None
    rest = told.strip()[name.end() :].strip()
    given = canonical(name[0].partition("[")[0]) + name[0][len(name[0].partition("[")[0]) :]
    if VERSION.fullmatch(rest):
        return f"{given}=={rest}"
    return f"{given}{rest}" if not rest or rest[0] in "=<>!~;@ " else None
