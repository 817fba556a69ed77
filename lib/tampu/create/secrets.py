"""What was told in secret is kept nowhere but in the project's own files: there it is found again."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tampu.create import ground
from tampu.values import replace

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from tampu.create.model import Made, Variable

HIDDEN = "<{}: not kept>"


def hidden(variables: Iterable[Variable]) -> dict[str, str]:
    """What stands in their place in what is kept."""
    return {each.name: HIDDEN.format(each.name) for each in variables if each.secret}


def found(made: Mapping[str, Made], variables: Iterable[Variable], folder: Path) -> dict[str, str]:
    """Those that stand in the project where they were put, and nowhere another value."""
    known: dict[str, str] = {}
    for name, mark in hidden(variables).items():
        values = {value for each in made.values() for value in _values(each, mark.encode(), folder)}
        if len(values) == 1:
            known[name] = values.pop().decode(errors="replace")
    return known


def put_back(made: Mapping[str, Made], known: Mapping[str, str]) -> dict[str, Made]:
    return {path: _with(each, known) for path, each in made.items()}


def _with(made: Made, known: Mapping[str, str]) -> Made:
    data = made.data
    for name, value in known.items():
        data = data.replace(HIDDEN.format(name).encode(), value.encode())
    return replace(made, data=data)


def _values(made: Made, mark: bytes, folder: Path) -> Iterator[bytes]:
    if mark not in made.data:
        return
    yours = (ground.read(folder, made.path) or b"").splitlines()
    for line in made.data.splitlines():
        if line.count(mark) == 1:
            form = re.compile(re.escape(line).replace(re.escape(mark), b"(.*)"))
            yield from (match[1] for match in map(form.fullmatch, yours) if match)
