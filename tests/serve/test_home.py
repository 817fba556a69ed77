"""By which Python an app is served."""

from __future__ import annotations

import io
import os
import sys
from typing import TYPE_CHECKING

import pytest

from tampu.serve import home, remembered
from tampu.world.console import PlainConsole

if TYPE_CHECKING:
    from pathlib import Path

QUIET = PlainConsole(out=io.StringIO(), err=io.StringIO())


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "shop" / "etc"
    folder.mkdir(parents=True)
    return folder


def environment(folder: Path) -> Path:
    python = folder / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.symlink_to(sys.executable)
    return python


def test_the_one_that_is_named(project: Path) -> None:
    python = environment(project / "own")

    assert python == home.find(project, {"VIRTUAL_ENV": str(project)}, QUIET, python).python


def test_one_that_is_named_and_not_there_is_an_error(project: Path) -> None:
    with pytest.raises(home.NoPython):
        home.find(project, {}, QUIET, project)


def test_that_of_the_environment_that_is_active(project: Path) -> None:
    environment(project / ".venv")
    python = environment(project / "other")

    assert python == home.find(project, {"VIRTUAL_ENV": str(project / "other")}, QUIET).python


@pytest.fixture
def _installed_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    """The tests themselves run in an environment, which would be active."""
    monkeypatch.setattr(sys, "prefix", sys.base_prefix)


@pytest.mark.usefixtures("_installed_apart")
@pytest.mark.parametrize("name", [".venv", "venv"])
def test_that_of_the_environment_beside_the_config(project: Path, name: str) -> None:
    python = environment(project / name)

    assert python == home.find(project, {}, QUIET).python


@pytest.mark.usefixtures("_installed_apart")
def test_that_of_an_environment_above_up_to_where_the_project_begins(project: Path) -> None:
    python = environment(project.parent / ".venv")
    assert sys.executable == str(home.find(project, {}, QUIET).python)

    (project.parent / ".git").mkdir()
    assert python == home.find(project, {}, QUIET).python


@pytest.mark.usefixtures("_installed_apart")
def test_what_was_built_is_taken_until_what_it_was_built_from_changes(project: Path) -> None:
    (project / "requirements.txt").write_text("pastedeploy\n")
    python = environment(project / "built")
    remembered.keep(project, {"PATH": "/bin"}, python)
    assert python == home.find(project, {"PATH": "/usr/bin"}, QUIET).python

    (project / "shop.py").write_text("changed = True\n")
    assert python == remembered.python(project, {})

    assert None is remembered.python(project, {"PIP_INDEX_URL": "elsewhere"})
    (project / "requirements.txt").write_text("pastedeploy\nwaitress\n")
    assert None is remembered.python(project, {})
    assert "*\n" == (project / ".tampu" / ".gitignore").read_text()


def test_what_is_remembered_and_gone_is_nothing(project: Path) -> None:
    python = environment(project / "built")
    remembered.keep(project, {}, python)
    python.unlink()

    assert None is remembered.python(project, {})


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"python": 3}'])
def test_a_damaged_memory_is_none(project: Path, text: str) -> None:
    remembered.keep(project, {}, environment(project / "built"))
    (project / ".tampu" / "serve.json").write_text(text)

    assert None is remembered.python(project, dict(os.environ))


@pytest.mark.usefixtures("_installed_apart")
def test_where_nothing_says_what_it_needs_it_is_our_own(project: Path) -> None:
    assert sys.executable == str(home.find(project, {}, QUIET).python)
