from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tampu.facts.environment import Environment
from tampu.facts.locks.lockfile import Incomplete, OtherPython, UnknownVersion
from tampu.facts.locks.poetry import read
from tampu.facts.locks.poetry_versions import allows
from tampu.facts.locks.table import UnreadableLock

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tampu.facts.tree import Tree

    App = Callable[[Mapping[str, str]], Tree]

NAME = "poetry.lock"
HERE = Environment(python="3.12.4", machine="x86_64")
TESTING = Environment(python="3.12.4", machine="x86_64", groups=("test", "dev"))
NEW = '[metadata]\nlock-version = "2.1"\npython-versions = ">=3.9"\n'
OLD = '[metadata]\nlock-version = "1.1"\npython-versions = "^3.9"\n'
BUILD = '[build-system]\nrequires = ["poetry-core"]\n'
LEGACY = '[tool.poetry]\nname = "app"\nversion = "1"\n[tool.poetry.dependencies]\npython = "^3.9"\n'


def package(name: str, more: str = "", version: str = "1.0") -> str:
    return f'[[package]]\nname = "{name}"\nversion = "{version}"\n{more}\n'


def grouped(name: str, more: str = "", groups: str = '"main"') -> str:
    return package(name, f"groups = [{groups}]\n{more}")


def ask(app: App, lock: str, project: str = "", target: Environment = HERE) -> list[str]:
    found = read(app({NAME: lock, "pyproject.toml": project}), target, NAME)
    return [requirement.line for requirement in found.requirements]


def test_packages_of_the_wanted_groups_that_this_machine_needs(app: App) -> None:
    lock = (
        NEW
        + grouped("six")
        + grouped("colorama", """markers = "sys_platform == 'win32'" """)
        + grouped("gunicorn", """optional = true\nmarkers = "extra == 'web'" """)
        + grouped("pytest", groups='"test"')
        + grouped(
            "tomli", """markers = {main = "python_version < '3.11'", test = "os_name == 'posix'"}""", '"main", "test"'
        )
        + grouped("mkdocs", groups='"docs"')
    )

    assert ["six==1.0"] == ask(app, lock)
    assert ["six==1.0", "pytest==1.0", "tomli==1.0"] == ask(app, lock, target=TESTING)


@pytest.mark.parametrize(
    ("more", "line"),
    [
        (
            'type = "git"\nurl = "https://git.example/x"\nresolved_reference = "abc"',
            "x @ git+https://git.example/x@abc",
        ),
        ('type = "git"\nurl = "https://git.example/x"\nreference = "v1"', "x @ git+https://git.example/x@v1"),
        ('type = "url"\nurl = "https://files.example/x.zip"', "x @ https://files.example/x.zip"),
        ('type = "file"\nurl = "wheels/x.whl"', "./wheels/x.whl"),
        ('type = "directory"\nurl = "libs/x"', "./libs/x"),
    ],
)
def test_every_kind_of_source(app: App, more: str, line: str) -> None:
    assert [line] == ask(app, NEW + grouped("x", f"[package.source]\n{more}"))


def test_a_folder_in_development_is_editable(app: App) -> None:
    source = 'develop = true\n[package.source]\ntype = "directory"\nurl = "libs/x"'

    assert ["-e ./libs/x"] == ask(app, NEW + grouped("x", source))


@pytest.mark.parametrize(
    ("project", "expected"),
    [
        (f'{BUILD}[project]\nname = "app"', ["-e ."]),
        (f'{BUILD}[tool.poetry]\nname = "app"\npackage-mode = true', ["-e ."]),
        (f'{BUILD}[tool.poetry]\nname = "app"\npackage-mode = false', []),
        ('[project]\nname = "app"', []),
    ],
)
def test_the_app_itself_is_installed_where_it_is_a_package(app: App, project: str, expected: list[str]) -> None:
    assert expected == ask(app, NEW, project)


def test_an_index_that_has_all_is_the_only_one(app: App) -> None:
    source = '[package.source]\ntype = "legacy"\nurl = "https://{}.example/simple"\nreference = "x"'
    lock = NEW + grouped("a", source.format("b")) + grouped("b", source.format("a")) + grouped("c", source.format("a"))

    assert ("--index-url=https://a.example/simple", "--extra-index-url=https://b.example/simple") == read(
        app({NAME: lock}), HERE, NAME
    ).options


def test_an_index_that_has_some_comes_beside_the_default_one(app: App) -> None:
    lock = NEW + grouped("a", '[package.source]\ntype = "legacy"\nurl = "https://a.example/simple"') + grouped("b")

    assert ("--extra-index-url=https://a.example/simple",) == read(app({NAME: lock}), HERE, NAME).options


def test_hashes_beside_the_package_or_at_the_end(app: App) -> None:
    beside = NEW + grouped("x", 'files = [{ file = "x.whl", hash = "sha256:1" }, { file = "y", hash = "md5:2" }]')
    at_the_end = OLD + '[metadata.files]\nx = [{ file = "x.whl", hash = "sha256:1" }]\n' + package("x")

    for lock in (beside, at_the_end):
        found = read(app({NAME: lock, "pyproject.toml": '[tool.poetry.dependencies]\nx = "*"'}), HERE, NAME)

        assert [("x==1.0", ("sha256:1",))] == [(item.line, item.hashes) for item in found.requirements]


FLASK = """
[package.dependencies]
werkzeug = ">=3"
asgiref = {version = ">=3", optional = true}
[package.extras]
async = ["asgiref (>=3)"]
"""
WERKZEUG = """
[package.dependencies]
flask = "*"
colorama = {version = "*", markers = "sys_platform == 'win32'"}
"""
GRAPH = (
    OLD
    + package("Flask", FLASK)
    + package("werkzeug", WERKZEUG)
    + package("asgiref")
    + package("colorama")
    + package("numpy", 'python-versions = ">=3.9"', "1.26")
    + package("numpy", 'python-versions = ">=3.11"', "2.3")
    + package("pytest")
    + package("ruff")
    + package("gunicorn", "optional = true")
)
NEEDS = """
[tool.poetry.dependencies]
python = "^3.9"
flask = {version = "^3", extras = ["async"]}
numpy = [{version = "<2", python = "<3.11"}, {version = "^2.1", python = ">=3.11"}]
gunicorn = {version = "*", optional = true}
colorama = {version = "*", platform = "win32"}
[tool.poetry.group.test.dependencies]
pytest = "*"
[tool.poetry.dev-dependencies]
ruff = "*"
"""


def test_an_older_lock_is_walked_from_what_the_app_names(app: App) -> None:
    main = ["Flask==1.0", "werkzeug==1.0", "asgiref==1.0", "numpy==2.3"]

    assert main == ask(app, GRAPH, NEEDS)
    assert [*main, "pytest==1.0", "ruff==1.0"] == ask(app, GRAPH, NEEDS, TESTING)
    assert ["numpy==1.26"] == [
        line for line in ask(app, GRAPH, NEEDS, Environment(python="3.10.1", machine="x86_64")) if "numpy" in line
    ]


def test_an_older_lock_beside_a_standard_project_table(app: App) -> None:
    project = '[project]\ndependencies = ["flask[async]>=1", "colorama; sys_platform == \'win32\'"]'

    assert ["Flask==1.0", "werkzeug==1.0", "asgiref==1.0"] == ask(app, GRAPH, project)


def test_an_older_lock_without_a_package_that_the_app_names(app: App) -> None:
    with pytest.raises(Incomplete) as caught:
        ask(app, GRAPH, '[tool.poetry.dependencies]\ngone = "*"')

    assert "no package gone in it\nExpected: one, needed by pyproject.toml" in caught.value.advice


def test_an_older_lock_beside_a_dependency_that_can_not_be_read(app: App) -> None:
    with pytest.raises(UnreadableLock, match=r"pyproject\.toml"):
        ask(app, GRAPH, '[project]\ndependencies = ["a b"]')


@pytest.mark.parametrize(
    ("constraint", "version", "expected"),
    [
        ("*", "1.0", True),
        ("", "1.0", True),
        ("^1.2", "1.9", True),
        ("^1.2", "2.0", False),
        ("^0.2.3", "0.3", False),
        ("^0.0.3", "0.0.3", True),
        ("^0.0.3", "0.0.4", False),
        ("^0", "0.9", True),
        ("^0", "1.0", False),
        ("~1.2.3", "1.2.9", True),
        ("~1.2", "1.3", False),
        ("~1", "1.9", True),
        ("~1", "2.0", False),
        ("~=1.2", "1.9", True),
        ("1.2", "1.2", True),
        ("= 1.2", "1.3", False),
        ("==1.2.*", "1.2.7", True),
        (">=1, <2 || >=3", "3.1", True),
        (">= 1 <2", "2.5", False),
        ("whatever", "1.0", True),
    ],
)
def test_poetrys_own_words_for_versions(constraint: str, version: str, *, expected: bool) -> None:
    assert expected == allows(constraint, version)


@pytest.mark.parametrize(
    ("project", "noted"),
    [
        (LEGACY, "c595a0588c25d58f3e3834ad7169126836d262b925fe6ca9b5d540dcf301d254"),
        (
            f"{LEGACY}[tool.poetry.group.docs.dependencies]\n",
            "3fdbe0b30e097b528b31363a6fbda6b39747781583be6bcba09e6697de401cbe",
        ),
        (
            '[project]\nname = "app"\nrequires-python = ">=3.9"\n[tool.poetry]\npackage-mode = false\n',
            "356ea28cc0a224833d10ed4e84359208ee6800e346fb0b9d2f6e4702658123d1",
        ),
        (
            '[project]\nname = "app"\nrequires-python = ">=3.9"\n[dependency-groups]\ndocs = []\n',
            "a6b727fb769c1eb628c8ea94ce4905eee56396fb7e4748ea5d866c45fa95e378",
        ),
    ],
)
def test_a_lock_of_this_pyproject_as_versions_of_poetry_note_it(app: App, project: str, noted: str) -> None:
    lock = f'{NEW}content-hash = "{noted}"\n'

    assert () == read(app({NAME: lock, "pyproject.toml": project}), HERE, NAME).notices
    assert ["lock::outdated"] == [
        notice.name for notice in read(app({"pyproject.toml": LEGACY + 'x = "*"'}), HERE, NAME).notices
    ]


@pytest.mark.parametrize(
    ("lock", "error"),
    [
        ("", UnknownVersion),
        ('[metadata]\nlock-version = "3.0"', UnknownVersion),
        ('[metadata]\nlock-version = "2.1"\npython-versions = "~3.11"', OtherPython),
        (NEW + "[[package]]\ngroups = 1", UnreadableLock),
    ],
)
def test_a_lock_that_can_not_be_followed(app: App, lock: str, error: type[Exception]) -> None:
    with pytest.raises(error, match=NAME):
        ask(app, lock)
