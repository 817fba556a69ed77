from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tampu.facts.documents import BadJson
from tampu.facts.environment import Environment
from tampu.facts.locks.lockfile import MergeConflict, UnknownVersion
from tampu.facts.locks.pipenv import read
from tampu.facts.locks.table import UnreadableLock

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tampu.facts.requirements import Packages
    from tampu.facts.tree import Tree

    App = Callable[[Mapping[str, str]], Tree]

NAME = "Pipfile.lock"
HERE = Environment(python="3.12.4", machine="x86_64")
PIPFILE = """
[[source]]
url = "https://index.example/simple"
verify_ssl = true
name = "pypi"
[packages]
[dev-packages]
[docs]
[requires]
python_version = "3.11"
"""
NOTED_OF_PIPFILE = "470db1b4e15b02b17942721307bb50cd5f3c6b2e87044271ac848ffe5a584e24"


def lock(default: Mapping[str, object], meta: Mapping[str, object] | None = None, **sections: object) -> str:
    return json.dumps({"_meta": {"pipfile-spec": 6, **(meta or {})}, "default": default, **sections})


def ask(app: App, text: str, target: Environment = HERE) -> Packages:
    return read(app({NAME: text}), target, NAME)


def lines(packages: Packages) -> list[str]:
    return [requirement.line for requirement in packages.requirements]


def test_packages_that_this_machine_needs_with_every_hash(app: App) -> None:
    found = ask(
        app,
        lock(
            {
                "six": {"version": "==1.17", "hashes": ["sha256:1", "sha256:2"], "index": "pypi"},
                "colorama": {"version": "*", "markers": "sys_platform == 'win32'"},
                "Any_Thing": {"version": "*"},
            }
        ),
    )

    assert found.complete
    assert [("Any_Thing", "any-thing", ()), ("six==1.17", "six", ("sha256:1", "sha256:2"))] == [
        (requirement.line, requirement.name, requirement.hashes) for requirement in found.requirements
    ]


@pytest.mark.parametrize(
    ("entry", "line"),
    [
        ({"git": "https://git.example/x", "ref": "abc"}, "x @ git+https://git.example/x@abc"),
        (
            {"git": "git+https://git.example/x", "ref": "abc", "subdirectory": "y", "editable": True},
            "x @ git+https://git.example/x@abc#subdirectory=y",
        ),
        ({"git": "https://git.example/x"}, "x @ git+https://git.example/x"),
        ({"path": ".", "editable": True, "extras": ["a"]}, "-e ."),
        ({"path": "./libs/x"}, "./libs/x"),
        ({"file": "https://files.example/x.zip"}, "x @ https://files.example/x.zip"),
        ({"file": "./x.whl", "hashes": ["sha256:1"]}, "./x.whl"),
        ({"url": "https://files.example/x.zip"}, "x @ https://files.example/x.zip"),
    ],
)
def test_every_kind_of_source(app: App, entry: Mapping[str, object], line: str) -> None:
    assert [line] == lines(ask(app, lock({"x": entry})))


def test_sections_for_tests_give_way_to_the_default_one(app: App) -> None:
    text = lock(
        {"six": {"version": "==1"}},
        develop={"six": {"version": "==2"}, "pytest": {"version": "==8"}},
        docs={"mkdocs": {"version": "==1"}},
    )

    assert ["pytest==8", "six==1"] == lines(
        ask(app, text, Environment(python="3.12.4", machine="x86_64", groups=("test", "dev")))
    )
    assert ["mkdocs==1", "six==1"] == lines(
        ask(app, text, Environment(python="3.12.4", machine="x86_64", groups=("docs",)))
    )


@pytest.mark.parametrize(
    ("sources", "expected"),
    [
        ([], ()),
        ([{"name": "pypi", "url": "https://a.example/simple", "verify_ssl": True}], ()),
        (
            [
                {"name": "pypi", "url": "https://a.example/simple"},
                {"name": "own", "url": "https://$USER:${PASSWORD}@b.example:8443/simple", "verify_ssl": False},
            ],
            ("--extra-index-url=https://${USER}:${PASSWORD}@b.example:8443/simple", "--trusted-host=b.example:8443"),
        ),
        (
            [{"name": "own", "url": "https://a.example/simple"}, {"name": "more", "url": "https://b.example/simple"}],
            ("--index-url=https://a.example/simple", "--extra-index-url=https://b.example/simple"),
        ),
    ],
)
def test_sources_become_options(app: App, sources: list[object], expected: tuple[str, ...]) -> None:
    assert expected == ask(app, lock({}, {"sources": sources})).options


@pytest.mark.parametrize(
    ("requires", "expected"),
    [
        ({}, []),
        ({"python_version": "3.12"}, []),
        ({"python_full_version": "3.12.4"}, []),
        ({"python_version": "*"}, []),
        ({"python_version": "3.1"}, ["lock::other-python"]),
        ({"python_version": "3.12", "python_full_version": "3.12.3"}, ["lock::other-python"]),
    ],
)
def test_a_lock_made_with_another_python_is_noticed(app: App, requires: object, expected: list[str]) -> None:
    assert expected == [notice.name for notice in ask(app, lock({}, {"requires": requires})).notices]


@pytest.mark.parametrize(
    ("pipfile", "noted", "expected"),
    [
        (PIPFILE, NOTED_OF_PIPFILE, []),
        (PIPFILE.replace("[docs]", '[docs]\nmkdocs = "*"'), NOTED_OF_PIPFILE, ["lock::outdated"]),
        (PIPFILE, "", []),
    ],
)
def test_a_lock_of_another_pipfile_is_noticed(app: App, pipfile: str, noted: str, expected: list[str]) -> None:
    tree = app({NAME: lock({}, {"hash": {"sha256": noted}}), "Pipfile": pipfile})

    assert expected == [notice.name for notice in read(tree, HERE, NAME).notices]


def test_a_lock_without_its_pipfile_is_enough(app: App) -> None:
    assert () == ask(app, lock({}, {"hash": {"sha256": NOTED_OF_PIPFILE}})).notices


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("", UnknownVersion),
        ('{"_meta": {"pipfile-spec": 7}}', UnknownVersion),
        ("{", BadJson),
        ("<<<<<<< HEAD\n{", MergeConflict),
        (lock({"x": 1}), UnreadableLock),
        (lock({"x": {"hashes": "sha256:1"}}), UnreadableLock),
    ],
)
def test_a_lock_that_can_not_be_followed(app: App, text: str, error: type[Exception]) -> None:
    with pytest.raises(error, match=NAME):
        ask(app, text)
