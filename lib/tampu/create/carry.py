"""Does what a plan says. Whoever is killed meanwhile leaves no new project, or one that the next call finishes."""

from __future__ import annotations

import fcntl
import json
import os
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from tampu.create.ground import RECORD, free_name, place_of
from tampu.create.plan import WRITES, Fate, digest
from tampu.errors import TampuError
from tampu.values import asdict, dataclass
from tampu.world import files

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tampu.create.plan import Change, Plan

PENDING, UNDECIDED = f"{RECORD}/pending", f"{RECORD}/pending.new"
STEPS = "steps.json"
PATIENCE, PAUSE = 3.0, 0.02


class Busy(TampuError):
    reason = "create::busy"

    def __init__(self, folder: Path) -> None:
        super().__init__(
            title=f"Somebody else is making {folder}",
            found=f"another call of tampu create that is at work on {folder}",
            expected="one at a time",
            todo="Wait until it has ended, and look at what it made. Nothing was changed by this one.",
        )


class CameMeanwhile(TampuError):
    reason = "create::came-meanwhile"

    def __init__(self, folder: Path) -> None:
        super().__init__(
            title=f"{folder} came into being meanwhile",
            found=f"a folder {folder} that was not there a moment ago",
            expected="none",
            todo="Look at it, and try again. Nothing was changed.",
        )


class Unfinished(TampuError):
    reason = "create::unfinished"

    def __init__(self, folder: Path) -> None:
        super().__init__(
            title=f"Somebody was stopped while changing {folder}",
            found=f"{PENDING} in it",
            expected="a project that nobody is at work on",
            todo=f"Let it be finished: tampu create --update {folder}",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One file: `staged` is moved to `path`, or nothing is, and it goes. `was` tells what it had been by then."""

    path: str
    staged: str
    was: str
    now: str
    beside: str


def carry_out(plan: Plan) -> None:
    if plan.fresh:
        _make(plan)
    elif not plan.idle:
        _change(plan)


def _make(plan: Plan) -> None:
    folder = plan.folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    beside = folder.with_name(f".{folder.name}.tampu-new")
    beside.mkdir(exist_ok=True)
    with alone(beside, folder), _gone_if_it_fails(beside):
        for left in beside.iterdir():
            files.remove(left)
        for change in plan.changes:
            _write(beside / change.path, change)
        if os.path.lexists(folder):
            raise CameMeanwhile(folder)
        beside.rename(folder)


def _change(plan: Plan) -> None:
    folder = plan.folder
    with alone(folder, folder):
        undecided = folder / UNDECIDED
        with _gone_if_it_fails(undecided):
            files.remove(undecided)
            undecided.mkdir(parents=True)
            steps = [asdict(step) for step in _staged(plan, undecided)]
            (undecided / STEPS).write_text(json.dumps(steps), encoding="utf-8")
            undecided.rename(folder / PENDING)
        _perform(folder)


def refuse_unfinished(folder: Path) -> None:
    """Of what is half done nothing true can be said."""
    if (folder / PENDING).is_dir():
        raise Unfinished(folder)


def settle(folder: Path) -> bool:
    """Whether somebody was killed at work here; if what he did was decided, it is done now."""
    if not (folder / RECORD).is_dir():
        return False
    with alone(folder, folder):
        files.remove(folder / UNDECIDED)
        found = (folder / PENDING).is_dir()
        if found:
            _perform(folder)
        with suppress(OSError):
            (folder / RECORD).rmdir()
    return found


def _staged(plan: Plan, place: Path) -> Iterator[Step]:
    for number, change in enumerate(plan.changes):
        was = "" if change.old is None else digest(change.old)
        if change.fate is Fate.DELETED:
            yield Step(path=change.path, staged="", was=was, now="", beside="")
        elif change.fate in WRITES:
            _write(place / str(number), change, like=plan.folder / change.path)
            yield Step(path=change.path, staged=str(number), was=was, now=digest(change.data), beside=change.beside)


def _perform(folder: Path) -> None:
    pending = folder / PENDING
    steps = [Step(**step) for step in json.loads((pending / STEPS).read_text(encoding="utf-8"))]
    for step in steps:
        place = place_of(folder, step.path)
        there = digest(place.read_bytes()) if place.is_file() else ""
        if not step.staged:
            _delete(folder, place, known=there == step.was)
        elif (pending / step.staged).is_file():
            changed_since = there not in {"", step.was, step.now}
            _keep(place, step.beside or (free_name(folder, step.path) if changed_since else ""), folder)
            place.parent.mkdir(parents=True, exist_ok=True)
            (pending / step.staged).replace(place)
    pending.rename(folder / UNDECIDED)
    files.remove(folder / UNDECIDED)


def _delete(folder: Path, place: Path, *, known: bool) -> None:
    if known and place.is_file():
        place.unlink()
    with suppress(OSError):
        for parent in place.parents:
            if parent == folder:
                break
            parent.rmdir()


def _keep(place: Path, beside: str, folder: Path) -> None:
    """The old file under another name, whole or not at all."""
    if beside and place.is_file():
        new = folder / PENDING / "kept"
        new.write_bytes(place.read_bytes())
        new.chmod(place.stat().st_mode & 0o777)
        new.replace(place_of(folder, beside))


def _write(place: Path, change: Change, like: Path | None = None) -> None:
    """A file keeps its mode where it has one already, but for whether it is a program."""
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(change.data)
    mode = (like if like and like.is_file() else place).stat().st_mode & 0o777
    place.chmod(mode | (mode & 0o444) >> 2 if change.executable else mode & ~0o111)


@contextmanager
def _gone_if_it_fails(place: Path) -> Iterator[None]:
    try:
        yield
    except BaseException:
        files.remove(place)
        with suppress(OSError):
            # Others have something in theirs.
            (place.parent if place.parent.name == RECORD else place).rmdir()
        raise


@contextmanager
def alone(folder: Path, project: Path) -> Iterator[None]:
    """Nobody else does the same; who is alone keeps that until the folder has its final name."""
    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except FileNotFoundError as error:
        raise Busy(project) from error
    try:
        # Who came while another one renamed it would have the lock of what is the project now.
        if not _locked(descriptor) or not folder.is_dir() or not os.path.samestat(os.fstat(descriptor), folder.stat()):
            raise Busy(project)
        yield
    finally:
        os.close(descriptor)


def _locked(descriptor: int) -> bool:
    """Soon, at the latest: nobody needs long, and who was killed a moment ago may still have it."""
    deadline = time.monotonic() + PATIENCE
    while not (held := _lock(descriptor)) and time.monotonic() < deadline:
        time.sleep(PAUSE)
    return held


def _lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
