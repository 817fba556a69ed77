"""The interpreters and the sources that tampu knows to the last byte, and how long each series lives."""

from __future__ import annotations

import json
import re
from datetime import date
from typing import TYPE_CHECKING

from tampu.errors import TampuError
from tampu.facts.excerpt import LINE, excerpt
from tampu.values import dataclass
from tampu.world.fetch import Pin

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

SHA256 = re.compile(r"[0-9a-f]{64}")
VERSION = re.compile(r"[0-9]+\.[0-9]+\.[0-9]+")
SERIES = re.compile(r"[0-9]+\.[0-9]+")


class BrokenPins(TampuError):
    reason = "pins::broken"

    def __init__(self, path: Path, why: str) -> None:
        super().__init__(
            title=f"{path.name} can't be trusted",
            found=excerpt(why, LINE),
            expected="an address and a sha256 for every version, a date for every series",
            todo=(
                f"This file is part of tampu. Get it back with `git checkout -- vendor/{path.name}`,\n"
                f"or make it anew with `vendor/update {path.stem}`."
            ),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Pythons:
    """The series to take when nothing is asked, the end of life of every series, the pin of every version."""

    default: str
    series: Mapping[str, date]
    pins: Mapping[str, Pin]


def load_pythons(path: Path, arch: str) -> Pythons:
    """What there is for machines of that kind; a kind that nobody builds for has no pins."""
    try:
        document = _mapping(json.loads(path.read_text(encoding="utf-8")), "it")
        return Pythons(
            default=_matching(SERIES, document.get("default"), "default"),
            series=_series(document),
            pins=_pins(document, arch),
        )
    except (OSError, ValueError, RecursionError) as error:
        raise BrokenPins(path, str(error)) from error


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """The version to take when none is asked for, the pin of every version."""

    default: str
    pins: Mapping[str, Pin]


def load_sources(path: Path) -> Sources:
    try:
        document = _mapping(json.loads(path.read_text(encoding="utf-8")), "it")
        entries = _mapping(document.get("pins"), "pins")
        pins = {version: _pin(version, entry, path.stem) for version, entry in entries.items()}
        default = _matching(VERSION, document.get("default"), "default")
        if default not in pins:
            raise ValueError(f"no pin for {default}, which is the default")
        return Sources(default=default, pins=pins)
    except (OSError, ValueError, RecursionError) as error:
        raise BrokenPins(path, str(error)) from error


def _series(document: Mapping[str, object]) -> Mapping[str, date]:
    entries = _mapping(document.get("series"), "series")
    return {name: _end_of_life(name, entry) for name, entry in entries.items()}


def _pins(document: Mapping[str, object], arch: str) -> Mapping[str, Pin]:
    entries = _mapping(_mapping(document.get("pins"), "pins").get(arch, {}), f"pins of {arch}")
    return {version: _pin(version, entry) for version, entry in entries.items()}


def _end_of_life(name: str, entry: object) -> date:
    return date.fromisoformat(_text(_mapping(entry, name).get("end_of_life"), f"end_of_life of {name}"))


def _pin(version: str, entry: object, name: str = "python") -> Pin:
    table = _mapping(entry, version)
    return Pin(
        name=name,
        version=_matching(VERSION, version, "a version"),
        url=_text(table.get("url"), f"url of {version}"),
        sha256=_matching(SHA256, table.get("sha256"), f"sha256 of {version}"),
    )


def _matching(pattern: re.Pattern[str], value: object, what: str) -> str:
    text = _text(value, what)
    if pattern.fullmatch(text):
        return text
    raise ValueError(f"{what} is {text[:70]!r}")


def _text(value: object, what: str) -> str:
    if isinstance(value, str) and value:
        return value
    raise ValueError(f"{what} is missing")


def _mapping(value: object, what: str) -> Mapping[str, object]:
    if isinstance(value, dict):
        return value
    raise ValueError(f"{what} is not a table")
