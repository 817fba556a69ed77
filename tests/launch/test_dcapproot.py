from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.kit import interpreters
from tests.launch.homes import make_home

if TYPE_CHECKING:
    from tests.launch.homes import Home

OLDEST = sorted(prefix for version, prefix in interpreters.installed().items() if version.startswith("3.9."))


def test_a_boot_and_another(home: Home) -> None:
    (home.path / "web").mkdir()
    home.decide(approot="web")
    for _ in range(2):
        ended = home.boot(DEP_VERSION="1a2b")

        assert (0, "", "") == (ended.code, ended.out, ended.err)
        assert {"code": ".", "current": "code/web", "git-1a2b": "."} == home.links()
        assert str(home.path) == str((home.run / "app").readlink())


def test_a_boot_becomes_the_program_that_it_is_given(home: Home) -> None:
    ended = home.call(home.path / "bin" / "dcapproot.sh", "sh", "-c", 'echo "$0 in $PWD"; exit 5', "a b")

    assert (5, f"a b in {home.path}\n", "") == (ended.code, ended.out, ended.err)
    assert home.run.is_dir()


def test_a_program_that_is_not_there(home: Home) -> None:
    ended = home.call(home.path / "bin" / "dcapproot.sh", "no-such-program")

    assert (127, "tampu: no-such-program can't be started: No such file or directory\n") == (ended.code, ended.err)


def test_a_boot_that_fails_becomes_nothing(home: Home) -> None:
    home.decide(postinstall="exit 3")

    ended = home.call(home.path / "bin" / "dcapproot.sh", "echo", "started")

    assert (1, "") == (ended.code, ended.out)


@pytest.mark.parametrize("prefix", OLDEST[:1])
def test_the_oldest_python_that_apps_run_on(tmp_path: Path, run: Path, prefix: Path) -> None:
    home = make_home(tmp_path / "app", run, prefix / "bin/python3")
    home.decide(dotcloud=True, postinstall="echo hello", processes={"say": "echo said"})

    assert (0, "tampu: Running echo hello\nhello\n") == ((ended := home.boot()).code, ended.err)
    assert "said\n" == home.process("say").out


def test_the_variable_wins_over_the_file(home: Home) -> None:
    (home.path / "web").mkdir()
    home.decide(approot="nowhere")

    assert 0 == home.boot(APPROOT="web").code
    assert "code/web" == home.links()["current"]


def test_an_empty_variable_is_as_good_as_none(home: Home) -> None:
    (home.path / "web").mkdir()
    home.decide(approot="web")

    assert 0 == home.boot(APPROOT="", DEP_VERSION="").code
    assert {"code": ".", "current": "code/web"} == home.links()


def test_an_app_of_dotcloud_finds_its_environment(home: Home) -> None:
    home.decide(dotcloud=True, service="api", environment=["COLOUR"])
    home.write("postinstall", "cat ~/environment.json > seen")

    home.boot(COLOUR="red", OTHER="x", DOTCLOUD_ENVIRONMENT="live")

    assert {
        "COLOUR": "red",
        "DOTCLOUD_ENVIRONMENT": "live",
        "DOTCLOUD_PROJECT": home.path.name,
        "DOTCLOUD_SERVICE_ID": "0",
        "DOTCLOUD_SERVICE_NAME": "api",
    } == json.loads((home.path / "seen").read_text())


def test_other_apps_have_neither_its_files_nor_its_program(home: Home) -> None:
    home.write("postinstall", "exit 1")

    assert 0 == home.boot().code
    assert {"code", "current"} == home.links().keys()


def test_a_boot_that_fails_leaves_word_and_a_next_one_takes_it_away(home: Home) -> None:
    home.decide(postinstall="exit 3")
    failed = home.boot()
    word = (home.run / "failed").read_text()
    home.decide()

    assert (1, 0) == (failed.code, home.boot().code)
    assert word.startswith("postinstall failed, so the app does not start\n\nFound:    exit code 3\n")
    assert [line.removeprefix("tampu:").strip() for line in failed.err.splitlines()][1:] == [
        line.strip() for line in word.splitlines()
    ]
    assert not (home.run / "failed").exists()


@pytest.mark.parametrize(
    ("environ", "title"),
    [
        ({"APPROOT": "../.."}, "APPROOT names no folder of the app"),
        ({"DEP_VERSION": "a/b"}, "DEP_VERSION can't be a part of a file's name"),
    ],
)
def test_odd_variables(home: Home, environ: dict[str, str], title: str) -> None:
    ended = home.boot(**environ)

    assert (1, f"tampu: {title}") == (ended.code, ended.err.splitlines()[0])
    assert title == (home.run / "failed").read_text().splitlines()[0]


def test_without_a_run_folder_there_is_no_word(home: Home) -> None:
    ended = home.boot(TAMPU_RUN="here")

    assert (1, "tampu: TAMPU_RUN names no folder") == (ended.code, ended.err.splitlines()[0])
    assert {} == home.links()


@pytest.mark.parametrize("text", [None, "{", "[]"])
def test_an_app_whose_build_can_t_be_read(home: Home, text: str | None) -> None:
    (home.path / ".tampu/stack.json").unlink()
    if text:
        home.write(".tampu/stack.json", text)

    ended = home.boot()

    assert (1, True) == (ended.code, ended.err.startswith("tampu: The app's build can't be read"))
    assert "Build the app again." in (home.run / "failed").read_text()


def test_what_nobody_thought_of_is_told_in_a_sentence(home: Home) -> None:
    home.decide(dotcloud=True)
    (home.run / "environment.json").mkdir(parents=True)

    ended = home.boot()

    assert (1, "tampu: ") == (ended.code, ended.err[:7])
    assert "Is a directory" in ended.err
    assert "Traceback" not in ended.err
    assert Path(home.run / "failed").is_file()
