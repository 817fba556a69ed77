"""What a script has written over there comes back; what was changed here meanwhile stays as it is."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from tampu.remote.runs import at_host
from tampu.remote.runs.running import NoRun
from tampu.remote.stores import store
from tampu.remote.stores.trees import item_of
from tampu.values import asdict, dataclass
from tampu.world import files
from tampu.world.console import Notice

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tampu.remote.call.here import Here
    from tampu.remote.links.link import Link
    from tampu.remote.packages.package import Package

MANY = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Baseline:
    """What was here as a run began: `sent` are contents by path, `outputs` what it writes without reading it."""

    host: str
    root: str
    began: float
    sent: Mapping[str, str]
    outputs: tuple[str, ...]


def baseline(link: Link, package: Package) -> Baseline:
    return Baseline(
        host=link.host.name,
        root=str(package.root),
        began=time.time(),
        sent={path: item.sha for path, item in package.tree.items.items() if item.sha},
        outputs=tuple(
            each.path.relative_to(package.root).as_posix()
            for each in package.data
            if each.writes and not each.reads and each.path.is_relative_to(package.root)
        ),
    )


def fetch_later(here: Here) -> int:
    """Of a run that was left to itself: into the project that it came from, or into this folder."""
    run = here.call.words[0]
    known = noted(here, run)
    with here.link(host_of(here, run)) as link:
        if not any(each.get("id") == run for each in at_host.listed(link)):
            raise NoRun(link.host.name, run, "no run of that ID")
        usual = Baseline(host=link.host.name, root=str(here.cwd), began=0.0, sent={}, outputs=())
        bring_back(here, link, run, known or usual)
    return 0


def note(here: Here, run: str, baseline: Baseline) -> None:
    """For who fetches later, in another process."""
    files.replace(_notes(here) / f"{run}.json", json.dumps(asdict(baseline)))


def noted(here: Here, run: str) -> Baseline | None:
    with suppress(OSError, ValueError, TypeError):
        return Baseline(**json.loads((_notes(here) / f"{run}.json").read_text(encoding="utf-8")))
    return None


def host_of(here: Here, run: str) -> str:
    """Where it was left to itself; nothing where that is not known, or another is named."""
    known = None if here.call.asks("host") else noted(here, run)
    return known.host if known else ""


def bring_back(here: Here, link: Link, run: str, baseline: Baseline) -> None:
    """Each file at its place; beside it where that one may not be touched."""
    root = Path(baseline.root)
    before = _Before(here, baseline)
    found = [each for each in store.changed(link, run) if before.sha_of(each.path) != each.sha]
    came, beside = [], []
    with tempfile.TemporaryDirectory(prefix=".tampu-", dir=root) as bench:
        store.fetch(link, run, found, Path(bench))
        for each in found:
            place = root / each.path
            if not _inside(root, place):
                text = f"{each.path} is not brought back: its folder is something else here, or leads out of {root}."
                here.say.notice(Notice(name="remote-left", text=text))
            elif before.gives_way(each.path):
                place.parent.mkdir(parents=True, exist_ok=True)
                Path(bench, each.path).replace(place)
                before.remember(each.path, each.sha)
                came.append(each.path)
            else:
                other = _name_beside(place, link.host.name)
                Path(bench, each.path).rename(other)
                beside.append((each.path, other.relative_to(root)))
    before.keep()
    if came:
        more = f" and {len(came) - MANY} more" if len(came) > MANY else ""
        here.say.news(f"Came back: {', '.join(came[:MANY])}{more}")
    for path, other in beside:
        text = f"{path} has changed here, too, and stays as it is. What the script wrote is in {other}."
        here.say.notice(Notice(name="remote-beside", text=text))


class _Before:
    """What our own files are, and which of them nobody would miss."""

    def __init__(self, here: Here, baseline: Baseline) -> None:
        self._root = Path(baseline.root)
        self._baseline = baseline
        digest = hashlib.sha256(os.fsencode(baseline.root)).hexdigest()[:16]
        self._note = here.cache / "fetched" / f"{digest}.json"
        self._brought: dict[str, str] = {}
        with suppress(OSError, ValueError):
            self._brought = dict(json.loads(self._note.read_text(encoding="utf-8")))

    def sha_of(self, path: str) -> str:
        place = self._root / path
        return item_of(place).sha if place.is_file() else ""

    def gives_way(self, path: str) -> bool:
        place = self._root / path
        if not os.path.lexists(place):
            return True
        if not place.is_file():
            return False
        if self.sha_of(path) in {self._baseline.sent.get(path), self._brought.get(path)}:
            return True
        return path in self._baseline.outputs and place.lstat().st_ctime < self._baseline.began

    def remember(self, path: str, sha: str) -> None:
        self._brought[path] = sha

    def keep(self) -> None:
        self._note.parent.mkdir(parents=True, exist_ok=True)
        files.replace(self._note, json.dumps(self._brought))


def _inside(root: Path, place: Path) -> bool:
    there = next(each for each in place.parents if os.path.lexists(each))
    return there.is_dir() and there.resolve().is_relative_to(root.resolve())


def _name_beside(place: Path, host: str) -> Path:
    """One that is free."""
    name = f"{place.name}.from-{host.rpartition('@')[2]}"
    number = 1
    found = place.with_name(name)
    while os.path.lexists(found):
        number += 1
        found = place.with_name(f"{name}.{number}")
    return found


def _notes(here: Here) -> Path:
    folder = here.cache / "runs"
    folder.mkdir(parents=True, exist_ok=True)
    return folder
