from __future__ import annotations

from pathlib import Path

import pytest

from tampu.facts.environment import Environment
from tampu.remote.choose import mods
from tampu.remote.choose.declared import BadBlock
from tampu.remote.choose.installed import sites_of
from tampu.remote.choose.model import Choice, Undecided
from tampu.remote.found.tree import project_of
from tampu.remote.packages.needs import Needs, Surroundings, needs
from tests.kit.builds import write_app

TARGET = Environment(python="3.12.1", machine="x86_64")
SITE = ".venv/lib/python3.12/site-packages"


def of(place: Path, files: dict[str, str], pins: str = "") -> Needs:
    write_app(place, files)
    script = place / "main.py"
    project = project_of(script, Path("/nowhere"))
    here = Surroundings(cwd=place, sites=sites_of(place, ""), mods=mods.read(pins, "conf/mods"))
    return needs(script, project, TARGET, here)


def chosen(found: Needs) -> dict[str, tuple[str, str]]:
    return {each.name: (each.requirement, each.confidence) for each in found.choices}


def wheel(name: str, version: str, *files: str, metadata: str = "") -> dict[str, str]:
    """What its installation leaves."""
    info = f"{SITE}/{name}-{version}.dist-info"
    record = "".join(f"{file},sha256=x,1\n" for file in files)
    return {**{f"{SITE}/{file}": "" for file in files}, f"{info}/RECORD": record, f"{info}/METADATA": metadata}


BLOCK = "# /// script\n# requires-python = '>=3.9'\n# dependencies = [\n#   'PyYAML<7',\n# ]\n# ///\n"


def test_the_script_s_own_block_comes_first(tmp_path: Path) -> None:
    found = of(tmp_path, {"main.py": f"{BLOCK}import yaml", "requirements.txt": "pyyaml==5.1\n"})

    assert {"yaml": ("PyYAML<7", "certain")} == chosen(found)
    assert ("PyYAML<7",) == found.requirements
    assert ">=3.9" == found.declared.python
    assert ["the first lines of main.py lists pyyaml"] == [each.because for each in found.choices]


@pytest.mark.parametrize(
    ("files", "requirement"),
    [
        ({"requirements.txt": "PyYAML==6.0.1\n"}, "PyYAML==6.0.1"),
        ({"pyproject.toml": '[project]\nname = "x"\nversion = "1"\ndependencies = ["pyyaml>=6"]\n'}, "pyyaml>=6"),
        (
            {"pyproject.toml": '[project]\nname = "x"\nversion = "1"\n[dependency-groups]\ndev = ["pyyaml>=5"]\n'},
            "pyyaml>=5",
        ),
        (
            {"Pipfile.lock": '{"_meta": {"pipfile-spec": 6}, "default": {"pyyaml": {"version": "==6.0"}}}'},
            "pyyaml==6.0",
        ),
    ],
)
def test_what_the_project_lists_comes_next(tmp_path: Path, files: dict[str, str], requirement: str) -> None:
    found = of(tmp_path, {"main.py": "import yaml", **files})

    assert {"yaml": (requirement, "certain")} == chosen(found)


def test_all_that_is_listed_is_installed(tmp_path: Path) -> None:
    found = of(tmp_path, {"main.py": "import yaml, requests", "requirements.txt": "flask\nrequests[socks]==2.32.3\n"})

    assert ("flask", "requests[socks]==2.32.3", "pyyaml") == found.requirements


def test_a_list_may_name_what_no_table_knows(tmp_path: Path) -> None:
    found = of(tmp_path, {"main.py": "import acme_core, widget", "requirements.txt": "acme-core\npython-widget==2\n"})

    assert {"acme_core": ("acme-core", "certain"), "widget": ("python-widget==2", "certain")} == chosen(found)


def test_pins_count_where_nothing_is_listed(tmp_path: Path) -> None:
    found = of(
        tmp_path,
        {"main.py": "import snappy, acme.web, yaml"},
        "ctypes-snappy\t1.0\t# for snappy\nacme-web\t\npyyaml\t5.4\n",
    )

    assert {
        "snappy": ("ctypes-snappy==1.0", "certain"),
        "acme.web": ("acme-web", "certain"),
        "yaml": ("pyyaml==5.4", "certain"),
    } == chosen(found)


def test_the_environment_here_tells_who_installed_the_file(tmp_path: Path) -> None:
    found = of(
        tmp_path,
        {
            "main.py": "import acme.web, acme.core.deep, fast\nimport torch",
            **wheel("acme_web", "1.2", "acme/web/__init__.py"),
            **wheel("Acme.Core", "3.0", "acme/core.py"),
            **wheel("speedups", "0.1", "fast.cpython-312-x86_64-linux-gnu.so"),
            **wheel("torch", "2.1.0+cpu", "torch/__init__.py"),
        },
    )

    assert {
        "acme.web": ("acme-web==1.2", "seen here"),
        "acme.core.deep": ("acme-core==3.0", "seen here"),
        "fast": ("speedups==0.1", "seen here"),
        "torch": ("torch==2.1.0", "seen here"),
    } == chosen(found)


def test_what_a_distribution_says_of_itself_counts_where_its_files_are_elsewhere(tmp_path: Path) -> None:
    older = {f"{SITE}/older-1.0.dist-info/top_level.txt": "oldtop\n"}
    found = of(
        tmp_path,
        {
            "main.py": "import editable.part, oldtop",
            **wheel("ed", "1.0", metadata="Import-Name: editable\n\n"),
            **older,
        },
    )

    assert {"editable": ("ed==1.0", "seen here"), "oldtop": ("older==1.0", "seen here")} == chosen(found)


@pytest.mark.parametrize(
    "files",
    [{"requirements.txt": "serial==0.0.97\n"}, wheel("serial", "0.0.97", "serial/__init__.py")],
    ids=["listed", "installed"],
)
def test_an_impostor_is_asked_about(tmp_path: Path, files: dict[str, str]) -> None:
    found = of(tmp_path, {"main.py": "import serial", **files})

    assert () == found.choices
    assert [("serial", ("pyserial", "serial"))] == [(each.name, each.candidates) for each in found.unsure]


def test_what_nothing_tells_is_asked_about_with_the_line_to_add(tmp_path: Path) -> None:
    found = of(tmp_path, {"main.py": "import haystack\nimport foobarbaz.inner"})

    assert ["haystack-ai\t\t# for haystack", "NAME-OF-THE-DISTRIBUTION\t\t# for foobarbaz"] == [
        each.line for each in found.unsure
    ]
    assert ["main.py:1", "main.py:2"] == [each.where for each in found.unsure]
    assert found.unsure[0].line in Undecided(found.unsure, "conf/mods").advice


def test_the_line_to_add_decides(tmp_path: Path) -> None:
    first = of(tmp_path, {"main.py": "import haystack"})

    second = of(tmp_path, {"main.py": "import haystack"}, first.unsure[0].line)

    assert {"haystack": ("haystack-ai", "certain")} == chosen(second)


def test_what_a_script_can_do_without_is_only_taken_if_something_has_it(tmp_path: Path) -> None:
    text = "try:\n    import {0}\nexcept ImportError:\n    {0} = None\n"
    main = "".join(text.format(name) for name in ("ujson", "yaml", "orjson"))

    found = of(
        tmp_path, {"main.py": main, "requirements.txt": "pyyaml\n", **wheel("orjson", "3.1", "orjson/__init__.py")}
    )

    assert {"yaml": ("pyyaml", "certain"), "orjson": ("orjson==3.1", "seen here")} == chosen(found)
    assert ("ujson",) == found.left_out


@pytest.mark.parametrize(("listed", "expected"), [("ujson\n", {"ujson"}), ("", {"simplejson"})])
def test_of_two_that_do_the_same_one_is_taken(tmp_path: Path, listed: str, expected: set[str]) -> None:
    text = "try:\n    import ujson as json\nexcept ImportError:\n    import simplejson as json\n"

    assert expected == set(chosen(of(tmp_path, {"main.py": text, "requirements.txt": listed})))


def test_the_project_s_own_folder_is_no_riddle(tmp_path: Path) -> None:
    assert () == of(tmp_path, {"main.py": "import tools", "tools/one.py": ""}).unsure


def test_scripts_that_the_script_starts_are_followed_too(tmp_path: Path) -> None:
    files = {
        "main.py": "subprocess.run([sys.executable, 'jobs/one.py', '-v'], check=True)\nrunpy.run_path('two.py')",
        "jobs/one.py": "import beside, yaml",
        "jobs/beside.py": "open('a.txt')",
        "two.py": "import requests",
        "a.txt": "",
    }

    found = of(tmp_path, files)

    assert ["main.py", "jobs/one.py", "jobs/beside.py", "two.py"] == [
        found.project.shown(each) for each in found.modules
    ]
    assert {"yaml", "requests"} == set(chosen(found))
    assert ["a.txt"] == [each.path.name for each in found.data]


def test_modules_are_no_data(tmp_path: Path) -> None:
    found = of(tmp_path, {"main.py": "import helper\nopen('helper.py')\nopen('a.txt')", "helper.py": "", "a.txt": ""})

    assert ["a.txt"] == [each.path.name for each in found.data]


@pytest.mark.parametrize("content", ["dependencies = 3", "dependencies = [", "dependencies = ['a b c']"])
def test_a_block_that_can_not_be_read_is_an_error(tmp_path: Path, content: str) -> None:
    with pytest.raises(BadBlock, match=r"main\.py says in its first lines"):
        of(tmp_path, {"main.py": f"# /// script\n# {content}\n# ///\n"})


def test_each_choice_says_why_and_where(tmp_path: Path) -> None:
    found = of(tmp_path, {"main.py": "\nimport yaml"}).choices[0]

    assert isinstance(found, Choice)
    assert ("main.py:2", "well known") == (found.where, found.confidence)
    assert "RECORDs of wheels" in found.because


LOCK = (
    'version = 1\nrequires-python = ">=3.9"\n[manifest]\nrequirements = [{ name = "pyyaml", specifier = "<7" }]\n'
    '[[package]]\nname = "pyyaml"\nversion = "6.0.2"\nsource = { registry = "https://index.example/simple" }\n'
    'sdist = { url = "x", hash = "sha256:1" }\n'
)


def test_the_lock_beside_a_script_says_more_than_its_block(tmp_path: Path) -> None:
    found = of(tmp_path, {"main.py": f"{BLOCK}import yaml", "main.py.lock": LOCK, "requirements.txt": "pyyaml==5.1\n"})

    assert {"yaml": ("pyyaml==6.0.2", "certain")} == chosen(found)
    assert ["main.py.lock lists pyyaml"] == [each.because for each in found.choices]
    assert (True, ">=3.9") == (found.declared.complete, found.declared.python)
    assert [("sha256:1",)] == [each.hashes for each in found.declared.requirements]


@pytest.mark.parametrize("block", [BLOCK.replace("<7", "<6"), BLOCK.replace("PyYAML<7", "pyyaml<7', 'rich")])
def test_a_lock_that_is_older_than_the_block_says_nothing(block: str, tmp_path: Path) -> None:
    found = of(tmp_path, {"main.py": f"{block}import yaml", "main.py.lock": LOCK})

    assert "the first lines of main.py" == found.declared.origin
    assert not found.declared.complete


def test_a_block_with_a_folder_of_the_project(tmp_path: Path) -> None:
    block = BLOCK.replace("PyYAML<7", "near @ file:./libs/near")
    found = of(tmp_path, {"main.py": f"{block}import near", "libs/near/near.py": "import yaml", "main.py.lock": LOCK})

    assert ("pyyaml",) == found.requirements
    assert tmp_path / "libs/near/near.py" in found.modules


def test_a_range_of_pythons_that_is_none(tmp_path: Path) -> None:
    with pytest.raises(BadBlock) as told:
        of(tmp_path, {"main.py": BLOCK.replace(">=3.9", "three")})

    assert "requires-python = 'three', which is no range" in told.value.advice
