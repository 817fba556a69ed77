"""Requirements files for an installer: what config/dcrequirements.txt and the app ask for, the app's line first."""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING

from tampu.envs.supervision import REPLACED
from tampu.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from tampu.facts.requirements import Packages, Requirement


# Two packages with the same program: who names one has no need of the other.
INSTEAD = {"pyuwsgi": "uwsgi"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """`hashed` and `plain` are the app's, kept apart: where one line has a hash, pip wants one for each."""

    platform: Path
    hashed: Path
    plain: Path


def write_wishes(packages: Packages, platform: str, app: Path, folder: Path) -> Wishes:
    named = {requirement.name for requirement in packages.requirements}
    wanted = [requirement for requirement in packages.requirements if requirement.name != REPLACED]
    hashed = [requirement for requirement in wanted if requirement.hashes]
    plain = [requirement for requirement in wanted if not requirement.hashes]
    constraints = folder / "constraints.txt"
    options = "".join(f"{_rooted(option, app)}\n" for option in packages.options)
    texts = {
        "platform": without(platform, named),
        "hashed": options + _lines(hashed),
        "plain": f"{options}-c {shlex.quote(str(constraints))}\n{_lines(plain)}",
    }
    constraints.write_text(_lines(packages.constraints), encoding="utf-8")
    for name, text in texts.items():
        (folder / f"{name}.txt").write_text(text, encoding="utf-8")
    return Wishes(**{name: folder / f"{name}.txt" for name in texts})


def without(platform: str, named: set[str | None]) -> str:
    """Our requirements but for those that the app names itself: its line wins."""
    blocks = re.split(r"(?m)^(?=[A-Za-z0-9])", platform)
    return "".join(block for block in blocks if not named.intersection(_names(block)))


def _rooted(option: str, app: Path) -> str:
    """Folders of wheels count from the app, and not from the file that is written here."""
    name, _, value = option.partition("=")
    inside = name == "--find-links" and "://" not in value
    return f"{name}={shlex.quote(str(app / value))}" if inside else option


def _lines(requirements: Iterable[Requirement]) -> str:
    return "".join(
        " ".join((requirement.line, *(f"--hash={digest}" for digest in requirement.hashes))) + "\n"
        for requirement in requirements
    )


def _names(block: str) -> tuple[str, ...]:
    """Its package, and the one that it can be had instead of."""
    match = re.match(r"[A-Za-z0-9][\w.-]*", block)
    name = re.sub(r"[-_.]+", "-", match[0]).lower() if match else None
    return tuple(each for each in (name, INSTEAD.get(name or "")) if each)
