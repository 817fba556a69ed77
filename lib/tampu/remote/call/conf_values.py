"""What may be set, and to what: each value is checked where it is read."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, cast

from tampu.remote.call.conf_errors import BadValue, RemoteWindows, UnknownKey
from tampu.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

ENGINES = SSH, DASK, SLURM = "ssh", "dask", "slurm"
SIZE = re.compile(r"(?P<number>[0-9]{1,9})\s*(?P<unit>[kMGT]?)i?B?", re.IGNORECASE)
UNITS = {"": 1, "k": 10**3, "m": 10**6, "g": 10**9, "t": 10**12}
HOST = re.compile(r"[^\s\0-\x1f-][^\s\0-\x1f]*")
VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(?:=[^\0]*)?", re.DOTALL)
PYTHON = re.compile(r"(?:[<>=!~]=?|===)?\s*[0-9][0-9.*]*(?:\s*,\s*[<>=!~]=?\s*[0-9][0-9.*]*)*")
NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,99}")
MOST = 10**6
NAMED = "a name of letters, digits, dots, dashes and underscores, such as nightly"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where something is set; `trusted` are files of this machine and of its user, and not of a project."""

    shown: str
    folder: Path
    home: Path
    trusted: bool = True

    def path(self, text: str) -> Path:
        if text == "~" or text.startswith("~/"):
            return self.home / text[2:]
        return self.folder / text


def checked(values: Mapping[str, object], place: Place) -> dict[str, object]:
    """By the names that `Conf` has for them."""
    found: dict[str, object] = {}
    for key, value in values.items():
        name = key.replace("-", "_")
        if name not in KINDS:
            raise UnknownKey(place.shown, key, KINDS)
        found[name] = KINDS[name](value, key, place)
    return found


def _host(value: object, key: str, place: Place) -> str:
    if isinstance(value, str) and HOST.fullmatch(value):
        return value
    raise BadValue(place.shown, key, value, "a host as ssh knows it, such as user@address or a name of its config")


def _hosts(value: object, key: str, place: Place) -> tuple[str, ...]:
    words = [word.strip() for word in value.split(",")] if isinstance(value, str) else value
    if not isinstance(words, list | tuple) or not words:
        raise BadValue(place.shown, key, value, 'hosts as ssh knows them, such as ["one", "user@two"]')
    return tuple(dict.fromkeys(_host(word, key, place) for word in words))


def _separator(value: object, key: str, place: Place) -> str:
    if value == "/":
        return "/"
    if value == "\\":
        raise RemoteWindows(place.shown, value)
    raise BadValue(place.shown, key, value, '"/"')


def _folder(value: object, key: str, place: Place) -> str:
    """On the host; one that isn't absolute counts from its user's home."""
    if isinstance(value, str):
        inner = value.removeprefix("~/").rstrip("/")
        parts = inner.split("/")
        if inner and "\0" not in inner and inner != "~" and ".." not in parts and set(parts) - {"", "."}:
            return inner
    raise BadValue(place.shown, key, value, "a folder on the host for tampu alone, such as .tampu or /var/lib/tampu")


def _text(pattern: re.Pattern[str], expected: str) -> Callable[[object, str, Place], str]:
    def check(value: object, key: str, place: Place) -> str:
        if isinstance(value, str) and pattern.fullmatch(value):
            return value
        raise BadValue(place.shown, key, value, expected)

    return check


def _number(least: int, expected: str) -> Callable[[object, str, Place], int]:
    def check(value: object, key: str, place: Place) -> int:
        if isinstance(value, int) and not isinstance(value, bool) and least <= value <= MOST:
            return value
        raise BadValue(place.shown, key, value, expected)

    return check


def _size(value: object, key: str, place: Place) -> int:
    found = SIZE.fullmatch(str(value).strip()) if isinstance(value, int | str) and not isinstance(value, bool) else None
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MOST * UNITS["t"]:
        return value
    if found:
        return int(found["number"]) * UNITS[found["unit"].lower()]
    raise BadValue(place.shown, key, value, "a size, such as 500 MB or 10 GB")


def _own_file(value: object, key: str, place: Place) -> Path:
    """Never a project's: such a file names commands, and ssh runs them on this machine."""
    if not place.trusted:
        allowed = "one in ~/.cloudpy.conf, TAMPU_SSH_CONFIG or --ssh-config: ssh runs commands that it names"
        raise BadValue(place.shown, key, value, allowed)
    return _file(value, key, place)


def _file(value: object, key: str, place: Place) -> Path:
    if isinstance(value, str) and value and "\0" not in value:
        return place.path(value)
    raise BadValue(place.shown, key, value, "the path of a file")


def _files(value: object, key: str, place: Place) -> tuple[Path, ...]:
    """A project may name those of its own: with the host it says where they go."""
    words = value if isinstance(value, list | tuple) else [value]
    found = tuple(_file(word, key, place) for word in words)
    for path in found if not place.trusted else ():
        if not path.resolve().is_relative_to(place.folder.resolve()):
            raise BadValue(place.shown, key, value, "files of the project itself; others are yours to name")
    return found


def _variables(value: object, key: str, place: Place) -> tuple[str, ...]:
    words = value if isinstance(value, list | tuple) else [value]
    if all(isinstance(word, str) and VARIABLE.fullmatch(word) for word in words):
        return tuple(cast("list[str]", words))
    # Its value may be a secret.
    raise BadValue(place.shown, key, "…", 'a list such as ["LANG", "MODE=fast"]')


KINDS: Mapping[str, Callable[[object, str, Place], object]] = {
    "host": _host,
    "hosts": _hosts,
    "depository": _folder,
    "host_sep": _separator,
    "python": _text(PYTHON, 'a version of Python as a text, such as "3.12" or ">=3.10"'),
    "ssh_config": _own_file,
    "env": _variables,
    "secrets": _files,
    "budget": _size,
    "jobs": _number(1, "a whole number, from 1 on"),
    "retries": _number(0, "a whole number, from 0 on"),
    "engine": _text(re.compile("|".join(ENGINES)), f"one of {', '.join(ENGINES)}"),
    "scheduler": _text(re.compile(r"[^\s\0-\x1f-]\S*"), "the address of a Dask scheduler, such as tcp://host:8786"),
    "name": _text(NAME, NAMED),
    "spare": _number(0, "seconds for which a connection is kept ready; 0 for none"),
}
