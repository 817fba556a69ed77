"""`environment.json` and `environment.yml` in the home: what dotCloud's apps read in place of variables."""

from __future__ import annotations

import json
import os
import re
from typing import TYPE_CHECKING

from links import point
from refusal import say, why

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

PREFIX = "DOTCLOUD_"
NOT_PLAIN = re.compile(r"[^\x20-\x7e]")


def values(environ: Mapping[str, str], names: Iterable[str], defaults: Mapping[str, str]) -> dict[str, str]:
    """What is said of the app itself, and all variables that are its user's own."""
    theirs = {name for name in environ if name.startswith(PREFIX)} | set(names)
    found = {**defaults, **{name: environ[name] for name in theirs if name in environ}}
    return {name: _text(found[name]) for name in sorted(found)}


def write(home: str, run: str, found: Mapping[str, str]) -> None:
    """The files lie in the run folder, and in the home there are links to them: secrets stay out of the app."""
    texts = {
        "environment.json": json.dumps(found, indent=2) + "\n",
        "environment.yml": "".join(f"{_quoted(name)}: {_quoted(value)}\n" for name, value in found.items()) or "{}\n",
    }
    for name, text in texts.items():
        _write(os.path.join(run, name), text)
        _link(os.path.join(home, name), os.path.join(run, name))


def _link(link: str, target: str) -> None:
    name = os.path.basename(link)
    if os.path.lexists(link) and not os.path.islink(link):
        say(f"The app has a file {name} of its own, which stays; that of this boot is {target}.")
        return
    try:
        point(link, target)
    except OSError as error:
        say(f"~/{name} can't be written ({why(error)}): it is {target}.")


def _write(path: str, text: str) -> None:
    beside = f"{path}.{os.getpid()}"
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        os.fchmod(descriptor, 0o600)
        file.write(text)
    os.replace(beside, path)


def _text(value: str) -> str:
    return os.fsencode(value).decode("utf-8", "replace")


def _quoted(text: str) -> str:
    """A scalar of YAML, in which JSON's pairs of surrogates would be two characters."""
    quoted = json.dumps(text, ensure_ascii=False)
    return NOT_PLAIN.sub(lambda match: f"\\U{ord(match[0]):08x}", quoted)
