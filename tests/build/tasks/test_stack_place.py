from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

import pytest

from tampu.build.model import Target
from tampu.build.stack import Stack
from tampu.build.tasks.stack_place import InTheWay, own, place, refuse_files
from tampu.world.files import File

if TYPE_CHECKING:
    from pathlib import Path

STACK = Stack(server="none")
WANTED = (
    File(path="bin/start", text="#!/bin/sh\n", executable=True),
    File(path="config/a.conf", text="ours\n"),
    File(path="config/b.conf", text="ours\n"),
)


@pytest.fixture
def target(tmp_path: Path) -> Target:
    return Target(app=tmp_path, layers=tmp_path / ".tampu")


@pytest.fixture
def laptop(target: Target) -> Target:
    return Target(app=target.app, layers=target.layers, local=True)


def build(target: Target, wanted: tuple[File, ...] = WANTED) -> tuple[str, ...]:
    kept = own(target, wanted)
    place(STACK, target, wanted, kept)
    return kept


def test_files_are_where_the_app_runs(target: Target) -> None:
    assert () == build(target)

    assert "ours\n" == (target.app / "config/a.conf").read_text()
    assert os.access(target.app / "bin/start", os.X_OK)
    assert (target.layers / "launch/nginx_start.py").is_file()


@pytest.mark.parametrize(("keeper", "layer"), [(False, "python"), (True, "keeper/python")])
def test_it_starts_with_the_app_s_python_or_with_its_keeper_s(target: Target, keeper: bool, layer: str) -> None:  # noqa: FBT001 - what was decided
    for change in (not keeper, keeper):
        place(Stack(server="none", keeper=change), target, (), ())

    assert f"../{layer}/bin/python3" == str((target.layers / "launch/python").readlink())


def test_what_the_app_brings_stays(target: Target) -> None:
    (target.app / "config").mkdir()
    (target.app / "config/a.conf").write_bytes(b"theirs \xff\n")
    (target.app / "config/b.conf").symlink_to("elsewhere.conf")

    for _ in range(2):
        assert ("config/a.conf", "config/b.conf") == build(target)

    assert b"theirs \xff\n" == (target.app / "config/a.conf").read_bytes()
    assert (target.app / "config/b.conf").is_symlink()
    assert ["bin/start"] == list(json.loads((target.layers / "stack.json").read_text())["written"])


def test_what_an_earlier_build_wrote_is_written_anew(target: Target) -> None:
    build(target)

    assert () == build(target, (File(path="config/a.conf", text="newer\n"),))

    assert "newer\n" == (target.app / "config/a.conf").read_text()


def test_what_a_user_changed_since_then_is_theirs(target: Target) -> None:
    build(target)
    (target.app / "config/a.conf").write_text("changed\n")

    assert ("config/a.conf",) == build(target)

    assert "changed\n" == (target.app / "config/a.conf").read_text()


@pytest.mark.parametrize("text", ["{", "[]", '{"written": 7}', "{}"])
def test_a_damaged_memory_means_that_all_is_theirs(target: Target, text: str) -> None:
    build(target)
    (target.layers / "stack.json").write_text(text)

    assert {"bin/start", "config/a.conf", "config/b.conf"} == set(own(target, WANTED))


def test_what_an_older_tampu_started_goes(target: Target) -> None:
    (target.layers / "launch").mkdir(parents=True)
    (target.layers / "launch/older.py").touch()

    build(target)

    assert not (target.layers / "launch/older.py").exists()


def test_on_a_laptop_the_app_itself_stays_as_it_is(laptop: Target) -> None:
    (laptop.app / "config").mkdir()
    (laptop.app / "config/a.conf").write_text("theirs\n")

    for _ in range(2):
        assert ("config/a.conf",) == build(laptop)

    assert {".tampu", "config"} == {path.name for path in laptop.app.iterdir()}
    assert "theirs\n" == (laptop.home / "config/a.conf").read_text()
    assert "ours\n" == (laptop.home / "config/b.conf").read_text()
    assert (laptop.layers / "stack.json").samefile(laptop.home / ".tampu/stack.json")
    assert laptop.app.samefile(laptop.home / "current")


def test_a_file_where_a_folder_is_needed(target: Target) -> None:
    refuse_files(target, WANTED)
    (target.app / "config").write_text("debug=no\n")

    with pytest.raises(InTheWay, match="`config`"):
        refuse_files(target, WANTED)
