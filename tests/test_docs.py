from __future__ import annotations

import json
import re
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tampu.build.decide import INSTALLERS
from tampu.facts.packages import MANAGERS
from tampu.facts.python import SOURCES, python_requests
from tampu.facts.tree import Tree
from tests.kit.builds import write_app

if TYPE_CHECKING:
    from collections.abc import Iterator

HOUSE = Path(__file__).resolve().parents[1]
PAGES = tuple(
    path.relative_to(HOUSE).as_posix() for path in sorted((*(HOUSE / "docs").glob("*.md"), *HOUSE.glob("*.md")))
)
BUILD = (HOUSE / "docs" / "build.md").read_text(encoding="utf-8")
OPTIONS = (HOUSE / "docs" / "options.md").read_text(encoding="utf-8")
OPERATIONS = (HOUSE / "docs" / "operations.md").read_text(encoding="utf-8")
ARCHITECTURE = (HOUSE / "docs" / "architecture.md").read_text(encoding="utf-8")
LINK = re.compile(r"\]\(([^)\s]+)\)")
NAMED_TEST = re.compile(r"`(test_\w+)`")
A_TEST = re.compile(r"^(?:async )?def (test_\w+)\(", re.MULTILINE)
HEADING = re.compile(r"^#+ (.*)$", re.MULTILINE)
QUOTED = re.compile(r"`([^`\n]+)`")
OURS = re.compile(r"(?<![\w./-])(?:bench|bin|config|docs|examples|lib|tests|vendor|\.ci)/[\w./-]*[\w/]")
AREAS = sorted(path.parent.name for path in (HOUSE / "lib" / "tampu").glob("*/__init__.py"))
IN_THE_PACKAGE = re.compile(rf"(?<![\w./-])(?:{'|'.join((*AREAS, 'launch'))})/[\w/]+\.py")
IN_A_FILE = re.compile(r"([\w/]+\.py)::([\w.]+)")
# What documents name and no checkout has: hooks are an app's, and capitals stand for any name.
OF_AN_APP = {"bin/pre_compile", "bin/post_compile", "bin/nginx"}
ANY = re.compile(r"NAME|REASON")
UNITS = {"MB": 1 << 20, "GiB": 1 << 30, "minutes": 60}
VARIABLE = re.compile(r"\bTAMPU_[A-Z]+(?:_[A-Z]+)*\b")
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


def in_full(name: str) -> str:
    """From the top of the house: pages leave out what stands before all names of the package, or of its tests."""
    return f"tests/{name}" if Path(name).name.startswith("test_") else f"lib/tampu/{name}"


def rows(page: str, heading: str = "") -> Iterator[list[str]]:
    """The rows of the tables of that text; or of those below that heading, up to the next of the same rank."""
    section = re.split(rf"^{re.escape(heading)}$", page, flags=re.MULTILINE)[1] if heading else page
    for line in (re.split(r"^## ", section, flags=re.MULTILINE)[0] if heading else section).splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("|") and not set(cells[0]) <= set("- "):
            yield cells


def anchors(page: Path) -> set[str]:
    """As GitHub makes them of headings."""
    headings = HEADING.findall(page.read_text(encoding="utf-8"))
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_tests_that_a_page_names_are_there() -> None:
    texts = [path.read_text(encoding="utf-8") for path in (HOUSE / "tests").rglob("test_*.py")]
    there = {name for text in texts for name in A_TEST.findall(text)}
    named = {name for page in PAGES for name in NAMED_TEST.findall(text_of(page))}

    assert named
    assert set() == named - there


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
    named = {*OURS.findall(quoted), *map(in_full, IN_THE_PACKAGE.findall(quoted))} - OF_AN_APP

    assert [] == sorted(name for name in named if not ANY.search(name) and not (HOUSE / name).exists())


@pytest.mark.parametrize("page", PAGES)
def test_what_a_file_is_said_to_have_is_in_it(page: str) -> None:
    for file, names in IN_A_FILE.findall(" ".join(QUOTED.findall(text_of(page)))):
        place = file if file.startswith(("tests/", "lib/")) else in_full(file)
        if not ANY.search(file):
            there = (HOUSE / place).read_text(encoding="utf-8")
            for name in names.split("."):
                assert re.search(rf"^ *(?:(?:async )?def|class) {name}\b|^{name}(?:: .*)? = ", there, re.MULTILINE), (
                    file,
                    name,
                )


def test_limits_are_those_that_there_are() -> None:
    limits = [(cells, file, name) for cells in rows(OPERATIONS) for file, name in IN_A_FILE.findall(cells[-1])]
    for cells, file, name in limits:
        place = Path(file).with_suffix("")
        module = place.name if place.parts[0] == "launch" else ".".join(("tampu", *place.parts))
        number = getattr(import_module(module), name)
        shown = {
            f"{number:g}",
            f"{number}",
            f"{number:,}",
            *(f"{number / unit:g} {word}" for word, unit in UNITS.items()),
        }
        assert any(each in cells[1] for each in shown), (cells, number)

    assert limits


def test_each_variable_of_ours_is_in_the_table_of_options() -> None:
    sources = [*(HOUSE / "lib").rglob("*.py"), *(HOUSE / "lib").rglob("*.sh"), *(HOUSE / "bin").iterdir()]
    used = {name for path in sources for name in VARIABLE.findall(path.read_text(encoding="utf-8"))}
    documented = {name for cells in rows(OPTIONS) for name in VARIABLE.findall(cells[0])}

    assert sorted(used) == sorted(documented)


def test_values_of_options_are_those_that_there_are() -> None:
    options = {cells[0].strip("`"): set(QUOTED.findall(cells[1])) for cells in rows(OPTIONS)}

    assert set(INSTALLERS) == options["TAMPU_INSTALLER"]
    assert {*(manager.name for manager in MANAGERS), "pylock.<name>", "project"} == options["TAMPU_PACKAGE_MANAGER"]


def test_the_precedence_of_pythons_is_the_documented_one(tmp_path: Path) -> None:
    documented = [cells[1].strip("`") for cells in rows(BUILD, "## Which Python") if cells[0].isdigit()]
    app = write_app(tmp_path / "app", WISHES)

    assert [request.origin for request in python_requests(Tree(app))] == documented
    assert len(SOURCES) == len(documented)


def test_the_default_python_is_the_documented_one() -> None:
    default = json.loads(text_of("vendor/pythons.json"))["default"]

    assert f"the default, {default}." in BUILD


def test_files_of_package_managers_are_all_documented() -> None:
    documented = [cells[0].split("`")[1] for cells in rows(BUILD, "## Which packages") if "`" in cells[0]]

    assert [*(manager.file for manager in MANAGERS), "pyproject.toml"] == documented


def test_all_areas_of_the_house_are_in_its_plan() -> None:
    assert [] == [area for area in AREAS if f"\n  {area}/" not in ARCHITECTURE]
