from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tampu.errors import TampuError
from tampu.facts.environment import Environment
from tampu.remote.choose.mods import BadLine
from tampu.remote.found.parse import Unparsable
from tampu.remote.found.walking import Unreadable
from tampu.remote.packages.folder import EditedSource, InTheWay, read_folder, removed, written
from tampu.remote.packages.kept import BadPackage, NoPackage
from tampu.remote.packages.package import Options, Package, pack
from tests.kit import trees
from tests.kit.builds import names, write_app

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

TARGET = Environment(python="3.12.1", machine="x86_64")
MODS, CONF = "nightly/conf/mods", "nightly/conf/conf"


def packed(place: Path, name: str = "nightly") -> Package:
    return pack(place / "main.py", (), TARGET, Options(cwd=place, home=place.parent, name=name, sites=()))


def again(place: Path) -> Package:
    return read_folder(place / "nightly", TARGET)


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """Where a script was packed that needs a list's package, a well-known one, and one that nobody can tell."""
    files = {
        "main.py": "import flask, yaml, haystack\nopen('rows.csv')",
        "rows.csv": "1",
        "requirements.txt": "flask>=3\n",
    }
    app = write_app(tmp_path / "app", files)
    assert app / "nightly" == written(packed(app), app)
    return app


def edit(path: Path, change: Callable[[str], str]) -> None:
    path.write_text(change(path.read_text()))


def test_the_folder_is_as_the_page_says(place: Path) -> None:
    assert {"src", "conf"} == names(place / "nightly")
    assert {"main.py", "rows.csv"} == names(place / "nightly" / "src")
    lines = (place / CONF).read_text().splitlines()
    assert ["PWD=.", "EXEC=main.py", "NAME=nightly"] == lines[1:4]
    mods = (place / MODS).read_text()
    assert "\nflask\t>=3\n" in mods
    assert "\npyyaml\t\t# for yaml: " in mods
    assert "\n# haystack (main.py:1)\n#haystack-ai\t\t# for haystack\n" in mods


def test_what_is_not_edited_is_the_same_package(place: Path) -> None:
    one, two = packed(place), again(place)

    assert (one.id, one.requirements, one.entry, one.cwd) == (two.id, two.requirements, two.entry, two.cwd)
    assert ["haystack"] == [each.name for each in two.unsure]


def test_a_choice_by_hand_counts(place: Path) -> None:
    edit(
        place / MODS, lambda text: text.replace("#haystack-ai\t", "haystack-ai\t2.1").replace("pyyaml\t", "pyyaml\t6.0")
    )

    found = again(place)

    assert ("flask>=3", "pyyaml==6.0", "haystack-ai==2.1") == found.requirements
    assert () == found.unsure
    assert packed(place, "").id != found.id


def test_a_line_that_is_taken_away_stays_away(place: Path) -> None:
    edit(
        place / MODS,
        lambda text: "".join(line for line in text.splitlines(keepends=True) if not line.startswith("pyyaml")),
    )

    assert ("flask>=3",) == again(place).requirements
    assert ("flask>=3",) == packed(place).requirements


def test_edits_of_the_source_count(place: Path) -> None:
    before = again(place)
    edit(place / "nightly" / "src" / "main.py", lambda text: f"{text}\nimport requests, blorb\n")
    write_app(place / "nightly" / "src", {"more.txt": "", "__pycache__/main.pyc": ""})

    found = again(place)

    assert before.id != found.id
    assert {"main.py", "more.txt", "rows.csv"} == found.tree.items.keys()
    assert ("flask>=3", "pyyaml", "requests") == found.requirements
    assert ["haystack", "blorb"] == [each.name for each in found.unsure]


def test_links_in_an_edited_source_stay_or_are_followed(place: Path) -> None:
    src = place / "nightly" / "src"
    (src / "near").symlink_to("rows.csv")
    (src / "far").symlink_to("../../requirements.txt")

    items = again(place).tree.items

    assert ["rows.csv", ""] == [items["near"].link, items["far"].link]


def test_packing_again_keeps_what_was_edited(place: Path) -> None:
    edit(place / MODS, lambda text: text.replace("#haystack-ai\t", "haystack-ai\t2.1").replace(">=3", ">=3,<4"))
    edit(place / MODS, lambda text: f"{text}gunicorn\t23.0\n")
    write_app(place, {"main.py": "import flask, haystack, requests, blorb", "requirements.txt": "flask>=3\nrich\n"})

    found = packed(place)
    written(found, place)

    kept = ("flask<4,>=3", "pyyaml", "haystack-ai==2.1", "gunicorn==23.0", "rich", "requests")
    assert kept == tuple(each.replace(">=3,<4", "<4,>=3") for each in found.requirements)
    assert ["blorb"] == [each.name for each in found.unsure]
    text = (place / MODS).read_text()
    assert "gunicorn\t23.0\n\nrich\t\nrequests\t\n" in text
    assert "# blorb (main.py:1)\n#WRITE-ITS-NAME-HERE\t\t# for blorb\n" in text
    assert {"main.py"} == names(place / "nightly" / "src")
    assert found.id == again(place).id == packed(place).id
    written(packed(place), place)
    assert text == (place / MODS).read_text()


def test_packing_again_writes_mods_anew_where_nobody_has_edited_them(place: Path) -> None:
    write_app(place, {"main.py": "import requests"})

    written(packed(place), place)

    assert ("flask>=3", "requests") == again(place).requirements


def test_what_was_edited_is_not_packed_over(place: Path) -> None:
    edit(place / "nightly" / "src" / "main.py", lambda text: f"{text}\nprint('mended')\n")
    before = trees.listing(place / "nightly")

    with pytest.raises(EditedSource) as told:
        written(packed(place), place)

    assert before == trees.listing(place / "nightly")
    assert "unlike your project's: main.py\n" in told.value.advice
    edit(place / "main.py", lambda text: f"{text}\nprint('mended')\n")
    written(packed(place), place)
    assert packed(place).id == again(place).id


def test_a_folder_that_was_made_is_an_edit_and_what_python_keeps_is_none(place: Path) -> None:
    write_app(place / "nightly" / "src", {"__pycache__/main.pyc": ""})
    written(packed(place), place)
    (place / "nightly" / "src" / "empty").mkdir()

    with pytest.raises(EditedSource, match="nightly has been edited") as told:
        written(packed(place), place)

    assert "unlike your project's: a folder\n" in told.value.advice


def test_what_differs_is_named_as_far_as_it_can_be_read(place: Path) -> None:
    write_app(place / "nightly" / "src", {f"{name}.txt": "" for name in "abcdefg"})

    with pytest.raises(EditedSource) as told:
        written(packed(place), place)

    assert "unlike your project's: a.txt, b.txt, c.txt, d.txt, e.txt and 2 more\n" in told.value.advice


@pytest.mark.parametrize(
    "line", ["./wheels/own_kit-1.0-py3-none-any.whl", "wheels/own_kit-1.0-py3-none-any.whl ; python_version > '3'"]
)
def test_an_archive_of_the_project_comes_along(line: str, place: Path) -> None:
    name = "own_kit-1.0-py3-none-any.whl"
    files = {"main.py": "import own_kit", "requirements.txt": f"{line}\n", f"wheels/{name}": "one"}
    write_app(place, files)
    first = packed(place)
    written(first, place)
    (place / "wheels" / name).unlink()
    (place / "nightly").rename(place / "moved")
    found = read_folder(place / "moved", TARGET)

    assert () == found.unsure == first.unsure
    assert [f"./moved/archives/{name}"] == [each.partition(" ")[0] for each in found.requirements]
    assert "one" == (place / "moved" / "archives" / name).read_text()
    assert first.id == found.id
    write_app(place, {f"wheels/{name}": "another"})
    assert first.id != packed(place).id


def test_a_folder_of_the_same_id_stays_as_it_is(place: Path) -> None:
    found = packed(place, "")
    folder = written(found, place)
    assert found.id == folder.name
    before = trees.listing(folder)

    assert folder == written(packed(place, ""), place)
    assert before == trees.listing(folder)


def test_another_s_folder_is_not_touched(place: Path) -> None:
    write_app(place, {"taken/notes.txt": "mine"})
    (place / "link").symlink_to("nowhere")

    for name in ("taken", "link"):
        with pytest.raises(InTheWay):
            written(packed(place, name), place)

    assert {"notes.txt"} == names(place / "taken")


def test_nothing_is_left_of_a_failure_or_of_those_who_were_killed(place: Path) -> None:
    write_app(place, {".nightly.999.new/src/x": "", ".gone.old/src/x": ""})
    found = packed(place)
    before = trees.listing(place / "nightly")
    (place / "rows.csv").unlink()

    with pytest.raises(FileNotFoundError):
        written(found, place)

    assert before == trees.listing(place / "nightly")
    assert [".gone.old"] == [name for name in names(place) if name.startswith(".")]


def test_who_was_killed_between_two_names_loses_nothing(place: Path) -> None:
    edit(place / MODS, lambda text: text.replace("#haystack-ai\t", "haystack-ai\t2.1"))
    (place / "nightly").rename(place / ".nightly.old")

    written(packed(place), place)

    assert "nightly" in names(place)
    assert ".nightly.old" not in names(place)


def test_several_at_once(place: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: written(packed(place), place), range(16)))

    assert packed(place).id == again(place).id
    assert [] == [name for name in names(place) if name.startswith(".")]


def test_a_package_is_removed_and_nothing_else(place: Path) -> None:
    removed(place / "nightly")

    assert {"main.py", "rows.csv", "requirements.txt"} == names(place)
    with pytest.raises(NoPackage):
        removed(place)


@pytest.mark.parametrize(
    ("name", "text", "error", "told"),
    [
        (MODS, "flask\t3.0\nsnappy or python-snappy\n", BadLine, "line 2: snappy or python-snappy"),
        (CONF, "EXEC=main.py\nhello\n", BadPackage, "line 2: hello"),
        (CONF, "EXEC=gone.py\n", BadPackage, "EXEC=gone.py"),
        (CONF, "PWD=.\n", BadPackage, "no EXEC"),
        (CONF, "EXEC=main.py\nPWD=gone\n", BadPackage, "PWD=gone"),
        (CONF, f"EXEC={'x' * 300}\n", BadPackage, f"EXEC={'x' * 47}..."),
        (MODS, "a\0b", BadPackage, "a zero byte, as in UTF-16 without its mark"),
        (CONF, "EXEC=.\n", BadPackage, "EXEC=."),
        (CONF, "EXEC=/bin/sh\n", BadPackage, "EXEC=/bin/sh"),
        (CONF, "EXEC=main.py\nPWD=../..\n", BadPackage, "PWD=../.."),
        (CONF, 'EXEC=main.py\nPATHS=["../lib"]\n', BadPackage, "PATHS=../lib"),
        (CONF, "EXEC=main.py\nPATHS=[3]\n", BadPackage, "line 2: PATHS=[3]"),
        (CONF, 'EXEC="main\n', BadPackage, 'line 1: EXEC="main'),
        ("nightly/src/main.py", "import (\n", Unparsable, "line 1: import ("),
    ],
)
def test_a_bad_edit_is_told_with_its_line(
    name: str, text: str, error: type[TampuError], told: str, place: Path
) -> None:
    (place / name).write_text(text)

    with pytest.raises(error) as caught:
        again(place)

    assert f"Found:    {told}\n" in caught.value.advice


def test_a_source_that_can_not_be_read(place: Path) -> None:
    (place / "nightly" / "src" / "mem").symlink_to("/proc/self/mem")

    with pytest.raises(Unreadable, match=r"^mem can't be packed"):
        again(place)


ANY = st.text() | st.lists(
    st.tuples(
        st.sampled_from(["PWD", "EXEC", "PATHS", "KNOWN", "NAME", "flask", "x[y]", "-e", "#"]), st.text(max_size=9)
    ).map(lambda both: both[0] + both[1])
    | st.tuples(st.sampled_from(["PWD", "EXEC", "PATHS", "KNOWN"]), st.text(max_size=9)).map("=".join)
).map("\n".join)


@given(conf=ANY, mods=ANY)
def test_any_edit_is_a_package_or_an_error_of_ours(
    conf: str, mods: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    place = write_app(
        tmp_path_factory.getbasetemp() / "edited", {"nightly/src/main.py": "import yaml", MODS: "", CONF: ""}
    )
    (place / MODS).write_bytes(mods.encode("utf-8", "surrogatepass"))
    (place / CONF).write_bytes(f"EXEC=main.py\n{conf}".encode("utf-8", "surrogatepass"))

    assert outcome(place) in {"fine", BadLine.reason, BadPackage.reason}


def outcome(place: Path) -> str:
    try:
        again(place)
    except TampuError as error:
        return error.reason
    return "fine"
