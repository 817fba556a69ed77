"""Every error that tampu can end with: those of its Python by class, those of lib/python.sh by name."""

from __future__ import annotations

import importlib
import pkgutil
import re
from functools import cache
from typing import TYPE_CHECKING

import tampu
from tampu.errors import TampuError
from tests.kit import buildpack

if TYPE_CHECKING:
    from collections.abc import Iterator

# They stand in built apps, or know what to do from who loads them.
NOT_OURS_TO_IMPORT = ("tampu.launch.", "tampu.paste.servers.uwsgi_app")
STARTER = buildpack.BIN.parent / "lib" / "python.sh"


@cache
def classes() -> tuple[type[TampuError], ...]:
    for module in pkgutil.walk_packages(tampu.__path__, "tampu."):
        if not module.name.startswith(NOT_OURS_TO_IMPORT):
            importlib.import_module(module.name)
    named = (error for error in _below(TampuError) if hasattr(error, "reason"))
    return tuple(sorted(named, key=lambda error: error.reason))


def of_the_shell() -> list[str]:
    return sorted(set(re.findall(r"stop ([a-z-]+::[a-z-]+)", STARTER.read_text(encoding="utf-8"))))


def reasons() -> list[str]:
    return sorted({*(error.reason for error in classes()), *of_the_shell()})


def exit_code(reason: str) -> int:
    return next((error.exit_code for error in classes() if error.reason == reason), TampuError.exit_code)


def _below(error: type[TampuError]) -> Iterator[type[TampuError]]:
    for each in error.__subclasses__():
        # Tests define errors of their own.
        if each.__module__.startswith("tampu."):
            yield each
            yield from _below(each)
