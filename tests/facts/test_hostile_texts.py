"""What an app's files may say so that something else would be read behind our back: each is refused in words."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tampu.errors import TampuError
from tampu.facts.documents import BadJson, BadYaml, read_json, read_yaml
from tampu.facts.dotcloud import service
from tampu.facts.dotcloud_file import NotPython, UnknownService
from tampu.facts.dotcloud_values import BadValue
from tampu.facts.environment import Environment
from tampu.facts.locks.pip import BadLines
from tampu.facts.locks.places import inside
from tampu.facts.locks.table import UnreadableLock
from tampu.facts.packages import packages
from tampu.facts.toml import BadToml, read_toml
from tampu.facts.tree import OutsideTheApp, Tree, UnreadableText
from tests.kit.foreign import WIDEST_LINE, faults

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    App = Callable[[Mapping[str, str]], Tree]

HERE = Environment(python="3.12.4", machine="x86_64")
META = {"pipfile-spec": 6}
MORE = "x\n--index-url=https://evil.example"


def refused(app: Tree, **more: str) -> TampuError:
    with pytest.raises(TampuError) as caught:
        packages(app, HERE, None, **more)
    assert [] == faults(caught.value, WIDEST_LINE)
    return caught.value


@pytest.mark.parametrize("text", [r'{"a": ["\ud800"]}', r'{"\u0000": 1}', r'{"a": {"b": "\udfff"}}'])
def test_json_with_what_no_file_can_hold(text: str) -> None:
    with pytest.raises(BadJson, match="JSON"):
        read_json(text, "x.json")


@pytest.mark.parametrize("text", [r'a: "\0"', r'a: [{b: "x\0"}]', '"\\0": a', 'a: &a [*a, "\\0"]'])
def test_yaml_with_what_no_file_can_hold(text: str) -> None:
    with pytest.raises(BadYaml, match="YAML"):
        read_yaml(text, "x.yml")


def test_yaml_that_holds_itself() -> None:
    found = read_yaml("a: &a [*a, b]", "x.yml")["a"]

    assert isinstance(found, list)
    assert found[0] is found


def test_toml_with_a_zero_byte() -> None:
    with pytest.raises(BadToml, match="TOML"):
        read_toml(r'a = ["x\u0000"]', "x.toml")


@pytest.mark.parametrize(
    "entry",
    [
        {"version": f"==1.0{MORE[1:]}"},
        {"version": "==1.0 --pre"},
        {"version": "==1.0\\"},
        {"git": "https://host/x --pre", "ref": "1"},
        {"file": "https://host/x y"},
        {"path": "./lib --pre"},
        {"path": "./lib\\"},
        {"path": "./lib --pre", "editable": True},
        {"version": "==1.0", "hashes": ["sha256:0 --pre"]},
        {"version": "==1.0", "hashes": [MORE]},
    ],
)
def test_an_entry_of_a_lock_that_says_more_than_it_may(app: App, entry: dict[str, object]) -> None:
    lock = {"_meta": META, "default": {"x": entry}}

    assert isinstance(refused(app({"Pipfile.lock": json.dumps(lock)})), UnreadableLock)


@pytest.mark.parametrize("name", ["--index-url=x", "x\\", "a b", "", MORE])
def test_a_name_in_a_lock_that_is_none(app: App, name: str) -> None:
    lock = {"_meta": META, "default": {name: {"version": "==1.0"}}}

    assert isinstance(refused(app({"Pipfile.lock": json.dumps(lock)})), UnreadableLock)


@pytest.mark.parametrize("url", ["https://host/x --pre", "https://[::1", "https://host/'x"])
def test_an_index_that_is_no_address(app: App, url: str) -> None:
    sources = [{"name": "own", "url": url, "verify_ssl": False}]
    text = json.dumps({"_meta": {**META, "sources": sources}, "default": {}})

    assert isinstance(refused(app({"Pipfile.lock": text})), UnreadableLock)


def test_an_address_of_wheels_of_uv(app: App) -> None:
    settings = '[[tool.uv.index]]\nurl = "https://host/flat"\nformat = "flat"\n'
    found = packages(app({"uv.lock": "version = 1\n", "pyproject.toml": settings}), HERE, None)

    assert ("--find-links=https://host/flat",) == found.options


def test_an_address_of_wheels_of_pdm(app: App) -> None:
    source = '[[tool.pdm.source]]\ntype = "find_links"\nurl = "https://host/flat"\n'
    metadata = '[metadata]\nlock_version = "4.5"\nstrategy = ["inherit_metadata"]\n'
    found = packages(app({"pdm.lock": metadata, "pyproject.toml": source}), HERE, None)

    assert ("--find-links=https://host/flat",) == found.options


@pytest.mark.parametrize(
    "line",
    [
        "https://host/x\\ # remark",
        "./lib\\ # remark",
        "--index-url 'https://host/a b'",
        "--trusted-host 'a\\b'",
        f"x ; {'(' * 3000}",
        "x @ https://host/x -e y",
    ],
)
def test_a_line_that_would_become_another(app: App, line: str) -> None:
    assert isinstance(refused(app({"requirements.txt": f"{line}\nsix\n"})), BadLines)


@pytest.mark.parametrize(
    "text", [f"https://host/{MORE}", "https://host/x --pre", "./lib\\\n--pre", "https://host/x\\", "./lib\\ "]
)
def test_a_dependency_that_would_be_several(app: App, text: str) -> None:
    document = f"[project]\nname = 'x'\n[dependency-groups]\ndev = [{json.dumps(text)}]\n"
    target = Environment(python="3.12.4", machine="x86_64", groups=("dev",))
    with pytest.raises(TampuError, match="dependency that can't be read"):
        packages(app({"pyproject.toml": document}), target, None)


def test_a_dependency_with_blanks_around_it_is_one(app: App) -> None:
    document = "[project]\nname = 'x'\ndependencies = [' V ']\n"

    assert ["V"] == [each.line for each in packages(app({"pyproject.toml": document}), HERE, None).requirements]


def test_a_repository_whose_address_is_none_is_told_by_who_fetches_it(app: App) -> None:
    source = "{ git = 'https://[::1?subdirectory=lib#0123' }"
    package = f"[[package]]\nname = 'y'\nversion = '1'\nsource = {source}\n"
    root = "[[package]]\nname = 'x'\nsource = { virtual = '.' }\ndependencies = [{ name = 'y' }]\n"
    files = {"uv.lock": f"version = 1\n{root}{package}", "pyproject.toml": "[project]\nname = 'x'\n"}

    (found,) = packages(app(files), HERE, None).requirements
    assert "y @ git+https://[::1@0123#subdirectory=lib" == found.line


def test_a_path_outside_in_a_list_of_many_lines(app: App) -> None:
    many = "\n" * (10**6)

    assert isinstance(refused(app({"requirements.txt": f"{many}../x\n"})), OutsideTheApp)


@pytest.mark.parametrize("path", ["é" * 200, "a/" * 600, "\ud800", "a\0b"])
def test_a_path_that_no_disk_has(path: str) -> None:
    with pytest.raises(OutsideTheApp) as caught:
        inside(path, "requirements.txt")
    assert [] == faults(caught.value, WIDEST_LINE)


def test_a_file_that_is_no_text_and_has_a_long_name(tmp_path: Path) -> None:
    (tmp_path / ("x" * 200)).write_bytes(b"\xff")

    with pytest.raises(UnreadableText) as caught:
        Tree(tmp_path).read("x" * 200)
    assert [] == faults(caught.value, WIDEST_LINE)


def of_dotcloud(app: App, text: str, wanted: str = "") -> TampuError:
    with pytest.raises(TampuError) as caught:
        service(app({"dotcloud.yml": text}), wanted)
    assert [] == faults(caught.value, WIDEST_LINE)
    return caught.value


def test_names_of_services_that_a_terminal_would_obey(app: App) -> None:
    many = "".join(f'"{number}\\e[2J{"é" * 90}": {{type: ruby}}\n' for number in range(30))

    assert "and 20 more" in of_dotcloud(app, many).advice
    assert isinstance(of_dotcloud(app, many), NotPython)
    assert isinstance(of_dotcloud(app, "www: {type: python}", "\x1b[2J" * 40), UnknownService)


def test_more_mistakes_than_anybody_reads(app: App) -> None:
    keys = "".join(f"    {number}: x\n" for number in range(30))
    found = of_dotcloud(app, f"www:\n  type: python\n  environment:\n{keys}")

    assert isinstance(found, BadValue)
    assert "and 20 more" in found.advice


def test_keys_that_are_no_texts_are_told_or_become_some(app: App) -> None:
    found = service(app({"dotcloud.yml": "www: {type: python, processes: {!!int 5: python x.py}}"}))

    assert {"5": "python x.py"} == (found and found.processes)
