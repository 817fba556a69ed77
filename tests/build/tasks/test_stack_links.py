from __future__ import annotations

import os
from pathlib import Path

import pytest

from tampu.build.model import Target
from tampu.build.tasks.stack_links import CurrentTaken, lay, refuse_taken


@pytest.fixture
def target(tmp_path: Path) -> Target:
    (tmp_path / "web").mkdir()
    return Target(app=tmp_path, layers=tmp_path / ".tampu")


def links(folder: Path) -> dict[str, str]:
    found = (path for path in sorted(folder.iterdir()) if path.is_symlink())
    return {path.name: os.readlink(path) for path in found}  # noqa: PTH115 - word for word


@pytest.mark.parametrize(("approot", "expected"), [("web", "code/web"), (".", "code/.")])
def test_the_links_are_those_of_a_boot(target: Target, approot: str, expected: str) -> None:
    for _ in range(2):
        refuse_taken(target, approot)
        lay(target, approot)

    assert {"code": ".", "current": expected} == links(target.app)


def test_a_next_build_may_have_another_approot(target: Target) -> None:
    for approot in (".", "web", "."):
        refuse_taken(target, approot)
        lay(target, approot)

        assert (target.app / approot).resolve() == (target.app / "current").resolve()


def test_on_a_laptop_they_lead_out_of_the_home(target: Target) -> None:
    local = Target(app=target.app, layers=target.layers, local=True)

    lay(local, "web")

    assert {"code": "../..", "current": "code/web"} == links(local.home)
    assert {} == links(local.app)


@pytest.mark.parametrize("make", [Path.mkdir, Path.touch, lambda path: path.symlink_to("web")])
def test_a_code_of_the_app_s_own_stays(target: Target, make: object) -> None:
    assert callable(make)
    make(target.app / "code")
    before = (target.app / "code").lstat().st_mtime_ns

    lay(target, "web")

    assert before == (target.app / "code").lstat().st_mtime_ns
    assert "./web" == links(target.app)["current"]


@pytest.mark.parametrize(
    ("make", "shown"),
    [
        (Path.mkdir, "a folder"),
        (Path.touch, "a file"),
        (lambda path: path.symlink_to("releases/5"), "a link to releases/5"),
        (lambda path: path.symlink_to("codebase"), "a link to codebase"),
    ],
)
def test_a_current_of_the_app_s_own(target: Target, make: object, shown: str) -> None:
    assert callable(make)
    make(target.app / "current")

    with pytest.raises(CurrentTaken) as caught:
        refuse_taken(target, "web")

    assert f"current, {shown} at the top of the app" in caught.value.advice


def test_an_approot_that_is_named_current(target: Target) -> None:
    (target.app / "current").mkdir()

    refuse_taken(target, "current")
    lay(target, "current")

    assert {"code": "."} == links(target.app)


def test_a_current_of_the_app_s_own_that_leads_where_it_should(target: Target) -> None:
    (target.app / "current").symlink_to("web")

    refuse_taken(target, "web")
    lay(target, "web")

    assert "web" == links(target.app)["current"]
