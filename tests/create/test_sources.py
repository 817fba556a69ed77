"""Templates in folders and in git repositories: what they may be, and what they may not do."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.kit.creating import own

if TYPE_CHECKING:
    from pathlib import Path

    from tests.kit.creating import Desk

HOOKS = """
pre = ["sh -c 'echo $0 > before' '{{ project }};x'"]
post = ["sh -c 'echo $0 > after' '{{ project }};x'"]
"""


def git(folder: Path, *words: str) -> str:
    settings = ("-c", "user.name=a", "-c", "user.email=a@b", "-c", "init.defaultBranch=main")
    return subprocess.check_output(("git", *settings, *words), cwd=folder, text=True).strip()


@pytest.fixture
def repository(desk: Desk) -> Path:
    """Two states on main, the first with a tag, and a branch."""
    place = desk.template("shop", 'summary = "One"', text="one\n")
    git(place, "init", "--quiet")
    for text, name in (("one\n", ("tag", "v1")), ("two\n", ("branch", "old")), ("three\n", ("tag", "v3"))):
        (place / "files/text").write_text(text)
        git(place, "add", "--all")
        git(place, "commit", "--quiet", "--message", "state", "--allow-empty")
        git(place, *name)
    return place


class TestRepository:
    @pytest.mark.parametrize(("ref", "text"), [("", b"three\n"), ("@v1", b"one\n"), ("@old", b"two\n")])
    def test_the_state_that_is_asked_for(self, ref: str, text: bytes, desk: Desk, repository: Path) -> None:
        desk.well("x", "-t", f"git+file://{repository}{ref}")

        assert own(desk.folder / "x") == {"text": text}

    def test_a_commit_and_what_the_record_says(self, desk: Desk, repository: Path) -> None:
        commit = git(repository, "rev-parse", "v1")
        desk.well("x", "-t", f"git+file://{repository}@{commit[:10]}")

        record = (desk.folder / "x/.tampu-create/answers.toml").read_text()
        assert f'name = "shop"\naddress = "git+file://{repository}@{commit[:10]}"\nversion = "{commit}"\n' in record

    def test_a_later_state(self, desk: Desk, repository: Path) -> None:
        desk.well("x", "-t", f"git+file://{repository}@v1")
        desk.well("--update", "x")
        assert own(desk.folder / "x") == {"text": b"one\n"}

        desk.well("--update", "x", "-t", f"git+file://{repository}@v3")
        desk.well("--update", "x")
        assert own(desk.folder / "x") == {"text": b"three\n"}

    @pytest.mark.parametrize(
        "address",
        [
            "git+file://{0}@v2",
            "git+file://{0}/nowhere",
            "git+ext::sh -c touch% {0}/oops",
            "git+file://{0}@--upload-pack=x",
            "git+ftp://host/x",
            "git+--upload-pack=x",
        ],
    )
    def test_what_can_not_be_had(self, address: str, desk: Desk, repository: Path) -> None:
        assert "create::no-repository" == desk.ill("x", "-t", address.format(repository))
        assert [repository] == list(desk.folder.iterdir())

    def test_a_template_that_is_in_a_part_of_it(self, desk: Desk, repository: Path) -> None:
        (repository / "more/files").mkdir(parents=True)
        (repository / "more/template.toml").write_text("")
        (repository / "more/files/more").write_text("more\n")
        (repository / "template.toml").write_text('requires = ["./more"]')
        git(repository, "add", "--all")
        git(repository, "commit", "--quiet", "--message", "more")

        desk.well("x", "-t", f"git+file://{repository}")
        desk.well("--update", "x")

        assert own(desk.folder / "x") == {"text": b"three\n", "more": b"more\n"}

    def test_a_template_that_names_a_folder_of_ours(self, desk: Desk, repository: Path) -> None:
        desk.template("mine", "", text="secret\n")
        (repository / "template.toml").write_text(f'requires = ["{desk.folder}/mine"]')
        git(repository, "commit", "--quiet", "--all", "--message", "greedy")

        assert "create::bad-template" == desk.ill("x", "-t", f"git+file://{repository}")

    def test_where_there_is_no_git(self, desk: Desk, repository: Path) -> None:
        result = desk.create("x", "-t", f"git+file://{repository}", env={"PATH": "/nowhere"})

        assert "Found:    git can't be started: install git\n" in result.err


class TestTrust:
    def test_nothing_is_run_unasked(self, desk: Desk) -> None:
        desk.template("shop", HOOKS, text="text\n")

        result = desk.create("x", "-t", "./shop")

        assert {"shop", "x"} == {path.name for path in desk.folder.iterdir()}
        assert own(desk.folder / "x") == {"text": b"text\n"}
        assert "shop wants to run, and --trust would let it:\n !         sh -c" in result.err

    def test_who_is_trusted_runs_what_it_wants(self, desk: Desk) -> None:
        desk.template("shop", HOOKS, text="text\n")

        desk.well("x", "-t", "./shop", "--trust", "-n")
        assert {"shop"} == {path.name for path in desk.folder.iterdir()}

        desk.well("x", "-t", "./shop", "--trust")
        assert own(desk.folder / "x") == {"text": b"text\n", "after": b"x;x\n"}
        assert "x;x\n" == (desk.folder / "before").read_text()

    @pytest.mark.parametrize("line", ["false", "nowhere-to-be-found", "sh 'x", ""])
    def test_what_fails_is_named(self, line: str, desk: Desk) -> None:
        desk.template("shop", f'post = ["{line}"]', text="text\n")

        assert desk.ill("x", "-t", "./shop", "--trust") in {"create::hook-failed", "create::bad-template"}
        assert own(desk.folder / "x") == {"text": b"text\n"}


@pytest.mark.parametrize(
    ("about", "told"),
    [
        ("summary = x", "shop: template.toml\n !\n !     Found:    line 1: "),
        ("summary = 1", "summary = 1"),
        ("sumary = 'x'", "a key 'sumary'"),
        ("requires = 'x'", "requires = 'x'"),
        ("variable = 1", "variable = 1"),
        ("[[variable]]\nname = 'a b'", "a variable 'a b'"),
        ("[[variable]]\nname = 'a'\nsecret = 1", "secret = 1"),
        ("[[variable]]\nname = 'a'\ndefault = 1", "default = 1"),
        ("[[variable]]\nname = 'a'\ntype = 'x'", "a key 'type'"),
        ("next = ['{{ nothing }}']", "'nothing' is undefined"),
        ("[[variable]]\nname = 'a'\ndefault = '{{'", "default of a"),
        ("requires = ['nowhere']", "There is no template nowhere"),
    ],
)
def test_what_is_no_template(about: str, told: str, desk: Desk) -> None:
    desk.template("shop", about, text="")
    before = sorted(desk.folder.rglob("*"))

    result = desk.create("x", "-t", "./shop")

    assert result.code
    assert told in result.err
    assert before == sorted(desk.folder.rglob("*"))


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("a_tmpl", "one\n{{ nothing }}", "line 2: 'nothing' is undefined"),
        ("a_tmpl", "one\n{% if %}", "line 2: "),
        ("a_tmpl", "{{ 1 // 0 }}", "zero"),
        ("a_tmpl", "{{ ''.__class__.__mro__[1].__subclasses__() }}", "unsafe"),
        ("a_tmpl", "{{ [].append(1) }}", "line 1: "),
        ("a_tmpl", "{% include '/etc/passwd' %}", "no loader"),
        ("+nothing+", "", "no value for 'nothing'"),
        ("+up+", "", "it leads out of the project"),
        ("+absolute+", "", "it leads out of the project"),
        ("+dot+git/config", "", "what is in there is no template's to write"),
        ("+dot+git_tmpl", "gitdir: x", "what is in there is no template's to write"),
        ("a/_tmpl", "", "it leads out of the project"),
        ("a/+dot+GIT/hooks/post-checkout", "", "what is in there is no template's to write"),
        ("+line+", "", "no file can be called so"),
    ],
)
def test_files_that_no_template_may_have(name: str, text: str, told: str, desk: Desk) -> None:
    place = desk.template("shop") / "files" / name
    place.parent.mkdir(parents=True)
    place.write_text(text)

    result = desk.create("x", "-t", "./shop", "up=../../x", "absolute=/tmp/x", "line=a\nb")

    assert (1, ["shop"]) == (result.code, [path.name for path in desk.folder.iterdir()])
    assert "(create::bad-template)" in result.err
    assert told in result.err


def test_a_template_without_files(desk: Desk) -> None:
    desk.template("shop", "")

    assert "create::bad-template" == desk.ill("x", "-t", "./shop")


def test_a_file_that_is_a_folder_of_another_template(desk: Desk) -> None:
    desk.template("a", "", a="")
    (desk.template("b", "") / "files/a").mkdir(parents=True)
    (desk.folder / "b/files/a/b").write_text("")

    result = desk.create("x", "-t", "./a", "-t", "./b")

    assert "Found:    a, and a/b in it\n" in result.err
    assert not (desk.folder / "x").exists()


def test_a_value_makes_no_file_a_template(desk: Desk) -> None:
    desk.template("a", "", **{"+colour+": "{{ colour }}\n"})

    desk.well("x", "-t", "./a", "colour=red_tmpl")

    assert own(desk.folder / "x") == {"red_tmpl": b"{{ colour }}\n"}


def test_links_are_not_followed(desk: Desk) -> None:
    (desk.template("shop", "", a="") / "files/link").symlink_to("/etc")

    assert "create::bad-template" == desk.ill("x", "-t", "./shop")


@pytest.mark.parametrize("name", ["a_tmpl", "about"])
def test_what_is_not_text(name: str, desk: Desk) -> None:
    place = desk.template("shop", "", a="")
    (place / ("template.toml" if name == "about" else f"files/{name}")).write_bytes(b"\xff")

    assert "create::bad-template" == desk.ill("x", "-t", "./shop")


def test_a_circle_ends(desk: Desk) -> None:
    desk.template("a", 'requires = ["../b"]', a="a\n")
    desk.template("b", 'requires = ["../a"]', b="b\n")

    desk.well("x", "-t", "./a")

    assert own(desk.folder / "x") == {"a": b"a\n", "b": b"b\n"}
