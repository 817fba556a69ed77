from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tampu.facts.django import manage_py
from tampu.facts.tree import Tree

if TYPE_CHECKING:
    from pathlib import Path


def tree(folder: Path, *paths: str) -> Tree:
    for path in paths:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).touch()
    return Tree(folder)


@pytest.mark.parametrize(
    ("paths", "expected"),
    [
        (["app.py"], None),
        (["manage.py", "a/manage.py"], "manage.py"),
        (["src/manage.py"], "src/manage.py"),
        (["src/site/manage.py"], "src/site/manage.py"),
        (["src/my/site/manage.py"], None),
        (["b/manage.py", "c/manage.py", "a/deep/manage.py"], "b/manage.py"),
        (["manage.py/not_a_file", "web/manage.py"], "web/manage.py"),
    ],
)
def test_the_nearest_manage_py_is_found(tmp_path: Path, paths: list[str], expected: str | None) -> None:
    assert manage_py(tree(tmp_path, *paths)) == expected


@pytest.mark.parametrize(
    ("paths", "expected"),
    [
        (["manage.py", "web/app.py"], "manage.py"),
        (["manage.py", "web/site/manage.py"], "web/site/manage.py"),
        (["web/manage.py"], "web/manage.py"),
        (["web/app.py"], None),
    ],
)
def test_that_of_the_approot_comes_first(tmp_path: Path, paths: list[str], expected: str | None) -> None:
    assert expected == manage_py(tree(tmp_path, *paths), "web")


@pytest.mark.parametrize("folder", [".tampu", ".hidden", "node_modules", "site-packages", "venv"])
def test_what_others_wrote_is_not_searched(tmp_path: Path, folder: str) -> None:
    assert manage_py(tree(tmp_path, f"{folder}/manage.py", "venv/pyvenv.cfg")) is None


def test_links_are_not_followed(tmp_path: Path) -> None:
    app = tree(tmp_path / "app", "app.py")
    tree(tmp_path / "elsewhere", "manage.py")
    (app.root / "link").symlink_to(tmp_path / "elsewhere")

    assert manage_py(app) is None
