from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tampu.facts.environment import Environment
from tampu.facts.locks.lockfile import Incomplete, MergeConflict, OtherPython, UnknownVersion
from tampu.facts.locks.table import UnreadableLock
from tampu.facts.locks.uv import read
from tampu.facts.toml import BadToml

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tampu.facts.requirements import Packages
    from tampu.facts.tree import Tree

    App = Callable[[Mapping[str, str]], Tree]

NAME = "uv.lock"
HERE = Environment(python="3.12.4", machine="x86_64")
TESTING = Environment(python="3.12.4", machine="x86_64", groups=("test",))
HEAD = 'version = 1\nrevision = 3\nrequires-python = ">=3.10"\n'
REGISTRY = 'source = { registry = "https://index.example/simple" }'


def package(name: str, version: str = "1.0", source: str = REGISTRY, more: str = "") -> str:
    return f'[[package]]\nname = "{name}"\nversion = "{version}"\n{source}\n{more}\n'


def root(dependencies: str, kind: str = "editable", more: str = "") -> str:
    return package("app", "0.1", f'source = {{ {kind} = "." }}', f"dependencies = [{dependencies}]\n{more}")


def lines(packages: Packages) -> list[str]:
    return [requirement.line for requirement in packages.requirements]


@pytest.fixture
def ask(app: App) -> Callable[..., list[str]]:
    def answer(lock: str, target: Environment = HERE) -> list[str]:
        return lines(read(app({NAME: HEAD + lock}), target, NAME))

    return answer


def test_the_app_and_all_that_it_needs_with_every_hash(app: App) -> None:
    files = 'sdist = { url = "x", hash = "sha256:1" }\nwheels = [{ url = "y", hash = "sha256:2" }, {}]'
    lock = HEAD + root('{ name = "flask" }') + package("Flask", more="") + package("flask", "3.1", more=files)

    found = read(app({NAME: lock}), HERE, NAME)

    assert found.complete
    assert ("uv", "uv.lock is present") == (found.manager, found.because)
    assert [("-e .", "app", ()), ("flask==3.1", "flask", ("sha256:1", "sha256:2"))] == [
        (requirement.line, requirement.name, requirement.hashes) for requirement in found.requirements
    ]
    assert {NAME} == found.sources.keys()
    assert () == found.options


def test_an_app_that_is_no_package_is_not_installed(ask: Callable[..., list[str]]) -> None:
    assert ["six==1.0"] == ask(root('{ name = "six" }', "virtual") + package("six"))


def test_what_only_other_machines_need_is_left_out(ask: Callable[..., list[str]]) -> None:
    needs = (
        """{ name = "colorama", marker = "sys_platform == 'win32'" }, { name = "six", marker = "os_name == 'posix'" }"""
    )

    assert ["-e .", "six==1.0"] == ask(root(needs) + package("colorama") + package("six"))


def test_of_several_versions_the_one_for_this_python(ask: Callable[..., list[str]]) -> None:
    source = 'source = { registry = "https://index.example/simple" }'
    needs = (
        f"""{{ name = "numpy", version = "1.0", {source}, marker = "python_full_version < '3.11'" }},"""
        f"""{{ name = "numpy", version = "2.0", {source}, marker = "python_full_version >= '3.11'" }}"""
    )

    assert ["-e .", "numpy==2.0"] == ask(root(needs) + package("numpy", "1.0") + package("numpy", "2.0"))


def test_extras_bring_what_they_name_also_in_a_circle(ask: Callable[..., list[str]]) -> None:
    extras = '[package.optional-dependencies]\nasync = [{ name = "asgiref" }]\ndocs = [{ name = "sphinx" }]'
    flask = package("flask", more=f'dependencies = [{{ name = "app", extra = ["more"] }}]\n{extras}')
    own = '[package.optional-dependencies]\nmore = [{ name = "six" }]\nweb = [{ name = "sphinx" }]'
    lock = root('{ name = "flask", extra = ["async"] }', more=own) + package("asgiref") + flask + package("six")

    assert ["-e .", "asgiref==1.0", "flask==1.0", "six==1.0"] == ask(lock + package("sphinx"))


def test_groups_and_extras_of_the_app_that_are_wanted(ask: Callable[..., list[str]]) -> None:
    own = """
        [package.optional-dependencies]
        test = [{ name = "webtest" }]
        [package.dev-dependencies]
        test = [{ name = "pytest" }]"""
    lock = root("", more=own) + package("pytest") + package("webtest")

    assert ["-e .", "pytest==1.0", "webtest==1.0"] == ask(lock, TESTING)
    assert ["-e ."] == ask(lock)


def test_a_workspace_that_is_no_app_itself_means_all_its_members(ask: Callable[..., list[str]]) -> None:
    lock = (
        '[manifest]\nmembers = ["a", "b"]\n[manifest.dependency-groups]\ntest = [{ name = "pytest" }]\n'
        + package("a", source='source = { editable = "libs/a" }', more='dependencies = [{ name = "b" }]')
        + package("b", source='source = { virtual = "b" }', more='dependencies = [{ name = "six" }]')
        + package("pytest")
        + package("six")
    )

    assert ["-e ./libs/a", "six==1.0"] == ask(lock)
    assert ["-e ./libs/a", "pytest==1.0", "six==1.0"] == ask(lock, TESTING)


@pytest.mark.parametrize(
    ("source", "line"),
    [
        ('{ git = "https://git.example/x?tag=v1#abc" }', "x @ git+https://git.example/x@abc"),
        (
            '{ git = "ssh://git@git.example/x?subdirectory=a%2Fb&rev=main#abc" }',
            "x @ git+ssh://git@git.example/x@abc#subdirectory=a/b",
        ),
        ('{ url = "https://files.example/x.zip" }', "x @ https://files.example/x.zip"),
        (
            '{ url = "https://files.example/x.zip", subdirectory = "y" }',
            "x @ https://files.example/x.zip#subdirectory=y",
        ),
        ('{ path = "wheels/x.whl" }', "./wheels/x.whl"),
        ('{ directory = "libs/x" }', "./libs/x"),
        ('{ editable = "libs/x" }', "-e ./libs/x"),
    ],
)
def test_every_kind_of_source(ask: Callable[..., list[str]], source: str, line: str) -> None:
    assert [line] == ask(root('{ name = "x" }', "virtual") + package("x", source=f"source = {source}"))


def test_indexes_are_those_of_the_app_and_never_the_default_one(app: App) -> None:
    settings = """
        [tool.uv]
        find-links = ["more", "https://files.example/"]
        no-index = true
        extra-index-url = ["https://c.example/simple"]
        index-url = "https://d.example/simple"
        [[tool.uv.index]]
        url = "https://a.example/simple"
        default = true
        [[tool.uv.index]]
        url = "https://b.example/simple"
        [[tool.uv.index]]
        url = "flat"
        format = "flat"
        """
    flat = package("x", source='source = { registry = "wheels" }')
    tree = app({NAME: HEAD + root('{ name = "x" }') + flat, "pyproject.toml": settings})

    assert (
        "--index-url=https://a.example/simple",
        "--extra-index-url=https://b.example/simple",
        "--find-links=./flat",
        "--index-url=https://d.example/simple",
        "--extra-index-url=https://c.example/simple",
        "--find-links=./more",
        "--find-links=https://files.example/",
        "--find-links=./wheels",
        "--no-index",
    ) == read(tree, HERE, NAME).options


def test_uv_toml_wins_over_pyproject_toml(app: App) -> None:
    tree = app(
        {
            NAME: HEAD,
            "uv.toml": 'index-url = "https://a.example/simple"',
            "pyproject.toml": '[tool.uv]\nindex-url = "https://b.example/simple"',
        }
    )

    assert ("--index-url=https://a.example/simple",) == read(tree, HERE, NAME).options


@pytest.mark.parametrize(
    ("lock", "error"),
    [
        ("version = 2", UnknownVersion),
        ("", UnknownVersion),
        ('version = 1\nrequires-python = ">=3.13"', OtherPython),
        ("<<<<<<< HEAD\nversion = 1\n=======\n", MergeConflict),
        ("version = 1\n[[package", BadToml),
        (HEAD + root('{ name = "gone" }'), Incomplete),
        (HEAD + root('{ name = "x", version = "2.0" }') + package("x"), Incomplete),
        (HEAD + root('{ name = "x" }') + package("x", source="source = { tape = 1 }"), UnreadableLock),
        (HEAD + root('{ name = "x" }') + package("x", source="source = { registry = 1 }"), UnreadableLock),
        (HEAD + "package = 1", UnreadableLock),
        (HEAD + '[[package]]\nname = "app"\nsource = "here"', UnreadableLock),
        (HEAD + "manifest = { members = [1] }", UnreadableLock),
        ('version = 1\n[tool]\n"requires-python" = 1\n[[package]]\nname = 3', UnreadableLock),
    ],
)
def test_a_lock_that_can_not_be_followed(app: App, lock: str, error: type[Exception]) -> None:
    with pytest.raises(error, match=NAME):
        read(app({NAME: lock}), HERE, NAME)


def test_a_script_s_lock_lists_what_it_asks_for(ask: Callable[..., list[str]]) -> None:
    asked = (
        '[manifest]\nrequirements = [\n{ name = "flask", extras = ["async"], specifier = ">=3" },\n'
        '{ name = "colorama", marker = "sys_platform == \'win32\'" },\n]\n'
    )
    extra = 'dependencies = [{ name = "click" }]\n[package.optional-dependencies]\nasync = [{ name = "asgiref" }]\n'
    others = package("colorama") + package("flask", "3.1", more=extra) + package("click") + package("asgiref", "3.9")

    assert ["flask==3.1", "click==1.0", "asgiref==3.9"] == ask(asked + others)
