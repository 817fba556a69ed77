from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tampu.facts.environment import Environment
from tampu.remote.choose.index import NO_WHEEL, Seen
from tampu.remote.found.walking import Unreadable
from tampu.remote.packages import folder
from tampu.remote.packages.package import BadName, Options, Package, demanded, pack
from tests.kit.builds import write_app

if TYPE_CHECKING:
    from pathlib import Path

    from tampu.remote.choose.index import Look

TARGET = Environment(python="3.12.1", machine="x86_64")


def packed(
    cwd: Path, script: str = "main.py", *words: str, name: str = "", every: bool = False, look: Look | None = None
) -> Package:
    options = Options(cwd=cwd, home=cwd.parent, name=name, sites=(), every_file=every, look=look)
    return pack(cwd / script, words, TARGET, options)


def ran(package: Package, place: Path) -> subprocess.CompletedProcess[str]:
    """As on a host: in a copy of the tree, with nothing of this place around it."""
    src = folder.written(package, place) / "src"
    env = {"PYTHONPATH": package.search_path, "PYTHONDONTWRITEBYTECODE": "1"}
    argv = (sys.executable, src / package.entry)
    return subprocess.run(argv, cwd=src / package.cwd, env=env, capture_output=True, encoding="utf-8", check=False)


# What a project is like, the script that is named, the folder where that is done, and what it prints.
ZOO: dict[str, tuple[dict[str, str], str, str, str]] = {
    "a script alone": ({"main.py": "print(1)"}, "main.py", ".", "1"),
    "a script by any name": (
        {"report": "#!/usr/bin/env python3\nimport rows\n", "rows.py": "print(2)"},
        "report",
        ".",
        "2",
    ),
    "names with blanks and more": (
        {"in a/ünï 'x'.py": "print(open('data 1/-a.txt').read())", "in a/data 1/-a.txt": "3"},
        "ünï 'x'.py",
        "in a",
        "3",
    ),
    "a package in src": (
        {"pyproject.toml": "", "src/pkg/__init__.py": "x = 4", "scripts/go.py": "import pkg\nprint(pkg.x)"},
        "scripts/go.py",
        ".",
        "4",
    ),
    "data beside a module": (
        {
            "main.py": "import pkg.inner",
            "pkg/__init__.py": "",
            "pkg/inner.py": "import pathlib\nprint((pathlib.Path(__file__).parent / 'a.txt').read_text())",
            "pkg/a.txt": "5",
        },
        "main.py",
        ".",
        "5",
    ),
    "modules outside of the project": (
        {
            "app/.git/x": "",
            "app/main.py": "import sys\nsys.path.insert(0, '../lib')\nimport far\n",
            "lib/far.py": "print(6)",
        },
        "main.py",
        "app",
        "6",
    ),
    "a folder above": (
        {"app/.git/x": "", "app/main.py": "print(open('rows.csv').read())", "rows.csv": "7"},
        "app/main.py",
        ".",
        "7",
    ),
    "a folder beside": (
        {"app/.git/x": "", "app/main.py": "print(open('rows.csv').read())", "run/rows.csv": "8"},
        "../app/main.py",
        "run",
        "8",
    ),
    "folders that must be there": (
        {"main.py": "import os\nprint(os.listdir('in'))\nopen('out/a.txt', 'w')", "in/.x": "", "out/old.txt": ""},
        "main.py",
        ".",
        "['.x']",
    ),
    "a folder of the project that its list names": (
        {"main.py": "import near", "requirements.txt": "-e ./libs/near\n", "libs/near/src/near.py": "print(9)"},
        "main.py",
        ".",
        "9",
    ),
}


@pytest.mark.parametrize("kind", ZOO)
def test_what_is_packed_runs_elsewhere(kind: str, tmp_path: Path) -> None:
    files, script, cwd, said = ZOO[kind]
    project = write_app(tmp_path / "here", files)
    (tmp_path / "there").mkdir()

    result = ran(packed(project / cwd, script), tmp_path / "there")

    assert ("", f"{said}\n") == (result.stderr, result.stdout)


def test_only_what_is_needed_travels(tmp_path: Path) -> None:
    project = write_app(
        tmp_path,
        {
            **dict.fromkeys(("other.py", "secret.txt", "a.csv", "b.csv", "README"), ""),
            "main.py": "import sys\nopen('a.csv')\nopen('new.csv', 'w')\nprint(sys.argv)",
        },
    )

    assert {"main.py", "a.csv", "b.csv"} == packed(project, "main.py", "b.csv", "9").tree.items.keys()


def test_empty_folders_that_are_listed_travel(tmp_path: Path) -> None:
    project = write_app(tmp_path, {"main.py": "import os\nos.listdir('inbox')\nopen('logs/today', 'w')", "x/y": ""})
    for name in ("inbox", "logs", "idle", "results"):
        (project / name).mkdir()

    assert ("inbox", "logs", "results") == packed(project, "main.py", "--out=results/a.csv").tree.folders


def test_an_executable_keeps_its_bit(tmp_path: Path) -> None:
    project = write_app(tmp_path, {"main.py": "open('run.sh')\nopen('a.txt')", "run.sh": "", "a.txt": ""})
    (project / "run.sh").chmod(0o750)

    place = folder.written(packed(project), tmp_path)

    assert [0o755, 0o644] == [(place / "src" / name).stat().st_mode & 0o777 for name in ("run.sh", "a.txt")]


def test_links_inside_stay_links_and_others_are_followed(tmp_path: Path) -> None:
    names = ("near", "far", "absolute", "chain", "deep/far")
    text = "".join(f"open('{name}.csv')\n" for name in names)
    project = write_app(tmp_path / "project", {".git/x": "", "main.py": text, "rows.csv": "in", "deep/x": ""})
    (tmp_path / "rows.csv").write_text("out")
    for name, target in zip(
        names, ("rows.csv", "../rows.csv", str(project / "rows.csv"), "near.csv", "../../rows.csv"), strict=True
    ):
        (project / f"{name}.csv").symlink_to(target)

    found = packed(project)

    links = {place: item.link for place, item in found.tree.items.items() if item.link}
    assert {"near.csv": "rows.csv", "chain.csv": "near.csv"} == links
    src = folder.written(found, project) / "src"
    assert ["in", "out", "in", "in", "out"] == [(src / f"{name}.csv").read_text() for name in names]


def test_a_script_that_is_a_link_imports_what_is_beside_its_file(tmp_path: Path) -> None:
    project = write_app(
        tmp_path / "here", {".git/x": "", "tools/go.py": "import near", "tools/near.py": "print(1)", "bin/x": ""}
    )
    (project / "bin" / "go").symlink_to("../tools/go.py")
    (tmp_path / "there").mkdir()

    found = packed(project, "bin/go")

    assert "bin/go" == found.entry
    assert "1\n" == ran(found, tmp_path / "there").stdout


def test_another_folder_to_start_in_is_told(tmp_path: Path) -> None:
    project = write_app(tmp_path / "project", {"main.py": ""})
    (tmp_path / "elsewhere").mkdir()

    found = packed(tmp_path / "elsewhere", "../project/main.py")

    assert (".", "main.py", project) == (found.cwd, found.entry, found.root)
    assert (f"it starts in {project}, as {tmp_path / 'elsewhere'} is no folder of its project",) == found.told


def test_a_whole_path_in_the_text_is_told(tmp_path: Path) -> None:
    text = f"open('{tmp_path}/rows.csv')\nopen('{tmp_path}' + '/out.csv', 'w')\nopen(__file__)\nopen('rows.csv')\n"
    write_app(tmp_path, {"main.py": text, "rows.csv": ""})

    assert (
        f"{tmp_path}/out.csv is not found there by its whole path (main.py:2): name it from Path(__file__) on",
        f"{tmp_path}/rows.csv is not found there by its whole path (main.py:1): name it from Path(__file__) on",
    ) == packed(tmp_path).told


def test_a_module_in_another_case_is_told(tmp_path: Path) -> None:
    write_app(tmp_path, {"main.py": "import Helper, Parts.one, other", "helper.py": "", "parts/__init__.py": ""})

    assert {
        "Helper": "nothing lists it, and nobody here knows it; helper.py is there, in another case",
        "Parts": "nothing lists it, and nobody here knows it; parts is there, in another case",
        "other": "nothing lists it, and nobody here knows it",
    } == {each.name: each.because for each in packed(tmp_path).unsure}


def test_the_id_is_what_is_in_it(tmp_path: Path) -> None:
    one = packed(write_app(tmp_path / "one", {"main.py": "import yaml"}))
    same = packed(write_app(tmp_path / "two", {"main.py": "import yaml", "other.py": ""}))

    assert one.id == same.id
    assert 16 == len(one.id)
    assert one.id == one.folder
    for change in (
        {"main.py": "import yaml\n"},
        {"requirements.txt": "pyyaml<7\n"},
        {".python-version": "3.11\n"},
        {"main.py": "import near, yaml", "near.py": ""},
    ):
        assert (
            one.id != packed(write_app(tmp_path / f"other-{len(str(change))}", {"main.py": "import yaml", **change})).id
        )


@pytest.mark.parametrize("name", ["a/b", "..", ".", "-x", "", "a b", "ä", "x" * 101, "a\n", ".hidden"])
def test_a_name_is_one_of_a_folder(name: str, tmp_path: Path) -> None:
    write_app(tmp_path, {"main.py": ""})

    if name:
        with pytest.raises(BadName):
            packed(tmp_path, name=name)
    assert "a.b_c-1" == packed(tmp_path, name="a.b_c-1").folder


@pytest.mark.parametrize(
    ("files", "given", "spec"),
    [
        ({}, "", ""),
        ({"runtime.txt": "python-3.11.4\n", ".python-version": "3.12\n"}, "", "==3.11.4"),
        (
            {"pyproject.toml": '[project]\nname = "x"\nrequires-python = ">=3.9"\n', ".python-version": "3.12\n"},
            "",
            "==3.12.*",
        ),
        ({"main.py": "# /// script\n# requires-python = '>=3.10'\n# ///\n", ".python-version": "3.9"}, "", ">=3.10"),
        ({".python-version": "3.9"}, "3.13", "==3.13.*"),
        ({".python-version": "3.9"}, ">=3.8,<4", ">=3.8,<4"),
    ],
)
def test_which_pythons_it_may_run_on(files: dict[str, str], given: str, spec: str, tmp_path: Path) -> None:
    write_app(tmp_path, {"main.py": "", **files})
    found = packed(tmp_path)

    assert spec == demanded(found.declared, tmp_path, given)


def test_every_file_on_request(tmp_path: Path) -> None:
    write_app(
        tmp_path, {".gitignore": "*.log\nneeded.txt\n", "main.py": "open('needed.txt')", "a.log": "", "needed.txt": ""}
    )
    write_app(tmp_path, {"deep/rows.csv": "", ".env": "SECRET=1"})

    assert {"main.py", "needed.txt", "deep/rows.csv"} == packed(tmp_path, every=True).tree.items.keys()


def test_what_can_not_be_read_is_named(tmp_path: Path) -> None:
    write_app(tmp_path, {"main.py": "open('rows.csv')"})
    (tmp_path / "rows.csv").symlink_to("/proc/self/mem")

    with pytest.raises(Unreadable, match=r"^rows\.csv can't be packed"):
        packed(tmp_path)


def seen(**files: str) -> Look:
    """An index in which these distributions bring the import by those files; others have no wheel."""

    def look(distribution: str, _: str) -> Seen:
        file = files.get(distribution.replace("-", "_"))
        return Seen(unseen=NO_WHEEL) if file is None else Seen(version="1.0", file=file)

    return look


def test_the_index_decides_where_one_alone_brings_the_import(tmp_path: Path) -> None:
    write_app(tmp_path, {"main.py": "import haystack"})

    found = packed(tmp_path, look=seen(haystack_ai="haystack/__init__.py", django_haystack="", farm_haystack=""))

    assert () == found.unsure
    assert ("haystack-ai",) == found.requirements
    because = "haystack-ai 1.0 brings haystack/__init__.py, and django-haystack, farm-haystack not"
    assert [because.replace("k, f", "k and f")] == [each.because for each in found.choices]


@pytest.mark.parametrize(
    ("files", "because"),
    [
        (
            {"haystack_ai": "x", "django_haystack": "y", "farm_haystack": ""},
            "haystack-ai and django-haystack bring it",
        ),
        (
            {"haystack_ai": "x", "django_haystack": ""},
            "haystack-ai brings it; farm-haystack can't be looked at: no wheel of it is to be had",
        ),
        (
            {"haystack_ai": "", "django_haystack": "", "farm_haystack": ""},
            "none that could be looked at brings it",
        ),
    ],
)
def test_the_index_does_not_decide_otherwise(files: dict[str, str], because: str, tmp_path: Path) -> None:
    write_app(tmp_path, {"main.py": "import haystack"})

    found = packed(tmp_path, look=seen(**files))

    assert [because] == [each.because for each in found.unsure]
    assert () == found.requirements


def test_what_has_the_same_name_is_never_looked_for(tmp_path: Path) -> None:
    write_app(tmp_path, {"main.py": "import blorb, serial", "requirements.txt": "serial\n"})
    asked: list[str] = []

    def look(distribution: str, _: str) -> Seen:
        asked.append(distribution)
        return Seen(version="1", file="x")

    found = packed(tmp_path, look=look)

    assert [] == asked
    assert ["blorb", "serial"] == sorted(each.name for each in found.unsure)


def test_paths_that_are_no_utf8_travel(tmp_path: Path) -> None:
    name = os.fsdecode(b"r\xff.csv")
    write_app(tmp_path, {"main.py": "import glob\nprint(len(glob.glob('data/*.csv')))", f"data/{name}": ""})

    found = packed(tmp_path)

    assert f"data/{name}" in found.tree.items
    assert found.id == folder.read_folder(folder.written(found, tmp_path), TARGET).id
