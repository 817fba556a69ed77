"""Trees to be brought to a host, and what is asked of its store."""

from __future__ import annotations

import hashlib
import time
from typing import TYPE_CHECKING

from tampu.remote.runs.running import run
from tampu.remote.runs.watch import Lacks
from tampu.remote.stores import store
from tampu.remote.stores.trees import ENVS, Item, Tree, code_tree, item_of
from tests.kit import remotes

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from tampu.remote.links.link import Link
    from tampu.remote.runs.running import Ends, Outcome, Spec
    from tests.kit.remotes import Said


PATIENCE = 120


def until(holds: Callable[[], object]) -> None:
    began = time.monotonic()
    while not holds():
        assert time.monotonic() - began < PATIENCE
        time.sleep(0.01)


def quiet(kind: str, done: int, whole: int) -> None:
    """Nobody looks on."""


def written(folder: Path, files: Mapping[str, bytes]) -> dict[str, Path]:
    for place, data in files.items():
        (folder / place).parent.mkdir(parents=True, exist_ok=True)
        (folder / place).write_bytes(data)
    return {place: folder / place for place in files}


def code(folder: Path, files: Mapping[str, bytes], *folders: str) -> Tree:
    return code_tree(written(folder, files), folders)


def environment(folder: Path, modules: Mapping[str, str], link: Link) -> Tree:
    """One with those modules, for the host's own Python."""
    series = ".".join(link.hello["python"].split(".")[:2])
    files = {f"lib/python{series}/site-packages/{name}": text.encode() for name, text in modules.items()}
    paths = written(folder, files)
    items = {place: item_of(path) for place, path in paths.items()}
    sources = {items[place].sha: path for place, path in paths.items()}
    name = hashlib.sha256(repr((series, sorted(modules.items()))).encode()).hexdigest()
    notes = {"python": link.hello["executable"], "version": series}
    return Tree(kind=ENVS, id=name, items=items, sources=sources, notes=notes)


def supplied(
    link: Link, spec: Spec, ends: Ends, trees: Callable[[str, str], Tree], progress: store.Progress
) -> Outcome:
    """A run, to which the host is given what it says it lacks."""
    while True:
        try:
            return run(link, spec, ends, None)
        except Lacks as lacks:  # noqa: PERF203 - seldom
            for kind, name in lacks.missing:
                store.provide(link, trees(kind, name), progress)


def brought(link: Link, spec: Spec, *trees: Tree, given: bytes = b"") -> Said:
    """A run, to which the host is given what it lacks."""
    known = {(tree.kind, tree.id): tree for tree in trees}
    act = lambda ends: supplied(link, spec, ends, lambda kind, name: known[kind, name], quiet)  # noqa: E731
    return remotes.heard(act, given)


def item(data: bytes, *, runs: bool = False) -> Item:
    return Item(sha=hashlib.sha256(data).hexdigest(), size=len(data), runs=runs)
