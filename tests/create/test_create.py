"""`tampu create PROJECT`: from templates to files."""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
from typing import TYPE_CHECKING

import pytest

from tampu.create.creating import callable_here
from tampu.create.sources import ours
from tests.kit import buildpack
from tests.kit.creating import Desk, contents, own

if TYPE_CHECKING:
    from pathlib import Path

SHOP = """
summary = "A shop"
next = ["cd {{ folder }}", "./run {{ colour }}"]
[[variable]]
name = "colour"
description = "Colour of its door"
default = "red of {{ project }}"
"""


@pytest.fixture
def shop(desk: Desk) -> Path:
    place = desk.template("shop", SHOP, door__txt_tmpl="{{ colour }}\n", plain="{{ colour }}\n")
    (place / "files/+package+").mkdir()
    (place / "files/+package+/+dot+run").write_bytes(b"\xff\0 as it is +package+\n")
    (place / "files/+package+/+dot+run").chmod(0o755)
    return place


def test_as_anybody_calls_it(desk: Desk) -> None:
    words = (str(buildpack.BIN / "tampu"), "create", "-t", "flask", "My-Shop")
    env = {**desk.env, "PATH": f"{buildpack.python().parent}:{desk.env['PATH']}"}
    done = subprocess.run(words, cwd=desk.folder, env=env, capture_output=True, text=True, check=False)

    assert (0, "") == (done.returncode, done.stderr)
    up = f"{buildpack.BIN / 'tampu'} up"
    assert done.stdout.endswith(f"-----> My-Shop is made. Next:\n       cd My-Shop\n       {up}\n")
    assert (desk.folder / "My-Shop/myshop/__init__.py").is_file()


def test_what_is_on_path_is_called_by_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    called = str(buildpack.BIN / "tampu")
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/tampu").symlink_to(called)
    monkeypatch.setattr("sys.argv", [called])

    assert "tampu up" == callable_here("tampu up", {"PATH": str(tmp_path / "bin")})
    assert f"{called} up" == callable_here("tampu up", {"PATH": str(tmp_path)})
    assert "cd x" == callable_here("cd x", {})


@pytest.mark.usefixtures("shop")
def test_names_and_bodies_are_filled_in_and_all_else_is_copied(desk: Desk) -> None:
    out = desk.well("My.shop-2", "-t", "./shop", "colour=blue")

    assert own(desk.folder / "My.shop-2") == {
        "door.txt": b"blue\n",
        "myshop2/.run*": b"\xff\0 as it is +package+\n",
        "plain": b"{{ colour }}\n",
    }
    assert out.endswith("Next:\n       cd My.shop-2\n       ./run blue\n")


@pytest.mark.parametrize("name", ours())
def test_a_plan_is_what_is_done_to_the_byte(name: str, desk: Desk) -> None:
    """For each template of ours: what `--simulate` says, and what is there afterwards."""
    planned = desk.well("shop", "-t", name, "--simulate")
    plan = json.loads(desk.well("shop", "-t", name, "--simulate", "--json"))
    assert [] == list(desk.folder.iterdir())

    done = desk.well("shop", "-t", name)
    assert planned.splitlines()[1:] == done.splitlines()[1 : len(planned.splitlines())]
    there = contents(desk.folder / "shop")
    assert sorted(there) == sorted(f"{file['path']}{'*' if file['executable'] else ''}" for file in plan["files"])
    assert plan["files"] == [
        {**file, "bytes": len(there[name_of(file)]), "sha256": digest(there[name_of(file)])} for file in plan["files"]
    ]


def name_of(file: dict[str, object]) -> str:
    return f"{file['path']}{'*' if file['executable'] else ''}"


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def test_into_a_folder_that_is_named_or_is_this_one(desk: Desk, shop: Path) -> None:
    desk.well("-o", "far/away", "-t", "./shop", "one")
    desk.well("near/two", "-t", shop)
    here = Desk(folder=desk.folder / "three", env=desk.env)
    here.folder.mkdir()
    out = here.well(".", "-t", shop)

    assert [b"red of one\n", b"red of two\n", b"red of three\n"] == [
        (desk.folder / place / "door.txt").read_bytes() for place in ("far/away/one", "near/two", "three")
    ]
    assert f"cd {here.folder}\n" in out


@pytest.mark.usefixtures("shop")
def test_templates_one_over_the_other(desk: Desk) -> None:
    desk.template("sign", 'requires = ["../shop"]', plain="of the sign\n", sign="1\n")

    desk.well("x", "-t", "./sign", "-t", "./shop", "-t", "./sign")

    assert b"of the sign\n" == own(desk.folder / "x")["plain"]
    told = desk.well("x", "--inspect-files")
    assert [["plain", "as it was made", "shop, sign"], ["sign", "as it was made", "sign"]] == [
        re.split("  +", line) for line in told.splitlines()[1:3]
    ]


class TestFilesThatAreThere:
    """In the folder of the project, at its top or further down."""

    @pytest.fixture
    def there(self, desk: Desk, shop: Path) -> Path:
        assert shop.is_dir()
        folder = desk.folder / "x"
        (folder / "x").mkdir(parents=True)
        (folder / "plain").write_text("mine\n")
        (folder / "x/.run").write_text("mine too\n")
        (folder / "own").write_text("nobody else's\n")
        return folder

    def test_stay_as_they_are(self, desk: Desk, there: Path) -> None:
        out = desk.well("x", "-t", "./shop")

        assert own(there) == {
            "door.txt": b"red of x\n",
            "own": b"nobody else's\n",
            "plain": b"mine\n",
            "x/.run": b"mine too\n",
        }
        assert "plain                       differs, kept\n" in out
        assert "x/.run                      differs, kept\n" in out

    def test_are_overwritten_where_that_is_wanted(self, desk: Desk, there: Path) -> None:
        planned = desk.well("x", "-t", "./shop", "-f", "-n")
        desk.well("x", "-t", "./shop", "-f")

        assert b"{{ colour }}\n" == (there / "plain").read_bytes()
        assert (there / "x/.run").stat().st_mode & 0o100
        assert "           -mine\n           +{{ colour }}\n" in planned
        assert "x/.run: 9 bytes become 22\n" in planned

    def test_the_same_is_nothing_to_talk_about(self, desk: Desk, there: Path) -> None:
        desk.well("x", "-t", "./shop", "-f")
        before = {path: path.stat().st_ino for path in there.rglob("*")}

        out = desk.well("x", "-t", "./shop")

        assert before == {path: path.stat().st_ino for path in there.rglob("*")}
        assert "plain                       same\n" in out

    @pytest.mark.parametrize(
        ("answers", "plain", "run"),
        [
            (("n", "y"), b"mine\n", b"\xff\0 as it is +package+\n"),
            (("what", "d", "y", "n"), b"{{ colour }}\n", b"mine too\n"),
            (("all n",), b"mine\n", b"mine too\n"),
            (("all y",), b"{{ colour }}\n", b"\xff\0 as it is +package+\n"),
        ],
    )
    def test_are_asked_about(self, answers: tuple[str, ...], plain: bytes, run: bytes, desk: Desk, there: Path) -> None:
        told = desk.talk(("x", "-t", "./shop", "colour=red"), *(("[y/n/d/B/?] ", answer) for answer in answers))

        assert (0, plain, run) == (told.code, (there / "plain").read_bytes(), (there / "x/.run").read_bytes())
        assert "-mine\n" in told.out

    @pytest.mark.parametrize("answers", [("b", ""), ("all b",)])
    def test_are_kept_under_another_name(self, answers: tuple[str, ...], desk: Desk, there: Path) -> None:
        (there / "plain.bak").write_text("older\n")
        desk.talk(("x", "-t", "./shop", "colour=red"), *(("[y/n/d/B/?] ", answer) for answer in answers))

        assert {b"older\n", b"mine\n", b"{{ colour }}\n"} == {path.read_bytes() for path in there.glob("plain*")}
        assert b"mine too\n" == (there / "x/.run.bak").read_bytes()

    def test_nothing_is_done_before_the_last_answer(self, desk: Desk, there: Path) -> None:
        before = contents(there)

        told = desk.talk(("x", "-t", "./shop", "colour=red"), ("[y/n/d/B/?] ", "y"), ("[y/n/d/B/?] ", "\x04"))

        assert (1, before) == (told.code, contents(there))
        assert "(terminal::no-answer)" in told.out


@pytest.mark.usefixtures("shop")
@pytest.mark.parametrize("name", ["plain", "x", "x/.run"])
def test_what_is_no_file_is_in_the_way(name: str, desk: Desk, tmp_path: Path) -> None:
    place = desk.folder / "x" / name
    if name == "x":
        place.parent.mkdir()
        place.symlink_to(tmp_path)
    else:
        place.mkdir(parents=True)
    before = sorted(tmp_path.rglob("*"))

    assert "create::in-the-way" == desk.ill("x", "-t", "./shop", "-f")
    assert before == sorted(tmp_path.rglob("*"))


@pytest.mark.usefixtures("shop")
def test_a_link_is_replaced_and_not_followed(desk: Desk) -> None:
    (desk.folder / "x").mkdir()
    (desk.folder / "elsewhere").write_text("mine\n")
    (desk.folder / "x/plain").symlink_to(desk.folder / "elsewhere")

    desk.well("x", "-t", "./shop", "-f")

    assert "mine\n" == (desk.folder / "elsewhere").read_text()
    assert b"{{ colour }}\n" == (desk.folder / "x/plain").read_bytes()


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        ((), "usage::command-line"),
        (("--colour", "x"), "usage::command-line"),
        (("x", "y"), "create::bad-variable"),
        (("x", "=y"), "create::bad-variable"),
        (("-x-",), "usage::command-line"),
        (("x y",), "create::bad-name"),
        (("..",), "create::bad-name"),
        (("x" * 101,), "create::bad-name"),
        (("x" * 300,), "create::bad-name"),
        (("--update", "x" * 300), "create::bad-name"),
        (("x", "colour=\udcff"), "create::bad-variable"),
        (("3d",), "create::bad-package"),
        (("import",), "create::bad-package"),
        (("x", "package=a.b"), "create::bad-package"),
        (("waitress", "-t", "wsgi"), "create::taken-package"),
        (("waitress", "-t", "pyramid"), "create::taken-package"),
        (("x", "-t", "flsk"), "create::unknown-template"),
        (("x", "-t", "./nowhere"), "create::bad-template"),
        (("x", "--svn-repository", "svn://host/x"), "create::no-subversion"),
        (("--update", "x"), "create::not-made"),
        (("--inspect-files", "x"), "create::not-made"),
        (("x", "--config", "."), "create::bad-config"),
    ],
)
def test_what_can_not_be_made(words: tuple[str, ...], reason: str, desk: Desk) -> None:
    assert reason == desk.ill(*words)
    assert [] == list(desk.folder.iterdir())


@pytest.mark.usefixtures("shop")
def test_lists(desk: Desk) -> None:
    templates = desk.well("--list-templates")
    assert "Available templates:\n  basic_package:  " in templates
    assert list(ours()) == [each["name"] for each in json.loads(desk.well("--list-templates", "--json"))]

    assert "shop:\n  colour  Colour of its door (else 'red of {{ project }}')\n" == desk.well(
        "--list-variables", "-t", "./shop"
    )
    assert ["colour"] == [
        each["name"] for each in json.loads(desk.well("--list-variables", "-t", "./shop", "--json"))["shop"]
    ]


def test_quiet_is_quiet(desk: Desk) -> None:
    assert "" == desk.well("x", "-q")


def test_where_nobody_may_write(desk: Desk) -> None:
    assert "disk::not-writable" == desk.ill("x", "-o", "/sys")


def test_what_is_no_folder(desk: Desk) -> None:
    (desk.folder / "file").write_text("")

    assert ["create::in-the-way"] * 3 == [desk.ill(*words) for words in (("file",), ("file/x",), ("x", "-o", "file"))]
