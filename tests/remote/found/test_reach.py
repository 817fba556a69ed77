from __future__ import annotations

from pathlib import Path

import pytest

from tampu.facts.environment import Environment
from tampu.remote.found.parse import Unparsable
from tampu.remote.found.reach import Reached, reached
from tampu.remote.found.tree import project_of
from tests.kit.builds import write_app

NOWHERE = Path("/nowhere")


def reach(place: Path, files: dict[str, str], script: str = "main.py", python: str = "3.12.1") -> Reached:
    write_app(place, files)
    target = Environment(python=python, machine="x86_64")
    start = place / script
    return reached(project_of(start, NOWHERE), [start], python, lambda marker: not marker or target.meets(marker, "x"))


def own(found: Reached) -> list[str]:
    return sorted(found.project.shown(path) for path in found.trees)


def foreign(found: Reached) -> list[str]:
    return [name for each in found.foreign for name in each.what.candidates]


def test_modules_are_followed_from_the_script(tmp_path: Path) -> None:
    found = reach(
        tmp_path,
        {
            "main.py": "import helper, os, sys\nfrom pkg import part, VALUE\nimport yaml",
            "helper.py": "import json, requests",
            "pkg/__init__.py": "from . import setup_things\nVALUE = 1",
            "pkg/setup_things.py": "from ..helper import x",
            "pkg/part.py": "from .deep.er import y",
            "pkg/deep/__init__.py": "",
            "pkg/deep/er.py": "import numpy as np",
            "pkg/unused.py": "import nobody",
            "unused.py": "import nobody",
        },
    )

    assert [
        *("helper.py", "main.py", "pkg/__init__.py", "pkg/deep/__init__.py", "pkg/deep/er.py"),
        *("pkg/part.py", "pkg/setup_things.py"),
    ] == own(found)
    assert ["numpy", "requests", "yaml"] == sorted(foreign(found))


def test_a_circle_of_imports_ends(tmp_path: Path) -> None:
    found = reach(tmp_path, {"main.py": "import a", "a.py": "import b", "b.py": "import a, main"})

    assert ["a.py", "b.py", "main.py"] == own(found)


def test_folders_without_an_init_are_packages_too(tmp_path: Path) -> None:
    found = reach(
        tmp_path, {"main.py": "from space.inner import thing\nimport space.other", "space/inner/thing.py": ""}
    )

    assert ["main.py", "space/inner/thing.py"] == own(found)
    assert ["space.other"] == foreign(found)


def test_a_folder_of_data_is_no_package(tmp_path: Path) -> None:
    found = reach(tmp_path, {"main.py": "import redis", "redis/dump.txt": ""})

    assert ["redis"] == foreign(found)


def test_submodules_are_found_by_attribute(tmp_path: Path) -> None:
    found = reach(tmp_path, {"main.py": "import pkg\npkg.sub.f()", "pkg/__init__.py": "", "pkg/sub.py": ""})

    assert ["main.py", "pkg/__init__.py", "pkg/sub.py"] == own(found)


def test_a_star_brings_what_is_listed(tmp_path: Path) -> None:
    files = {"main.py": "from pkg import *", "pkg/__init__.py": "__all__ = ['a', 'f']", "pkg/a.py": "", "pkg/b.py": ""}

    assert ["main.py", "pkg/__init__.py", "pkg/a.py"] == own(reach(tmp_path, files))


def test_a_name_that_is_made_up_brings_the_whole_package(tmp_path: Path) -> None:
    files = {
        "main.py": "import importlib\nimportlib.import_module(f'plugins.{name}')",
        "plugins/__init__.py": "",
        "plugins/one.py": "",
        "plugins/more/two.py": "",
    }

    assert ["main.py", "plugins/__init__.py", "plugins/more/two.py", "plugins/one.py"] == own(reach(tmp_path, files))


def test_the_project_is_searched_from_its_root_and_from_src(tmp_path: Path) -> None:
    found = reach(
        tmp_path,
        {
            "pyproject.toml": "",
            "scripts/run.py": "import beside, lib.thing, inner",
            "scripts/beside.py": "",
            "lib/thing.py": "",
            "src/inner/__init__.py": "",
        },
        "scripts/run.py",
    )

    assert ["lib/thing.py", "scripts/beside.py", "scripts/run.py", "src/inner/__init__.py"] == own(found)


def test_folders_that_the_script_puts_on_the_path_count(tmp_path: Path) -> None:
    text = "import os, sys\nsys.path.insert(0, os.path.join(os.path.dirname(__file__), 'vendored'))\nimport thing"

    assert ["main.py", "vendored/thing.py"] == own(reach(tmp_path, {"main.py": text, "vendored/thing.py": ""}))


def test_modules_of_the_project_come_before_those_of_python(tmp_path: Path) -> None:
    assert ["calendar.py", "main.py"] == own(reach(tmp_path, {"main.py": "import calendar", "calendar.py": ""}))


def test_a_compiled_module_travels_as_it_is(tmp_path: Path) -> None:
    found = reach(tmp_path, {"main.py": "import fast", "fast.cpython-312-x86_64-linux-gnu.so": "\x7fELF"})

    assert ["fast.cpython-312-x86_64-linux-gnu.so", "main.py"] == own(found)


@pytest.mark.parametrize(("python", "expected"), [("3.10.1", ["tomli"]), ("3.11.1", [])])
def test_the_library_is_that_of_the_target(tmp_path: Path, python: str, expected: list[str]) -> None:
    text = "try:\n    import tomllib\nexcept ImportError:\n    import tomli"
    found = reach(tmp_path, {"main.py": text}, python=python)

    assert expected == [name for name in foreign(found) if name != "tomllib"]


def test_what_is_for_other_machines_is_left_out(tmp_path: Path) -> None:
    text = 'import sys\nif sys.platform == "win32":\n    import winthing\nelse:\n    import linuxthing'

    assert ["linuxthing"] == foreign(reach(tmp_path, {"main.py": text}))


def test_the_home_of_it_all_is_no_project(tmp_path: Path) -> None:
    write_app(tmp_path, {".git/HEAD": "", "work/main.py": ""})

    assert tmp_path / "work" == project_of(tmp_path / "work" / "main.py", tmp_path).root
    assert tmp_path == project_of(tmp_path / "work" / "main.py", NOWHERE).root


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (b"import a\nprint 'x'\n", "line 2: print 'x'"),
        (b"x = 1\0\n", "line 1: x = 1"),
        ("import ä\n".encode("utf-16"), "line 1: "),
        (b"# coding: no-such-coding\n", "line 1: # coding: no-such-coding"),
        (b"x = '\xff'\n", "line 1: x = '"),
        (b"(" * 1000, "line 1: ((("),
    ],
)
def test_a_broken_module_is_named_with_its_line(tmp_path: Path, text: bytes, line: str) -> None:
    (tmp_path / "broken.py").write_bytes(text)

    with pytest.raises(Unparsable, match=r"broken\.py is not valid Python") as told:
        reach(tmp_path, {"main.py": "import broken"})

    assert f"Found:    {line}" in told.value.advice


@pytest.mark.parametrize(
    "text", ["import thing\n".encode("utf-8-sig"), b"# -*- coding: latin-1 -*-\nx = '\xe4'\r\nimport thing\r\n"]
)
def test_other_encodings_are_read_as_they_say(tmp_path: Path, text: bytes) -> None:
    (tmp_path / "odd.py").write_bytes(text)

    assert ["thing"] == foreign(reach(tmp_path, {"main.py": "import odd"}))
