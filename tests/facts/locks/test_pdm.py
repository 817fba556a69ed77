from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tampu.facts.environment import Environment
from tampu.facts.locks.lockfile import OtherPython, UnknownVersion
from tampu.facts.locks.pdm import read

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tampu.facts.tree import Tree

    App = Callable[[Mapping[str, str]], Tree]

NAME = "pdm.lock"
HERE = Environment(python="3.12.4", machine="x86_64")
HEAD = '[metadata]\nstrategy = ["inherit_metadata"]\nlock_version = "4.5.0"\n'
APP = '[project]\nname = "App"\nrequires-python = ">=3.10"\n'
NO_PACKAGE = f"{APP}[tool.pdm]\ndistribution = false\n"
# What pdm 2.20 notes for GROUPED.
NOTED = 'content_hash = "sha256:{}"\n'
GROUPED = """
[project]
name = "app"
requires-python = ">=3.10"
dependencies = ["six"]
[dependency-groups]
Dev = ["iniconfig"]
[tool.pdm]
distribution = false
[tool.pdm.dev-dependencies]
test = ["toml"]
"""


def package(name: str, more: str = "", groups: str = '"default"') -> str:
    return f'[[package]]\nname = "{name}"\nversion = "1.0"\ngroups = [{groups}]\n{more}\n'


def ask(app: App, lock: str, project: str = NO_PACKAGE, target: Environment = HERE) -> list[str]:
    return [item.line for item in read(app({NAME: HEAD + lock, "pyproject.toml": project}), target, NAME).requirements]


def test_packages_of_the_wanted_groups_that_this_machine_needs(app: App) -> None:
    lock = (
        package("six")
        + package("colorama", """marker = "sys_platform == 'win32'" """)
        + package("pytest", groups='"dev", "test"')
        + package("flask")
        + package("flask", 'extras = ["async"]')
    )

    assert ["six==1.0", "flask==1.0"] == ask(app, lock)
    assert ["six==1.0", "pytest==1.0", "flask==1.0"] == ask(
        app, lock, target=Environment(python="3.12.4", machine="x86_64", groups=("test",))
    )


@pytest.mark.parametrize(
    ("source", "line"),
    [
        ('git = "https://git.example/x"\nrevision = "abc"\nref = "v1"', "x @ git+https://git.example/x@abc"),
        (
            'git = "https://git.example/x"\nref = "v1"\nsubdirectory = "y"',
            "x @ git+https://git.example/x@v1#subdirectory=y",
        ),
        ('url = "https://files.example/x.zip"', "x @ https://files.example/x.zip"),
        ('path = "./libs/x"', "./libs/x"),
        ('path = "./libs/x"\neditable = true', "-e ./libs/x"),
        ('path = "./x.whl"\nfiles = [{ file = "x.whl", hash = "sha256:1" }]', "./x.whl"),
    ],
)
def test_every_kind_of_source(app: App, source: str, line: str) -> None:
    assert [line] == ask(app, package("x", source))


@pytest.mark.parametrize(
    ("project", "expected"),
    [
        (APP, ["-e ."]),
        (f"{APP}[tool.pdm]\ndistribution = true\n", ["-e ."]),
        (f'{APP}[tool.pdm]\npackage-type = "library"\n', ["-e ."]),
        (f'{APP}[tool.pdm]\npackage-type = "application"\n', []),
        (NO_PACKAGE, []),
        ("", []),
    ],
)
def test_the_app_itself_is_installed_unless_it_says_not_to(app: App, project: str, expected: list[str]) -> None:
    assert expected == ask(app, "", project)


def test_hashes_and_sources(app: App) -> None:
    sources = """
        [[tool.pdm.source]]
        name = "pypi"
        url = "https://a.example/simple"
        [[tool.pdm.source]]
        name = "more"
        url = "https://${USER}@b.example/simple"
        [[tool.pdm.source]]
        type = "find_links"
        url = "wheels"
        [[tool.pdm.source]]
        type = "find_links"
        url = "https://files.example/"
        """
    lock = HEAD + package("x", 'files = [{ file = "x.whl", hash = "sha256:1" }, { file = "y" }]')

    found = read(app({NAME: lock, "pyproject.toml": NO_PACKAGE + sources}), HERE, NAME)

    assert ("sha256:1",) == found.requirements[0].hashes
    assert (
        "--index-url=https://a.example/simple",
        "--extra-index-url=https://${USER}@b.example/simple",
        "--find-links=./wheels",
        "--find-links=https://files.example/",
    ) == found.options


def test_a_lock_of_another_pyproject_is_noticed(app: App) -> None:
    tree = app({NAME: HEAD + NOTED.format("0" * 64), "pyproject.toml": GROUPED})

    notices = read(tree, HERE, NAME).notices

    assert ["lock::outdated"] == [notice.name for notice in notices]
    assert "pdm lock --update-reuse" in notices[0].text


def test_a_lock_of_this_pyproject_is_not(app: App) -> None:
    tree = app(
        {
            NAME: HEAD + NOTED.format("a517b536543f6dfbce21ce0018640e40b42f85d47080ce98ee2f2b390ef159ad"),
            "pyproject.toml": GROUPED,
        }
    )

    assert () == read(tree, HERE, NAME).notices


@pytest.mark.parametrize(
    "metadata",
    [
        "",
        '[metadata]\nlock_version = "3.1"\nstrategy = ["inherit_metadata"]',
        '[metadata]\nlock_version = "4.4"\nstrategy = ["cross_platform"]',
    ],
)
def test_a_lock_that_does_not_say_who_needs_what(app: App, metadata: str) -> None:
    with pytest.raises(UnknownVersion) as caught:
        read(app({NAME: metadata}), HERE, NAME)

    assert "pdm lock --update-reuse --strategy inherit_metadata" in caught.value.advice


def test_a_lock_for_another_python(app: App) -> None:
    with pytest.raises(OtherPython):
        ask(app, "", '[project]\nrequires-python = ">=3.13"')
