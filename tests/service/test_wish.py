from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tampu.service.asked import BadWish
from tampu.service.wish import Unknown, Wish, read, read_file

if TYPE_CHECKING:
    from pathlib import Path

LEAST: dict[str, object] = {"user": "shop", "path_to_files": ".", "command": "python shop.py"}


def wish(place: Path, **words: object) -> Wish:
    return read({**LEAST, **words}, "shop.toml", place, {})


@pytest.fixture
def place(tmp_path: Path) -> Path:
    for name in ("configure.py", "requirements.txt"):
        (tmp_path / name).touch()
    return tmp_path


def test_little_has_to_be_said(place: Path) -> None:
    found = wish(place)

    assert ("shop", "shop", place, ("python", "shop.py")) == (found.name, found.user, found.code, found.command)
    assert (True, False, 0, "systemd", None, None) == (
        found.enable,
        found.notify,
        found.watchdog,
        found.backend,
        found.writer,
        found.requirements,
    )


def test_the_words_of_py_daemon_mean_the_same(place: Path) -> None:
    camel = {
        "user": "shop",
        "service": "shop.py",
        "pathToFiles": str(place),
        "configWriter": str(place / "configure.py"),
        "config": {"dbconn": "mongodb://localhost:27017/", "port": 80, "debug": True},
        "virtualEnv": {"reqFile": str(place / "requirements.txt"), "dependencies": ["python-dev", "freetype*"]},
        "upstart": False,
    }
    snake = {
        "user": "shop",
        "command": ["python", "shop.py"],
        "path_to_files": ".",
        "config_writer": "configure.py",
        "config": {"dbconn": "mongodb://localhost:27017/", "port": "80", "debug": "true"},
        "virtual_env": {"req_file": "requirements.txt", "dependencies": ("python-dev", "freetype*")},
        "enable": False,
    }

    assert read(snake, "a call", place, {}) == read(camel, "a call", place, {})


@pytest.mark.parametrize(
    ("command", "service", "words"),
    [
        ("node", "shop.js", ("node", "shop.js")),
        ("", "shop.py", ("python", "shop.py")),
        ("python 'a b.py' $HOME", "", ("python", "a b.py", "$HOME")),
        (["python", "", "a b"], "", ("python", "", "a b")),
    ],
)
def test_a_command_is_a_list_of_words(place: Path, command: object, service: str, words: tuple[str, ...]) -> None:
    assert words == wish(place, command=command, service=service).command


def test_a_file_says_the_same_from_wherever_it_is_read(place: Path) -> None:
    (place / "shop.toml").write_text('user = "shop"\ncommand = "python shop.py"\n')

    assert wish(place) == read_file(place / "shop.toml")


def test_a_file_that_is_not_there_is_no_service(place: Path) -> None:
    with pytest.raises(Unknown):
        read_file(place / "nothing.toml")


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("user", "root"),
        ("user", "Shop"),
        ("user", "shop\n[Service]"),
        ("user", "-shop"),
        ("user", None),
        ("user", 7),
        ("name", "../shop"),
        ("name", "shop.service"),
        ("path_to_files", "nowhere"),
        pytest.param("path_to_files", "9" * 5000, id="a long name of a folder"),
        pytest.param("supervisord", "9" * 5000, id="a long name of a file"),
        ("command", "python 'shop.py"),
        ("command", ""),
        ("command", ["python", 7]),
        ("command", "python\nshop.py"),
        ("service", "shop\0.py"),
        ("environment", {"A=B": "c"}),
        ("environment", {"A": "b\nc"}),
        ("environment", {"A": ["b"]}),
        ("environment", "A=B"),
        ("config_writer", "nowhere.py"),
        ("config", {"dbconn": "x"}),
        ("virtual_env", {"req_file": "nowhere.txt"}),
        ("virtual_env", {"dependencies": ["-o=x"]}),
        ("virtual_env", {"dependencies": [7]}),
        ("virtual_env", {"other": 1}),
        ("enable", "no"),
        ("watchdog", -1),
        ("watchdog", True),
        ("backend", "upstart"),
        ("supervisord", "nowhere.conf"),
        ("colour", "blue"),
    ],
)
def test_what_no_service_can_have_is_named(place: Path, key: str, value: object) -> None:
    with pytest.raises(BadWish) as caught:
        wish(place, **{key: value})

    assert "Correct " in caught.value.advice


@pytest.mark.parametrize("key", ["user", "logpath", "logfmt", "-x", "a b"])
def test_options_of_the_config_writer_that_it_can_not_be_given(place: Path, key: str) -> None:
    with pytest.raises(BadWish):
        wish(place, config_writer="configure.py", config={key: "x"})


@pytest.mark.parametrize("path", ["etc/shop.cfg", "/", "//", "/etc/shop\n.cfg"])
def test_files_of_the_config_writer_that_can_not_be(place: Path, path: str) -> None:
    with pytest.raises(BadWish):
        wish(place, config_writer="configure.py", config_files=[path])


def test_a_key_that_is_said_twice_is_an_error(place: Path) -> None:
    twice: dict[str, Any] = {**LEAST, "enable": True, "upstart": False}

    with pytest.raises(BadWish):
        read(twice, "shop.toml", place, {})
