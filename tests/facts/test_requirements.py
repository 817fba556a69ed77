from __future__ import annotations

from typing import TYPE_CHECKING

from tampu.facts.requirements import LocalProject, fingerprints, local_fingerprints

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tampu.facts.tree import Tree

    App = Callable[[Mapping[str, str]], Tree]

EMPTY = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
PKG = LocalProject(path="pkg", editable=False)


def test_a_file_has_the_sha256_of_its_content_and_one_that_is_not_there_has_none(app: App) -> None:
    assert {"uv.lock": EMPTY} == fingerprints(app({"uv.lock": ""}), ("uv.lock", "poetry.lock"))


def test_an_editable_project_counts_by_what_its_metadata_is_made_from(app: App) -> None:
    tree = app({"pkg/pyproject.toml": "", "pkg/code.py": "1", "setup.py": ""})

    projects = (LocalProject(path="pkg", editable=True), LocalProject(path=".", editable=True))

    found = local_fingerprints(tree, projects)

    assert {"pkg/pyproject.toml", "setup.py", "packages in pkg", "packages in ."} == found.keys()
    assert EMPTY == found["pkg/pyproject.toml"] == found["setup.py"]


def test_a_new_package_of_an_editable_project_counts_and_new_code_does_not(app: App) -> None:
    projects = (LocalProject(path=".", editable=True),)
    first = local_fingerprints(app({"setup.py": "", "src/one/__init__.py": ""}), projects)

    with_code = local_fingerprints(app({"src/one/__init__.py": "print(1)", "docs/readme.md": ""}), projects)
    with_package = local_fingerprints(app({"src/two/__init__.py": ""}), projects)

    assert first == with_code
    assert first != with_package


def test_a_copied_project_counts_by_every_file_of_it(app: App) -> None:
    before = local_fingerprints(app({"pkg/setup.py": "", "pkg/deep/code.py": "1"}), (PKG,))
    after = local_fingerprints(app({"pkg/deep/code.py": "2"}), (PKG,))

    assert before.keys() == after.keys() == {"pkg"}
    assert before != after


def test_leftovers_of_tools_in_a_copied_project_do_not_count(app: App) -> None:
    before = local_fingerprints(app({"pkg/setup.py": ""}), (PKG,))
    tree = app({"pkg/__pycache__/setup.pyc": "x", "pkg/.git/index": "x"})
    (tree.root / "pkg" / "loop").symlink_to(tree.root)

    assert before == local_fingerprints(tree, (PKG,))
