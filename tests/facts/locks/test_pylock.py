from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tampu.facts.environment import Environment
from tampu.facts.locks.lockfile import OtherEnvironment, OtherPython, UnknownVersion
from tampu.facts.locks.pylock import read
from tampu.facts.locks.table import UnreadableLock

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tampu.facts.tree import Tree

    App = Callable[[Mapping[str, str]], Tree]

NAME = "pylock.toml"
HERE = Environment(python="3.12.4", machine="x86_64")
HEAD = 'lock-version = "1.0"\ncreated-by = "hand"\n'


def package(name: str, more: str) -> str:
    return f'[[packages]]\nname = "{name}"\n{more}\n'


def test_packages_of_an_index_with_every_hash(app: App) -> None:
    files = """version = "3.1"
        index = "https://index.example/simple"
        sdist = { url = "https://files.example/x", hashes = { sha256 = "1" } }
        wheels = [{ url = "https://files.example/y", hashes = { sha512 = "2", md5 = "3" } }]"""
    other = 'version = "1.0"\nindex = "https://more.example/simple"'
    tree = app({NAME: HEAD + package("b", other) + package("Flask", files) + package("c", files)})

    found = read(tree, HERE, NAME)

    assert found.complete
    assert [("b==1.0", ()), ("Flask==3.1", ("sha256:1", "sha512:2")), ("c==3.1", ("sha256:1", "sha512:2"))] == [
        (requirement.line, requirement.hashes) for requirement in found.requirements
    ]
    assert (
        "--index-url=https://index.example/simple",
        "--extra-index-url=https://more.example/simple",
    ) == found.options


def test_files_that_come_with_the_app(app: App) -> None:
    files = 'version = "1"\nwheels = [{ path = "wheels/x.whl", hashes = { sha256 = "1" } }, { path = "x.whl" }]'

    found = read(app({NAME: HEAD + package("x", files)}), HERE, NAME)

    assert ["x==1"] == [requirement.line for requirement in found.requirements]
    assert ("--find-links=./wheels", "--find-links=.") == found.options


@pytest.mark.parametrize(
    ("source", "line", "hashes"),
    [
        (
            'vcs = { type = "git", url = "https://git.example/x", commit-id = "abc" }',
            "x @ git+https://git.example/x@abc",
            (),
        ),
        (
            'vcs = { type = "git", url = "git@git.example:a/x.git", commit-id = "abc", subdirectory = "y" }',
            "x @ git+ssh://git@git.example/a/x.git@abc#subdirectory=y",
            (),
        ),
        ('directory = { path = "libs", subdirectory = "x" }', "./libs/x", ()),
        ('directory = { path = "libs/x", editable = true }', "-e ./libs/x", ()),
        ('directory = { path = "." , editable = true }', "-e .", ()),
        (
            'archive = { url = "https://files.example/x.zip", hashes = { sha256 = "1" }, subdirectory = "y" }',
            "x @ https://files.example/x.zip#subdirectory=y",
            ("sha256:1",),
        ),
        ('archive = { path = "x.zip", hashes = { sha256 = "1" } }', "./x.zip", ("sha256:1",)),
    ],
)
def test_every_kind_of_source(app: App, source: str, line: str, hashes: tuple[str, ...]) -> None:
    found = read(app({NAME: HEAD + package("x", source)}), HERE, NAME)

    assert [(line, hashes)] == [(requirement.line, requirement.hashes) for requirement in found.requirements]


def test_markers_and_groups_choose(app: App) -> None:
    lock = (
        'lock-version = "1.1"\ndefault-groups = ["web"]\n'
        + package("a", """version = "1"\nmarker = "'web' in dependency_groups" """)
        + package("b", """version = "1"\nmarker = "'test' in dependency_groups or 'all' in extras" """)
        + package("c", """version = "1"\nmarker = "sys_platform == 'win32'" """)
        + package("d", """version = "1"\nmarker = "python_version > '3'" """)
    )
    testing = Environment(python="3.12.4", machine="x86_64", groups=("test",))

    assert ["a==1", "d==1"] == [item.line for item in read(app({NAME: lock}), HERE, NAME).requirements]
    assert ["a==1", "b==1", "d==1"] == [item.line for item in read(app({NAME: lock}), testing, NAME).requirements]


def test_one_of_the_environments_is_enough(app: App) -> None:
    lock = HEAD + """environments = ["sys_platform == 'win32'", "sys_platform == 'linux'"]"""

    assert () == read(app({NAME: lock}), HERE, NAME).requirements


@pytest.mark.parametrize(
    ("lock", "error"),
    [
        ("", UnknownVersion),
        ('lock-version = "2.0"', UnknownVersion),
        (HEAD + 'requires-python = "<3.12"', OtherPython),
        (HEAD + package("x", 'version = "1"\nrequires-python = ">=3.13"'), OtherPython),
        (HEAD + """environments = ["sys_platform == 'win32'"]""", OtherEnvironment),
        (HEAD + package("x", ""), UnreadableLock),
        (HEAD + package("x", 'vcs = { type = "hg", url = "https://hg.example/x" }'), UnreadableLock),
        (HEAD + package("x", 'vcs = { type = "git", path = "x" }'), UnreadableLock),
        (HEAD + package("x", 'directory = { path = ".", editable = "yes" }'), UnreadableLock),
    ],
)
def test_a_lock_that_can_not_be_followed(app: App, lock: str, error: type[Exception]) -> None:
    with pytest.raises(error, match=NAME):
        read(app({NAME: lock}), HERE, NAME)
