"""Which callable of an app answers requests, found without importing anything."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from tampu.facts.entries import paste
from tampu.facts.entries.conventional import conventional
from tampu.facts.entries.django import django
from tampu.facts.entries.files import is_file
from tampu.facts.entries.model import Entry, Kind
from tampu.facts.entries.modules import Modules
from tampu.facts.entries.newer import NEWER
from tampu.facts.entries.scripts import script_modules
from tampu.facts.entries.search import SeveralEntries, search
from tampu.facts.entries.wanted import named

if TYPE_CHECKING:
    import re

    from tampu.facts.tree import Tree

__all__ = ["Entry", "Kind", "entrypoint"]


def entrypoint(
    tree: Tree, approot: str, wanted: str | None, manage_py: str | None, others: re.Pattern[bytes] = NEWER
) -> Entry | None:
    """None where nothing of the app answers requests; `manage_py` is a path in the tree."""
    folder = tree.root / approot
    project = _project(tree, approot, manage_py)
    modules = Modules.of(folder, () if project is None else (project,), others)
    if wanted:
        return named(modules, wanted)
    entry = conventional(modules)
    if not entry and project is not None:
        entry = django(modules, project)
    return entry or _searched(modules)


def _searched(modules: Modules) -> Entry | None:
    findings = search(modules, script_modules(modules.folder))
    ini = None if findings.at_the_top(modules) else paste.production(modules.folder)
    if ini:
        return ini
    entries = tuple(each.entry for each in findings.best) or paste.others(modules.folder)
    if len(entries) > 1:
        raise SeveralEntries(entries)
    if not entries and findings.broken:
        raise findings.broken
    return next(iter(entries), None)


def _project(tree: Tree, approot: str, manage_py: str | None) -> str | None:
    """The folder of manage.py, from the approot."""
    folder, root = PurePosixPath(manage_py or "").parent, PurePosixPath(approot)
    if not manage_py or not is_file(tree.root / manage_py) or not folder.is_relative_to(root):
        return None
    return str(folder.relative_to(root))
