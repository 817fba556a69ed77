"""Changes of the environment as lines that bash and sh can source, whatever is in their values."""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING

from tampu.build.model import Mode

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tampu.build.model import EnvVar, Scope

NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
PLACE = re.compile(r"(\{layers\}|\{app\})")


def exports(changes: Iterable[EnvVar], scope: Scope, *, layers: str, app: str) -> str:
    """One change a line, in order; `layers` and `app` are shell words that stand for those folders."""
    places = {"{layers}": layers, "{app}": app}
    return "".join(_export(change, places) for change in changes if change.counts(scope))


def _export(change: EnvVar, places: dict[str, str]) -> str:
    name = change.name
    for each in (name, change.value) if change.mode is Mode.SAME else (name,):
        if not NAME.fullmatch(each):
            raise ValueError(f"a variable can't be named {each!r}")
    word = shlex.quote(change.value) if change.verbatim else _placed(change.value, places)
    return {
        Mode.OVERRIDE: f"export {name}={word}\n",
        Mode.DEFAULT: f'[ -n "${{{name}:-}}" ] || {name}={word}\nexport {name}\n',
        Mode.PREPEND: f'export {name}={word}"${{{name}:+:${name}}}"\n',
        Mode.SAME: f'[ -n "${{{name}:-}}" ] || {name}=${{{change.value}:-}}\nexport {name}\n',
    }[change.mode]


def _placed(value: str, places: dict[str, str]) -> str:
    return "".join(places.get(piece) or shlex.quote(piece) for piece in PLACE.split(value) if piece) or "''"
