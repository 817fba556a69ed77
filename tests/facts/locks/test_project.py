from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tampu.facts.environment import Environment
from tampu.facts.locks.project import BadDependency, is_project, read
from tampu.facts.requirements import LocalProject

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tampu.facts.tree import Tree

    App = Callable[[Mapping[str, str]], Tree]

NAME = "pyproject.toml"
HERE = Environment(python="3.12.4", machine="x86_64")
TESTING = Environment(python="3.12.4", machine="x86_64", groups=("test", "dev"))
BUILD = '[build-system]\nrequires = ["setuptools"]\n'
PROJECT = """
[project]
name = "My_App"
dependencies = ["flask>=3", "x @ git+https://git.example/x"]
[project.optional-dependencies]
test = ["pytest"]
[dependency-groups]
dev = ["ruff", {include-group = "types"}]
types = ["mypy"]
"""


def lines(tree: Tree, target: Environment = HERE, name: str = NAME) -> list[str]:
    return [requirement.line for requirement in read(tree, target, name).requirements]


def test_an_app_that_is_built_is_installed_where_it_stands(app: App) -> None:
    found = read(app({NAME: BUILD + PROJECT}), HERE, NAME)

    assert ["-e ."] == [requirement.line for requirement in found.requirements]
    assert "my-app" == found.requirements[0].name
    assert (LocalProject(path=".", editable=True),) == found.local
    assert not found.complete


def test_setup_py_alone_too(app: App) -> None:
    found = read(app({"setup.py": ""}), HERE, "setup.py")

    assert [("-e .", None, "setup.py")] == [(item.line, item.name, item.origin) for item in found.requirements]


def test_without_a_build_system_only_its_dependencies_are_installed(app: App) -> None:
    tree = app({NAME: PROJECT})

    assert ["flask>=3", "x @ git+https://git.example/x"] == lines(tree)
    assert ["flask>=3", "x @ git+https://git.example/x", "pytest", "ruff", "mypy"] == lines(tree, TESTING)
    assert {NAME} == read(tree, HERE, NAME).sources.keys()


def test_dependencies_that_only_a_build_knows_need_the_build(app: App) -> None:
    assert ["-e ."] == lines(app({NAME: '[project]\nname = "app"\ndynamic = ["dependencies"]'}))


def test_extras_and_groups_for_tests(app: App) -> None:
    assert ["-e .[test]", "ruff", "mypy"] == lines(app({NAME: BUILD + PROJECT}), TESTING)


@pytest.mark.parametrize(
    ("text", "expected"), [("", False), ("[tool.ruff]", False), (BUILD, True), ("[project]", True)]
)
def test_settings_of_tools_are_no_project(app: App, text: str, *, expected: bool) -> None:
    assert expected == is_project(app({NAME: text}))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('[project]\ndependencies = ["flask=3"]', "flask=3"),
        ("[project]\n[dependency-groups]\ndev = [1]", "1"),
        ('[project]\n[dependency-groups]\ndev = "ruff="', "ruff="),
        ("[project]\n[dependency-groups]\ndev = [{include-group = 1}]", "include-group"),
        ('[project]\n[dependency-groups]\ndev = [{include-group = "gone"}]', "None"),
        ('[project]\n[dependency-groups]\ndev = [{include-group = "dev"}]', "include-group = dev"),
    ],
)
def test_a_dependency_that_is_none_is_told(app: App, text: str, found: str) -> None:
    with pytest.raises(BadDependency) as caught:
        lines(app({NAME: text}), TESTING)

    assert found in caught.value.advice
