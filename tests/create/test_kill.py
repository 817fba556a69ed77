"""Who makes or changes a project is killed before each call that changes a disk: all is whole or can be finished."""

from __future__ import annotations

import itertools
import os
import shutil
from typing import TYPE_CHECKING

import pytest

from tampu.create import carry
from tampu.create.ground import InTheWay
from tampu.create.plan import Change, Fate, Plan
from tampu.values import replace
from tests.kit import disk, tracing
from tests.kit.creating import contents, own

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from typing import NoReturn

    from tests.kit.creating import Desk

NEW = (
    Change(path="a", fate=Fate.NEW, data=b"a\n", executable=True),
    Change(path="deep/er/b", fate=Fate.NEW, data=b"b\n"),
    Change(path=".tampu-create/answers.toml", fate=Fate.RECORD, data=b"c\n"),
)
CHANGES = (
    Change(path="changed", fate=Fate.UPDATED, data=b"new\n", old=b"old\n"),
    Change(path="deep/backed", fate=Fate.BACKED_UP, data=b"new\n", old=b"old\n", beside="deep/backed.bak"),
    Change(path="kept", fate=Fate.KEPT, data=b"new\n", old=b"old\n"),
    Change(path="new/er", fate=Fate.NEW, data=b"new\n"),
    Change(path="gone/for/good", fate=Fate.DELETED, old=b"old\n"),
    Change(path=".tampu-create/answers.toml", fate=Fate.RECORD, data=b"new\n", old=b"old\n"),
)
AFTER = {
    "changed": b"new\n",
    "deep/backed": b"new\n",
    "deep/backed.bak": b"old\n",
    "kept": b"old\n",
    "new/er": b"new\n",
    ".tampu-create/answers.toml": b"new\n",
}


def before(folder: Path) -> dict[str, bytes]:
    """The project as it was; nothing else is in its folder."""
    shutil.rmtree(folder, ignore_errors=True)
    for change in CHANGES:
        if change.old is not None:
            (folder / change.path).parent.mkdir(parents=True, exist_ok=True)
            (folder / change.path).write_bytes(change.old)
    return contents(folder)


def test_a_new_project_is_there_whole_or_not_at_all(tmp_path: Path) -> None:
    plan = Plan(folder=tmp_path / "x", fresh=True, changes=NEW)
    whole = {"a*": b"a\n", "deep/er/b": b"b\n", ".tampu-create/answers.toml": b"c\n"}
    seen = set()
    for number in itertools.count(1):
        hit = tracing.kill_before_change(number, lambda: carry.carry_out(plan))
        there = plan.folder.is_dir()
        seen.add((hit, there))
        assert not there or whole == contents(plan.folder)
        if not there:
            carry.carry_out(plan)
            assert whole == contents(plan.folder)
        assert [plan.folder] == list(tmp_path.iterdir())
        shutil.rmtree(plan.folder)
        if not hit:
            break

    assert {(True, False), (True, True), (False, True)} == seen


def test_what_is_changed_is_finished_or_taken_back(tmp_path: Path) -> None:
    folder = tmp_path / "x"
    plan = Plan(folder=folder, fresh=False, changes=CHANGES)
    seen = set()
    for number in itertools.count(1):
        was = before(folder)
        hit = tracing.kill_before_change(number, lambda: carry.carry_out(plan))
        finished = carry.settle(folder)
        now = contents(folder)
        assert now in (was, AFTER)
        assert not finished or now == AFTER
        seen.add((hit, finished, now == AFTER))
        if not hit:
            break

    assert {(True, False, False), (True, True, True), (True, False, True), (False, False, True)} == seen


def test_who_finishes_it_is_killed_too(tmp_path: Path) -> None:
    folder = tmp_path / "x"
    plan = Plan(folder=folder, fresh=False, changes=CHANGES)
    before(folder)
    assert _killed_when_decided(plan)
    shutil.copytree(folder, tmp_path / "half")
    for number in itertools.count(1):
        shutil.rmtree(folder)
        shutil.copytree(tmp_path / "half", folder)
        hit = tracing.kill_before_change(number, lambda: carry.settle(folder))
        carry.settle(folder)
        assert contents(folder) == AFTER
        if not hit:
            break


def _killed_when_decided(plan: Plan) -> bool:
    """At the first call after all was written down."""
    place = plan.folder / carry.PENDING
    for number in itertools.count(1):
        if not tracing.kill_before_change(number, lambda: carry.carry_out(plan)):
            return False
        if place.is_dir():
            return True
        shutil.rmtree(plan.folder / ".tampu-create" / "pending.new", ignore_errors=True)
    return False


def test_what_was_changed_between_is_kept(tmp_path: Path) -> None:
    folder = tmp_path / "x"
    before(folder)
    assert _killed_when_decided(Plan(folder=folder, fresh=False, changes=CHANGES))
    (folder / "changed").write_text("mine\n")
    (folder / "gone/for/good").write_text("mine too\n")
    (folder / "new").mkdir(exist_ok=True)
    (folder / "new/er").write_text("and mine\n")

    assert carry.settle(folder)

    mine = {"changed.bak": b"mine\n", "gone/for/good": b"mine too\n", "new/er.bak": b"and mine\n"}
    assert contents(folder) == {**AFTER, **mine}


@pytest.mark.parametrize("path", ["../changed", ".tampu-create/../../changed", ".git/hooks/post-checkout"])
def test_a_project_that_names_files_elsewhere_as_half_done(path: str, tmp_path: Path) -> None:
    folder = tmp_path / "x"
    before(folder)
    assert _killed_when_decided(Plan(folder=folder, fresh=False, changes=CHANGES))
    steps = folder / carry.PENDING / "steps.json"
    steps.write_text(steps.read_text().replace('"changed"', f'"{path}"'))

    with pytest.raises(InTheWay):
        carry.settle(folder)
    assert [folder] == list(tmp_path.iterdir())
    assert not (folder / ".git").exists()


def test_only_one_at_a_time(tmp_path: Path) -> None:
    plan = Plan(folder=tmp_path / "x", fresh=True, changes=NEW)
    beside = tmp_path / ".x.tampu-new"
    beside.mkdir()
    with carry.alone(beside, plan.folder), pytest.raises(carry.Busy):
        carry.carry_out(plan)
    carry.carry_out(plan)

    with pytest.raises(carry.CameMeanwhile):
        carry.carry_out(plan)
    with carry.alone(plan.folder, plan.folder), pytest.raises(carry.Busy):
        carry.carry_out(replace(plan, fresh=False, changes=(Change(path="c", fate=Fate.NEW),)))
    assert [plan.folder] == list(tmp_path.iterdir())


def test_the_whole_program_is_killed(desk: Desk) -> None:
    """At a few instants, from its first call on."""
    desk.template("shop", "", a="a\n", b="b\n")
    whole = {"a": b"a\n", "b": b"b\n"}
    for number in itertools.count(1, 400):
        hit = tracing.kill_at(number, lambda: desk.silently("x", "-t", "./shop"))
        project = desk.folder / "x"
        assert not project.exists() or whole == own(project)
        if not hit:
            break
    assert number > 1000

    desk.well("x", "-t", "./shop")

    assert {"shop", "x"} == {path.name for path in desk.folder.iterdir()}
    assert whole == own(desk.folder / "x")


def test_several_at_once_make_one(desk: Desk) -> None:
    desk.template("shop", "", a="a\n", b="b\n")
    children = [_forked(lambda: desk.silently("x", "-t", "./shop")) for _ in range(6)]
    codes = {os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children}

    assert codes <= {0, 1}
    assert {"shop", "x"} == {path.name for path in desk.folder.iterdir()}
    assert {"a": b"a\n", "b": b"b\n"} == own(desk.folder / "x")


def _forked(become: Callable[[], NoReturn]) -> int:
    return os.fork() or become()


def test_a_full_disk_leaves_nothing(desk: Desk) -> None:
    desk.template("shop", "", a="a\n", b="b" * 200_000)
    with disk.tiny(desk.folder / "disk") as full:
        (full / "y").mkdir()

        assert ["disk::full"] * 2 == [desk.ill(name, "-o", full, "-t", "./shop") for name in ("x", "y")]
        assert [full / "y"] == list(full.iterdir())
        assert [] == list((full / "y").iterdir())


def test_the_next_call_finishes_what_was_begun(desk: Desk) -> None:
    desk.template("shop", "", a="old\n", b="old\n")
    desk.well("x", "-t", "./shop")
    desk.template("shop", "", a="new\n", b="new\n")
    folder = desk.folder / "x"
    changes = (Change(path="a", fate=Fate.UPDATED, data=b"new\n", old=b"old\n"),)
    assert _killed_when_decided(Plan(folder=folder, fresh=False, changes=changes))

    assert "create::unfinished" == desk.ill("--update", "x", "-n")
    assert "create::unfinished" == desk.ill("--inspect-files", "x")
    assert "what somebody was stopped at is done now" in desk.well("--update", "x")
    assert own(folder) == {"a": b"new\n", "b": b"new\n"}
