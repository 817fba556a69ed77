"""Which files an app is made of."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from tampu.paste.reload.scope import Scope, foreign_folders


@pytest.mark.parametrize(
    ("path", "counts"),
    [
        ("app.py", True),
        ("templates/page.html", True),
        ("static/style.css", True),
        ("development.ini", True),
        (".env", True),
        ("data.sqlite", False),
        ("access.log", False),
        ("data.json", False),
        ("words/list.txt", True),
        (".#app.py", False),
        ("#app.py#", False),
        ("app.py~", False),
        (".app.py.swp", False),
        ("4913", False),
        ("app.py___jb_tmp___", False),
    ],
)
def test_what_apps_read_counts_and_what_they_and_editors_write_does_not(
    path: str, *, counts: bool, tmp_path: Path
) -> None:
    assert counts == Scope([str(tmp_path)], also=["words/*.txt"]).counts(str(tmp_path / path))


def test_beyond_its_folders_only_single_files_count(tmp_path: Path) -> None:
    scope = Scope([str(tmp_path / "app")])
    scope.files.add("/elsewhere/one.py")
    assert (True, False) == (scope.counts("/elsewhere/one.py"), scope.counts("/elsewhere/other.py"))


def test_of_a_home_only_what_is_right_in_it_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    scope = Scope([str(tmp_path)])
    assert ([], [str(tmp_path)]) == (scope.folders, scope.single)
    assert (True, False) == (scope.counts(f"{tmp_path}/app.py"), scope.counts(f"{tmp_path}/deeper/app.py"))


def test_environments_hidden_folders_and_what_git_ignores_are_not_entered(tmp_path: Path) -> None:
    (tmp_path / ".gitignore").write_text("# built\nbuild/\n/out/js/\n!kept/\n*.log\nfile\n")
    for name in ("package/deep", "build/x", "out/js", "out/css", "env/lib", ".tampu/layers", "__pycache__", "kept"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "env" / "pyvenv.cfg").write_text("")
    entered = {os.path.relpath(folder, tmp_path) for folder, _ in Scope([str(tmp_path)]).walk(str(tmp_path))}
    assert {".", "package", "package/deep", "out", "out/css", "kept"} == entered


def test_folders_that_lead_into_each_other_are_entered_once(tmp_path: Path) -> None:
    (tmp_path / "one").mkdir()
    (tmp_path / "one" / "back").symlink_to(tmp_path)
    (tmp_path / "gone").symlink_to(tmp_path / "nowhere")
    assert [str(tmp_path), str(tmp_path / "one")] == [folder for folder, _ in Scope([]).walk(str(tmp_path))]


def test_a_folder_within_another_adds_nothing(tmp_path: Path) -> None:
    scope = Scope([str(tmp_path / "app")])
    found = [scope.grow(str(tmp_path / name)) for name in ("app", "app/package", "application")]
    assert [False, False, True] == found


def test_the_standard_library_and_packages_are_nobodys_own() -> None:
    foreign = foreign_folders("/tools")
    assert os.__file__.startswith(foreign)
    assert pytest.__file__.startswith(foreign)
    assert "/tools/module.py".startswith(foreign)
    assert not str(Path(sys.prefix).parent / "app.py").startswith(foreign)
