"""What the variable TAMPU_APP names."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from tampu.errors import TampuError
from tampu.facts.entries.chosen import chosen, names_of, well_known, what_is_there
from tampu.facts.entries.paste import described
from tampu.facts.entries.search import VARIABLE
from tampu.facts.excerpt import excerpt
from tampu.values import replace

if TYPE_CHECKING:
    from tampu.facts.entries.model import Entry
    from tampu.facts.entries.modules import Module, Modules

DOTTED = r"[^\W\d]\w*(?:\.[^\W\d]\w*)*"
FORM = re.compile(rf"(?P<module>{DOTTED})(?::(?P<name>{DOTTED})(?P<called>\(\))?)?")
INI, CONFIG = ".ini", "config:"


class WrongForm(TampuError):
    reason = "entry::wrong-form"

    def __init__(self, wanted: str) -> None:
        super().__init__(
            title=f"{VARIABLE} is not in the form that it should be",
            found=f"{VARIABLE}={excerpt(wanted)}",
            expected="module:callable, module:factory() or an ini such as production.ini",
            todo=f"Set it for the app in one of these forms, and build again:\n\n    {VARIABLE}=app:app",
        )


class NotThere(TampuError):
    reason = "entry::not-there"

    def __init__(self, wanted: str, expected: str) -> None:
        super().__init__(
            title=f"{VARIABLE} names a file that is not in the app",
            found=f"{VARIABLE}={excerpt(wanted)}",
            expected=expected,
            todo=f"Commit that file, or set {VARIABLE} to one that is there, and build again.",
        )


class NoSuchName(TampuError):
    reason = "entry::no-such-name"

    def __init__(self, wanted: str, module: Module) -> None:
        example = next(iter(names_of(module)), "app")
        super().__init__(
            title=f"{VARIABLE} names what {module.path} doesn't have",
            found=f"{VARIABLE}={excerpt(wanted)}",
            expected=f"a name at the top level of {module.path}: {what_is_there(module)}",
            todo=f"Set one that is there for the app, and build again:\n\n    {VARIABLE}={module.name}:{example}",
        )


def named(modules: Modules, wanted: str) -> Entry:
    if wanted.startswith(CONFIG) or wanted.endswith(INI):
        return _ini(modules, wanted)
    form = FORM.fullmatch(wanted)
    if not form:
        raise WrongForm(wanted)
    module = _module(modules, form["module"])
    if not module:
        name = form["module"].replace(".", "/")
        raise NotThere(wanted, f"{excerpt(name)}.py, in the approot or in src")
    entry = chosen(modules, module, form["name"]) if form["name"] else well_known(modules, module)
    if not entry:
        raise NoSuchName(wanted, module)
    return replace(entry, factory=True) if form["called"] else entry


def _ini(modules: Modules, wanted: str) -> Entry:
    name = wanted.removeprefix(CONFIG)
    within = not PurePosixPath(name).is_absolute() and ".." not in PurePosixPath(name).parts
    entry = described(modules.folder, name) if within else None
    if not entry:
        raise NotThere(wanted, "an ini in the approot with a section [app:main]")
    return entry


def _module(modules: Modules, name: str) -> Module | None:
    return next((module for path in modules.places(name) if (module := modules.parsed(path))), None)
