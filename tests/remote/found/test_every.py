from __future__ import annotations

import os
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tampu.remote.found.every import every_file
from tampu.remote.found.ignored import Ignored
from tests.kit import require
from tests.kit.builds import write_app

if TYPE_CHECKING:
    from pathlib import Path

NAMES = ("a", "b", "ab", "a.c", "b.c", "[x]", "a b", "-", "!a", "#b", "c ")
PARTS = st.sampled_from(
    [*NAMES, "*", "**", "?", "*.c", "a*", "[ab]", "[!a]", "[a-c]b", "[]x]", "\\*", "\\!a", "[", "***"]
)
PATTERN = st.tuples(
    st.sampled_from(["", "!", "/", "!/", "#", "\\#", "**/"]),
    st.lists(PARTS, min_size=1, max_size=3).map("/".join),
    st.sampled_from(["", "/", " ", "/**", "\\ ", "\r"]),
).map("".join)


def names(place: Path) -> set[str]:
    return {path.relative_to(place).as_posix() for path in every_file(place)}


def test_what_a_project_has_comes_along(tmp_path: Path) -> None:
    place = write_app(
        tmp_path,
        {
            **dict.fromkeys(("main.py", "pkg/data/rows.csv", "templates/a.html", "run.sh", ".hidden"), ""),
            **dict.fromkeys((".git/config", "__pycache__/main.pyc", ".env", ".venv/x", "env/pyvenv.cfg", "x.py~"), ""),
            **dict.fromkeys(("nightly/conf/conf", "nightly/src/main.py", "mine.egg-info/PKG-INFO"), ""),
        },
    )
    (place / "empty").mkdir()

    assert {"main.py", "pkg/data/rows.csv", "templates/a.html", "run.sh", ".hidden", "empty"} == names(place)


def test_a_link_that_goes_round_in_circles_is_nothing(tmp_path: Path) -> None:
    place = write_app(tmp_path, {"main.py": "", "in/rows.csv": ""})
    (place / "loop").symlink_to("loop")
    (place / "in" / "up").symlink_to("..")

    assert {"main.py", "in/rows.csv", "in/up"} == names(place)


def test_what_git_leaves_out_stays_here(tmp_path: Path) -> None:
    write_app(tmp_path, {".git/info/exclude": "private/\n", ".gitignore": "*.log\n/app/top.txt\nfar.txt\n"})
    place = write_app(
        tmp_path / "app",
        {
            ".gitignore": "build/\n!keep.log\n",
            **dict.fromkeys(("main.py", "a.log", "keep.log", "top.txt", "in/top.txt", "in/far.txt"), ""),
            **dict.fromkeys(("build/x", "in/build/x", "private/key", "build.txt"), ""),
        },
    )

    assert {"main.py", "keep.log", "in/top.txt", "build.txt"} == names(place)


def test_folders_above_that_are_no_part_of_the_repository_say_nothing(tmp_path: Path) -> None:
    write_app(tmp_path, {".gitignore": "*\n", "app/main.py": ""})

    assert {"main.py"} == names(tmp_path / "app")


def test_a_link_to_a_folder_elsewhere_is_followed_once(tmp_path: Path) -> None:
    write_app(tmp_path, {"app/main.py": "", "app/in/a": "", "far/rows.csv": ""})
    (tmp_path / "app" / "data").symlink_to("../far")
    (tmp_path / "app" / "current").symlink_to("in")
    (tmp_path / "far" / "again").symlink_to("../far")
    (tmp_path / "app" / "nowhere").symlink_to("nothing")

    assert {"main.py", "in/a", "current", "data/rows.csv"} == names(tmp_path / "app")


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    require.need("git")
    place = tmp_path_factory.mktemp("repository")
    subprocess.run(("git", "init", "-q", place), check=True)
    for name in NAMES:
        for inner in NAMES[:5]:
            (place / "in" / name).mkdir(parents=True, exist_ok=True)
            (place / "in" / name / inner).write_text("")
        (place / name).write_text("")
    return place


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(lines=st.lists(PATTERN, min_size=1, max_size=4))
def test_gitignore_means_what_git_says(repository: Path, lines: list[str]) -> None:
    (repository / "in" / ".gitignore").write_text("\n".join(lines), newline="")

    ignored = Ignored(root=repository)
    kept: set[str] = set()
    for folder, folders, found in os.walk(repository):
        here = repository / os.path.relpath(folder, repository)
        folders[:] = [each for each in folders if each != ".git" and not ignored.leaves_out(here / each, folder=True)]
        kept |= {
            str((here / each).relative_to(repository))
            for each in found
            if not ignored.leaves_out(here / each, folder=False)
        }

    git = shutil.which("git") or "git"
    told = subprocess.run(
        (git, "-C", repository, "ls-files", "-z", "--others", "--exclude-standard"), capture_output=True, check=True
    )
    assert set(os.fsdecode(told.stdout).split("\0")) - {""} == kept
