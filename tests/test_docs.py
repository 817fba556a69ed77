from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tampu.build.decide import INSTALLERS
from tampu.facts.packages import MANAGERS
from tampu.facts.python import SOURCES, python_requests
from tampu.facts.tree import Tree
from tests.kit import buildpack
from tests.kit.builds import write_app

if TYPE_CHECKING:
    from collections.abc import Iterator

HOUSE = Path(__file__).resolve().parents[1]
PAGES = tuple(
    path.relative_to(HOUSE).as_posix() for path in sorted((*(HOUSE / "docs").glob("*.md"), *HOUSE.glob("*.md")))
)
README = (HOUSE / "README.md").read_text(encoding="utf-8")
ARCHITECTURE = (HOUSE / "docs" / "architecture.md").read_text(encoding="utf-8")
LINK = re.compile(r"\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#+ (.*)$", re.MULTILINE)
QUOTED = re.compile(r"`([^`\n]+)`")
OURS = re.compile(r"(?<![\w./-])(?:bench|bin|config|docs|examples|lib|tests|vendor|\.ci)/[\w./-]*[\w/]")
IN_THE_PACKAGE = re.compile(r"(?<![\w./-])(?:world|facts|envs|build|platforms|daemon|launch)/[\w/]+\.py")
# What documents name and no checkout has: hooks are an app's, and capitals stand for any name.
OF_AN_APP = {"bin/pre_compile", "bin/post_compile", "bin/nginx"}
ANY = re.compile(r"NAME|REASON")
VARIABLE = re.compile(r"\bTAMPU_[A-Z]+(?:_[A-Z]+)*\b")
SAFE = ("bin/tampu build examples/flask --plan", "bin/detect examples/flask")
WISHES = {
    "runtime.txt": "python-3.12.4\n",
    ".python-version": "3.12\n",
    "dotcloud.yml": "www:\n  type: python\n  config:\n    python_version: v3.12\n",
    "Pipfile.lock": '{"_meta": {"requires": {"python_version": "3.12"}}}',
    "uv.lock": 'requires-python = ">=3.12"\n',
    "poetry.lock": '[metadata]\npython-versions = "^3.12"\n',
    "pyproject.toml": '[project]\nrequires-python = ">=3.12"\n',
    ".tool-versions": "python 3.12.4\n",
}


def text_of(page: str) -> str:
    return (HOUSE / page).read_text(encoding="utf-8")


def rows(heading: str) -> Iterator[list[str]]:
    """The rows of the tables below that heading of the README, up to the next of the same rank."""
    section = re.split(rf"^{re.escape(heading)}$", README, flags=re.MULTILINE)[1]
    for line in re.split(r"^## ", section, flags=re.MULTILINE)[0].splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("|") and not set(cells[0]) <= set("- "):
            yield cells


def anchors(page: Path) -> set[str]:
    """As GitHub makes them of headings."""
    headings = HEADING.findall(page.read_text(encoding="utf-8"))
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_somewhere(page: str) -> None:
    for link in LINK.findall(text_of(page)):
        if "://" not in link:
            name, _, anchor = link.partition("#")
            place = (HOUSE / page).parent / name if name else HOUSE / page
            assert place.exists(), link
            assert not anchor or anchor in anchors(place), link


@pytest.mark.parametrize("page", PAGES)
def test_files_that_are_named_exist(page: str) -> None:
    quoted = " ".join(QUOTED.findall(text_of(page)))
    named = {*OURS.findall(quoted), *(f"lib/tampu/{name}" for name in IN_THE_PACKAGE.findall(quoted))} - OF_AN_APP

    assert [] == sorted(name for name in named if not ANY.search(name) and not (HOUSE / name).exists())


def test_each_variable_of_ours_is_in_the_table_of_options() -> None:
    sources = [*(HOUSE / "lib").rglob("*.py"), *(HOUSE / "lib").rglob("*.sh"), *(HOUSE / "bin").iterdir()]
    used = {name for path in sources for name in VARIABLE.findall(path.read_text(encoding="utf-8"))}
    documented = {name for cells in rows("## Options") for name in VARIABLE.findall(cells[0])}

    assert sorted(used) == sorted(documented)


def test_values_of_options_are_those_that_there_are() -> None:
    options = {cells[0].strip("`"): set(QUOTED.findall(cells[1])) for cells in rows("## Options")}

    assert set(INSTALLERS) == options["TAMPU_INSTALLER"]
    assert {*(manager.name for manager in MANAGERS), "pylock.<name>", "project"} == options["TAMPU_PACKAGE_MANAGER"]


def test_the_precedence_of_pythons_is_the_documented_one(tmp_path: Path) -> None:
    documented = [cells[1].strip("`") for cells in rows("## Which Python") if cells[0].isdigit()]
    app = write_app(tmp_path / "app", WISHES)

    assert [request.origin for request in python_requests(Tree(app))] == documented
    assert len(SOURCES) == len(documented)


def test_the_default_python_is_the_documented_one() -> None:
    default = json.loads(text_of("vendor/pythons.json"))["default"]

    assert f"the default, {default}." in README


def test_files_of_package_managers_are_all_documented() -> None:
    documented = [cells[0].split("`")[1] for cells in rows("## Which packages") if "`" in cells[0]]

    assert [*(manager.file for manager in MANAGERS), "pyproject.toml"] == documented


def test_all_areas_of_the_house_are_in_its_plan() -> None:
    areas = sorted(path.name for path in (HOUSE / "lib" / "tampu").iterdir() if (path / "__init__.py").is_file())

    assert [] == [area for area in areas if f"\n  {area}/" not in ARCHITECTURE]


@pytest.mark.parametrize("command", SAFE)
def test_commands_to_look_around_with_do_no_harm(command: str, tmp_path: Path, mirror: Path) -> None:
    program, *words = shlex.split(command)
    before = sorted((HOUSE / "examples" / "flask").iterdir())
    environ = {"HOME": str(tmp_path), "PATH": f"{buildpack.python().parent}:{os.defpath}", "TAMPU_MIRROR": str(mirror)}

    done = subprocess.run(
        (HOUSE / program, *words), env=environ, cwd=HOUSE, capture_output=True, text=True, check=False
    )

    assert command.partition(" ")[0] in README
    assert (0, "") == (done.returncode, "" if "Notice: No file asks" in done.stderr else done.stderr)
    assert before == sorted((HOUSE / "examples" / "flask").iterdir())
