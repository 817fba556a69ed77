from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tampu.facts.app import survey
from tampu.facts.approot import NoSuchApproot, asked_approot
from tampu.facts.dotcloud import service
from tampu.facts.tree import OutsideTheApp, Tree

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Lay = Callable[[Mapping[str, str]], Tree]

DOTCLOUD = "www:\n  type: python\n  approot: web\n"


@pytest.fixture
def tree(app: Lay) -> Tree:
    return app({"web/inner/app.py": "", "runtime.txt": "python-3.12\n"})


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [("", ""), ("web", "web"), ("./web/", "web"), ("web//inner", "web/inner"), ("web/inner/..", "web"), (".", ".")],
)
def test_a_folder_of_the_app(tree: Tree, wanted: str, expected: str) -> None:
    assert expected == asked_approot(tree, wanted)


@pytest.mark.parametrize("wanted", ["..", "/etc", "web/../..", "~", "out", "a\0b", "x" * 256])
def test_a_place_outside_the_app(tree: Tree, wanted: str) -> None:
    (tree.root / "out").symlink_to("/etc")

    with pytest.raises(OutsideTheApp, match="APPROOT names a file outside the app"):
        asked_approot(tree, wanted)


@pytest.mark.parametrize("wanted", ["www", "runtime.txt", "web\n"])
def test_no_folder_at_all(tree: Tree, wanted: str) -> None:
    with pytest.raises(NoSuchApproot, match="APPROOT names no folder of the app"):
        asked_approot(tree, wanted)


def test_what_the_user_has_set_counts_more_than_dotcloud_yml(app: Lay) -> None:
    tree = app({"dotcloud.yml": DOTCLOUD, "web/app.py": "", "api/app.py": "", "api/manage.py": ""})
    found = survey(tree, service(tree, approot="api"), "api")

    assert ("api", "api", "api/manage.py") == (found.approot, found.service and found.service.approot, found.manage_py)
    assert "web" == survey(tree, service(tree)).approot


def test_without_dotcloud_yml_there_may_be_one_too(tree: Tree) -> None:
    assert ("web", ".") == (survey(tree, None, "web").approot, survey(tree, None).approot)


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"web/runtime.txt": "python-3.11\n"}, ["python-3.11"]),
        ({"web/.python-version": "3.11\n"}, ["python-3.12", "3.11"]),
        ({}, ["python-3.12"]),
    ],
)
def test_of_each_file_the_one_in_the_approot_counts(app: Lay, files: dict[str, str], expected: list[str]) -> None:
    tree = app({"runtime.txt": "python-3.12\n", "web/app.py": "", "dotcloud.yml": DOTCLOUD, **files})

    assert expected == [request.text for request in survey(tree, service(tree)).pythons]


def test_dotcloud_yml_and_procfile_are_at_the_top(app: Lay) -> None:
    tree = app({"dotcloud.yml": DOTCLOUD, "web/dotcloud.yml": "[", "web/Procfile": "web: x\n", "Procfile": "job: y\n"})

    found = survey(tree, service(tree))

    assert ({"job": "y"}, ()) == (found.processes, found.pythons)


def test_the_version_is_that_of_the_service_that_is_built(app: Lay) -> None:
    service_of = "{}: {{type: python, config: {{python_version: v{}}}}}\n".format
    tree = app({"dotcloud.yml": service_of("a", "3.11") + service_of("b", "3.12")})

    assert ["v3.12"] == [request.text for request in survey(tree, service(tree, "b")).pythons]


def test_misnamed_files_are_told_of_in_both_places_once(app: Lay) -> None:
    tree = app({"dotcloud.yml": DOTCLOUD, "web/runtimes.txt": "", "Runtime.txt": "", "web/Runtime.txt": ""})

    texts = [notice.text.partition(" ")[0] for notice in survey(tree, service(tree)).notices]

    assert ["Runtime.txt", "runtimes.txt"] == texts


def test_a_file_is_looked_for_in_the_approot_and_then_at_the_top(app: Lay) -> None:
    tree = app({"nltk.txt": "top", "web/nltk.txt": "within", "data.txt": "top"})
    found = survey(tree, None, "web")

    assert ["within", "top"] == [found.holding(name).read(name) for name in ("nltk.txt", "data.txt")]
