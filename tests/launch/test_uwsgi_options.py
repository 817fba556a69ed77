from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from refusal import Refusal
from run_folder import backlog
from uwsgi_options import options

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

NOBODY: Mapping[str, str] = {}
STACK = {"server": "uwsgi", "app": "wsgi:application", "path": ["."]}


def told(environ: Mapping[str, str] = NOBODY, /, **stack: object) -> dict[str, str]:
    """Option and value; without one, the next option."""
    words = options({**STACK, **stack}, "/app", "/run/me", environ)
    return {word: next_word for word, next_word in zip(words, [*words[1:], ""], strict=True) if word.startswith("--")}


def test_without_a_word_from_anybody() -> None:
    found = told()

    expected = {
        "--processes": "4",
        "--module": "wsgi:application",
        "--chdir": "/app/current",
        "--pythonpath": "/app/current",
        "--buffer-size": "8192",
        "--listen": str(backlog()),
        "--worker-reload-mercy": "8",
        "--touch-reload": "/run/me/reload",
    }
    assert expected.items() <= found.items()
    assert {"--master", "--need-app", "--strict", "--disable-logging", "--no-orphans"} <= set(found)


@pytest.mark.parametrize(
    ("environ", "said", "expected"),
    [
        ({}, {}, "4"),
        ({"WEB_CONCURRENCY": "5", "WEB_CONCURRENCY_SET_BY": "tampu"}, {}, "5"),
        ({"WEB_CONCURRENCY": "5", "WEB_CONCURRENCY_SET_BY": "tampu"}, {"processes": 3}, "3"),
        ({"WEB_CONCURRENCY": "5"}, {"processes": 3}, "5"),
        ({"UWSGI_CHEAPER": "2", "WEB_CONCURRENCY": "2", "WEB_CONCURRENCY_SET_BY": "tampu"}, {}, "3"),
        ({"UWSGI_CHEAPER": "2"}, {"processes": 8}, "8"),
        ({"UWSGI_CHEAPER": "two"}, {}, "4"),
    ],
)
def test_who_says_how_many_processes(environ: dict[str, str], said: dict[str, int], expected: str) -> None:
    assert expected == told(environ, uwsgi=said)["--processes"]


@pytest.mark.parametrize(
    ("name", "option"),
    [
        ("UWSGI_PROCESSES", "--processes"),
        ("UWSGI_WORKERS", "--processes"),
        ("UWSGI_BUFFER_SIZE", "--buffer-size"),
        ("UWSGI_HARAKIRI", "--harakiri"),
        ("UWSGI_MODULE", "--module"),
        ("UWSGI_WSGI_FILE", "--module"),
        ("UWSGI_DISABLE_LOGGING", "--disable-logging"),
        ("UWSGI_THREADS", "--enable-threads"),
        ("UWSGI_CHDIR", "--chdir"),
    ],
)
def test_what_a_variable_names_is_left_to_it(name: str, option: str) -> None:
    said = {"harakiri": 30, "enable-threads": True}

    assert option in told(uwsgi=said)
    assert option not in told({name: "x"}, uwsgi=said)


def test_what_a_file_names_is_left_to_it(tmp_path: Path) -> None:
    (tmp_path / "uwsgi.ini").write_text("[uwsgi]\n; buffer-size = 1\nprocesses = 7\n  harakiri=3\n")

    found = told({"UWSGI_INI": str(tmp_path / "uwsgi.ini")}, uwsgi={"harakiri": 30})

    assert not {"--processes", "--harakiri"} & set(found)
    assert "--buffer-size" in found


def test_a_file_that_is_not_there_is_uwsgis_to_tell() -> None:
    assert "--processes" in told({"UWSGI_INI": "/nowhere"})


def test_dotcloud_yml_wins_over_our_own_words() -> None:
    found = told(uwsgi={"buffer-size": 32768, "memory-report": True, "enable-threads": False})

    assert "32768" == found["--buffer-size"]
    assert "--memory-report" in found
    assert "--enable-threads" not in found


@pytest.mark.parametrize(
    ("stack", "option", "value"),
    [
        ({"app": "shop.web:make", "factory": True}, "--module", "shop.web:make()"),
        ({"app": "shop:site.app"}, "--wsgi-file", "/app/.tampu/launch/wsgi_entry.py"),
        ({"app": "", "paste": "conf/production.ini"}, "--wsgi-file", "/app/.tampu/launch/wsgi_entry.py"),
    ],
)
def test_each_kind_of_entry(stack: dict[str, object], option: str, value: str) -> None:
    assert value == told(NOBODY, **stack)[option]


def test_a_variable_may_name_the_callable_alone() -> None:
    assert "wsgi" == told({"UWSGI_CALLABLE": "app"})["--module"]


def test_the_first_folder_wins() -> None:
    """uWSGI puts each before those that it has."""
    words = options({**STACK, "path": ["src", "."]}, "/app", "/run", {})

    assert ["/app/current", "/app/current/src"] == [
        words[at + 1] for at, word in enumerate(words) if word == "--pythonpath"
    ]


def test_workers_that_import_for_themselves_are_reloaded_one_by_one() -> None:
    found = told({"UWSGI_LAZY_APPS": "1"})

    assert "/run/me/reload" == found["--touch-chain-reload"]
    assert "--touch-reload" not in found


@pytest.mark.parametrize("name", ["$(HOME)", "@(exec://id)"])
def test_what_uwsgi_would_expand_is_refused(name: str) -> None:
    with pytest.raises(Refusal, match="can't be told"):
        options(STACK, f"/app/{name}", "/run", {})
    with pytest.raises(Refusal, match="can't be told"):
        told(path=[name])


@pytest.mark.parametrize("text", ["0", "many", "4;", "-1", "1001"])
def test_no_number_of_processes(text: str) -> None:
    with pytest.raises(Refusal, match="WEB_CONCURRENCY can't be used"):
        told({"WEB_CONCURRENCY": text})
