"""`tampu create --update`: what the templates have changed and what you have changed, brought together."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from typing import TYPE_CHECKING

import pytest

from tests.kit.creating import contents, own

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.kit.creating import Desk

TEN = "".join(f"line {number}\n" for number in range(10))
ABOUT = '[[variable]]\nname = "colour"\ndefault = "red"\n[[variable]]\nname = "key"\ndefault = "k"\nsecret = true\n'


def packed() -> bytes:
    place = io.BytesIO()
    with zipfile.ZipFile(place, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a", TEN)
    return place.getvalue()


PACKED = packed()
# Behind a header of 30 bytes, and a name of one.
DEFLATED = PACKED[31:40]
PLAIN, ENCRYPTED = (b"PK\x01\x02\x14\x03\x14\x00" + flags for flags in (b"\x00", b"\x01"))


@pytest.fixture
def made(desk: Desk) -> Callable[..., Path]:
    """A project of the template `shop` with these files; each is filled in."""

    def make(**files: str) -> Path:
        desk.template("shop", ABOUT, **{f"{name}_tmpl": text for name, text in files.items()})
        desk.well("x", "-t", "./shop")
        return desk.folder / "x"

    return make


def becomes(desk: Desk, about: str = ABOUT, **files: str) -> None:
    """The template's next version."""
    desk.template("shop", about, **{f"{name}_tmpl": text for name, text in files.items()})


def updated(desk: Desk) -> str:
    """It does what it said it would do; once more, and there is nothing to do."""
    before = contents(desk.folder / "x")
    planned = simulated(desk)
    assert before == contents(desk.folder / "x")
    told = desk.well("--update", "x")
    assert planned == digests(contents(desk.folder / "x"), planned)
    assert desk.well("--update", "x").endswith("-----> x is up to date\n")
    return told


def simulated(desk: Desk) -> dict[str, str]:
    """What each file is going to be, as a program is told."""
    plan = json.loads(desk.create("--update", "x", "--simulate", "--json").out)
    assert not plan["done"]
    return {
        f"{file['path']}{'*' if file['executable'] else ''}": "gone"
        if file["fate"] in {"deleted", "absent"}
        else file["sha256"]
        for file in plan["files"]
    }


def digests(there: dict[str, bytes], planned: dict[str, str]) -> dict[str, str]:
    return {name: hashlib.sha256(there[name]).hexdigest() if name in there else "gone" for name in planned}


def test_both_have_changed_something_else(desk: Desk, made: Callable[..., Path]) -> None:
    project = made(a=TEN)
    (project / "a").write_text(TEN.replace("line 1", "mine"))
    becomes(desk, a=TEN.replace("line 8", "theirs") + "more\n")

    told = updated(desk)

    assert own(project) == {"a": (TEN.replace("line 1", "mine").replace("line 8", "theirs") + "more\n").encode()}
    assert "a                           merged with your changes\n" in told


def test_only_one_has_changed_it(desk: Desk, made: Callable[..., Path]) -> None:
    project = made(yours=TEN, theirs=TEN, same=TEN)
    (project / "yours").write_text("mine\n")
    (project / "same").write_text("both\n")
    (project / "own").write_text("nobody else's\n")
    becomes(desk, yours=TEN, theirs="theirs\n", same="both\n", new="new\n")

    updated(desk)

    assert own(project) == {
        "yours": b"mine\n",
        "theirs": b"theirs\n",
        "same": b"both\n",
        "new": b"new\n",
        "own": b"nobody else's\n",
    }


def test_both_have_changed_the_same(desk: Desk, made: Callable[..., Path]) -> None:
    project = made(a=TEN, b="b\n")
    (project / "a").write_text(TEN.replace("line 4", "mine"))
    becomes(desk, a=TEN.replace("line 4", "theirs"), b="new\n")

    planned, plan = desk.create("--update", "x", "-n"), simulated(desk)
    result = desk.create("--update", "x")
    assert plan == digests(contents(project), plan)

    between = "<<<<<<< yours\nmine\n=======\ntheirs\n>>>>>>> shop"
    assert own(project) == {"a": TEN.replace("line 4", between).encode(), "b": b"new\n"}
    assert (1, 1) == (planned.code, result.code)
    assert "Found:    a\n" in result.err
    assert "           +<<<<<<< yours\n" in planned.out
    (project / "a").write_text(TEN.replace("line 4", "settled"))
    assert desk.well("--update", "x").endswith("x is up to date\n")


@pytest.mark.parametrize(("mine", "code"), [(None, 0), (b"\0mine", 1), (b"\0new", 0)])
def test_what_is_no_text(mine: bytes | None, code: int, desk: Desk) -> None:
    place = desk.template("shop", ABOUT) / "files/a"
    place.parent.mkdir()
    place.write_bytes(b"\0old")
    desk.well("x", "-t", "./shop")
    if mine:
        (desk.folder / "x/a").write_bytes(mine)
    place.write_bytes(b"\0new")

    result = desk.create("--update", "x")

    assert code == result.code
    assert own(desk.folder / "x") == ({"a": b"\0mine", "a.of-template": b"\0new"} if code else {"a": b"\0new"})


def test_a_file_that_no_template_makes_any_more(desk: Desk, made: Callable[..., Path]) -> None:
    project = made(a__b="a\n", changed="x\n", kept="k\n")
    (project / "changed").write_text("mine\n")
    becomes(desk, kept="k\n")

    told = updated(desk)

    assert own(project) == {"changed": b"mine\n", "kept": b"k\n"}
    assert "changed by you, kept though no template makes it any more\n" in told


def test_a_file_that_you_have_deleted(desk: Desk, made: Callable[..., Path]) -> None:
    project = made(a="a\n", b="b\n")
    (project / "a").unlink()
    becomes(desk, a="changed\n", b="b\n")

    told = updated(desk)

    assert own(project) == {"b": b"b\n"}
    assert "deleted by you, stays so though the templates have changed it\n" in told


def test_a_file_that_you_have_renamed(desk: Desk, made: Callable[..., Path]) -> None:
    project = made(a=TEN, b="b\n")
    (project / "deep").mkdir()
    (project / "a").rename(project / "deep/c")
    (project / "deep/c").write_text(TEN.replace("line 1", "mine"))
    becomes(desk, a=TEN.replace("line 8", "theirs"), b="b\n")

    told = desk.well("--update", "x")

    merged = TEN.replace("line 1", "mine").replace("line 8", "theirs").encode()
    assert own(project) == {"b": b"b\n", "deep/c": merged}
    assert "merged with your changes was a\n" in told
    assert desk.well("--update", "x").endswith("x is up to date\n")


@pytest.mark.parametrize(
    ("mine", "theirs"),
    [(TEN, TEN), (TEN.replace("line 1", "mine"), TEN), (TEN.replace("line 1", "mine"), TEN.replace("line 8", "t"))],
)
def test_a_file_that_the_templates_have_renamed(mine: str, theirs: str, desk: Desk, made: Callable[..., Path]) -> None:
    project = made(old=TEN, b="b\n")
    (project / "old").write_text(mine)
    becomes(desk, new=theirs, b="b\n")

    updated(desk)

    merged = mine if theirs == TEN else mine.replace("line 8", "t")
    assert own(project) == {"b": b"b\n", "new": merged.encode()}


def test_a_new_file_where_you_have_one(desk: Desk, made: Callable[..., Path]) -> None:
    project = made(a="a\n")
    (project / "new").write_text("mine\n")
    (project / "same").write_text("same\n")
    becomes(desk, a="a\n", new="theirs\n", same="same\n")

    assert "create::conflicts" == desk.ill("--update", "x")
    assert own(project) == {
        "a": b"a\n",
        "new": b"<<<<<<< yours\nmine\n=======\ntheirs\n>>>>>>> shop\n",
        "same": b"same\n",
    }


def test_programs(desk: Desk) -> None:
    files = desk.template("shop", ABOUT, becomes="a\n", yours="a\n", stays="a\n") / "files"
    desk.well("x", "-t", "./shop")
    (desk.folder / "x/yours").chmod(0o700)
    (files / "becomes").chmod(0o755)
    (files / "yours").write_text("b\n")

    updated(desk)

    assert own(desk.folder / "x") == {"becomes*": b"a\n", "yours*": b"b\n", "stays": b"a\n"}


def test_secrets_are_found_again(desk: Desk) -> None:
    becomes(desk, a="key = {{ key }}\n", b="{{ key }}\n")
    desk.well("x", "-t", "./shop", "key=Sesame-0")
    becomes(desk, a="key = {{ key }}\nagain = {{ key }}\n", b="{{ key }}\n", c="{{ key }}!\n")

    updated(desk)

    made = {"a": b"key = Sesame-0\nagain = Sesame-0\n", "b": b"Sesame-0\n", "c": b"Sesame-0!\n"}
    assert made == own(desk.folder / "x")
    assert not any(b"Sesame" in path.read_bytes() for path in (desk.folder / "x/.tampu-create").iterdir())


def test_new_questions_and_new_answers(desk: Desk, made: Callable[..., Path]) -> None:
    project = made(a="{{ colour }}\n")
    becomes(desk, f'{ABOUT}[[variable]]\nname = "size"', a="{{ colour }}\n", b="{{ size }}\n")
    assert "create::missing-variables" == desk.ill("--update", "x")

    desk.well("--update", "x", "size=9")
    desk.well("--update", "x", "colour=green")

    assert own(project) == {"a": b"green\n", "b": b"9\n"}


def test_a_stack_of_templates(desk: Desk, made: Callable[..., Path]) -> None:
    project = made(a=TEN, b="b\n")
    desk.template("sign", "", b="of the sign\n", c="c\n")
    desk.well("--update", "x", "-t", "./sign")
    assert own(project) == {"a": TEN.encode(), "b": b"of the sign\n", "c": b"c\n"}

    (project / "a").write_text("mine\n" + TEN)
    becomes(desk, a=f"{TEN}more\n", b="never seen\n")
    desk.template("sign", "", b="of the sign, too\n", c="c\n")
    updated(desk)

    assert own(project) == {"a": f"mine\n{TEN}more\n".encode(), "b": b"of the sign, too\n", "c": b"c\n"}
    assert "b  as it was made  shop, sign\n" in desk.well("--inspect-files", "x")


def test_lines_that_end_as_elsewhere(desk: Desk, made: Callable[..., Path]) -> None:
    project = made(a=TEN)
    (project / "a").write_bytes(TEN.replace("line 1", "mine").replace("\n", "\r\n").encode())
    becomes(desk, a=TEN.replace("line 8", "theirs"))

    updated(desk)

    merged = TEN.replace("line 1", "mine").replace("line 8", "theirs").replace("\n", "\r\n")
    assert own(project) == {"a": merged.encode()}


def test_in_the_project_itself_and_from_anywhere(desk: Desk, made: Callable[..., Path]) -> None:
    project = made(a="a\n")
    becomes(desk, a="b\n")

    told = type(desk)(folder=project, env=desk.env).well("--update")

    assert own(project) == {"a": b"b\n"}
    assert told.endswith(f"-----> Updated {project}\n")


def test_files_that_are_lost_come_back(desk: Desk, made: Callable[..., Path]) -> None:
    project = made(a="a\n", b="b\n")
    (project / "a").unlink()
    (project / "b").write_text("mine\n")
    assert "a  missing         shop\nb  changed by you  shop\n" == desk.well("--inspect-files", "x")

    desk.well("x")

    assert own(project) == {"a": b"a\n", "b": b"mine\n"}


def test_inspecting_for_programs_and_without_a_record(desk: Desk, made: Callable[..., Path]) -> None:
    project = made(a="a\n")
    found = json.loads(desk.well("--inspect-files", "x", "--json"))
    assert [{"path": "a", "from": ["shop"], "state": "as it was made"}] == found["files"]

    for path in (project / ".tampu-create").iterdir():
        path.unlink()
    assert "a  as it was made  shop\n" == desk.well("--inspect-files", "x", "-t", "./shop")


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("answers.toml", None),
        ("base.zip", None),
        ("answers.toml", b"format = 2\n"),
        ("answers.toml", b"format = \n"),
        ("answers.toml", b"format = 1\nasked = 1\n"),
        ("answers.toml", b"\xff"),
        ("base.zip", b"PK"),
        ("base.zip", b""),
        pytest.param("base.zip", PACKED.replace(DEFLATED, b"\xff" * len(DEFLATED)), id="spoilt"),
        pytest.param("base.zip", PACKED.replace(PLAIN, ENCRYPTED), id="said to be encrypted"),
    ],
)
def test_a_record_that_nobody_can_read(name: str, data: bytes | None, desk: Desk, made: Callable[..., Path]) -> None:
    place = made(a="a\n") / ".tampu-create" / name
    place.unlink()
    if data is not None:
        place.write_bytes(data)

    assert "create::bad-record" == desk.ill("--update", "x")
    assert "create::bad-record" == desk.ill("--inspect-files", "x")


@pytest.mark.parametrize("path", ["../mine", ".tampu-create/../../mine", ".git/config"])
def test_a_record_that_names_files_elsewhere(path: str, desk: Desk, made: Callable[..., Path]) -> None:
    """Whoever clones a stranger's project brings it up to date without harm."""
    project = made(a="a\n")
    (desk.folder / "mine").write_text("mine\n")
    (project / ".git").mkdir()
    (project / ".git/config").write_text("mine\n")
    with zipfile.ZipFile(project / ".tampu-create/base.zip", "a") as base:
        base.writestr(path, "mine\n")
    record = project / ".tampu-create/answers.toml"
    record.write_text(f'{record.read_text()}"{path}" = {{ sha256 = "", from = [] }}\n')

    assert "create::in-the-way" == desk.ill("--update", "x")
    assert "create::in-the-way" == desk.ill("--inspect-files", "x")
    assert ["mine\n"] * 2 == [(desk.folder / "mine").read_text(), (project / ".git/config").read_text()]


def test_a_template_that_is_gone(desk: Desk, made: Callable[..., Path]) -> None:
    project = made(a="a\n")
    (desk.folder / "moved").mkdir()
    (desk.folder / "shop").rename(desk.folder / "moved/shop")
    assert "create::bad-template" == desk.ill("--update", "x")
    assert own(project) == {"a": b"a\n"}

    (desk.folder / "moved/shop/files/a_tmpl").write_text("b\n")
    desk.well("--update", "x", "-t", "./moved/shop")
    desk.well("--update", "x")

    assert own(project) == {"a": b"b\n"}
    assert f'asked = ["{desk.folder}/moved/shop"]\n' in (project / ".tampu-create/answers.toml").read_text()
