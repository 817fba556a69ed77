from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.launch.homes import Home


@pytest.fixture
def worker(home: Home) -> Home:
    (home.path / "web").mkdir()
    (home.path / "current").symlink_to("web")
    home.decide(processes={"beat": 'echo "$COLOUR in ${PWD##*/}"; echo $$', "odd-1.x": "exit 7"})
    return home


def test_a_process_is_its_line_of_shell_in_the_approot(worker: Home) -> None:
    start = 'echo $$; exec "$HOME/.tampu/python/bin/python3" -E -s -S "$HOME/.tampu/launch/process.py" beat'

    ended = worker.call("/bin/sh", "-c", start, COLOUR="red")

    first, told, own = ended.out.splitlines()
    assert ("red in web", "") == (told, ended.err)
    assert first == own


def test_its_exit_code_is_that_of_the_line(worker: Home) -> None:
    assert 7 == worker.process("odd-1.x").code


@pytest.mark.parametrize("names", [(), ("web",), ("beat", "beat"), ("",), ("a\nb",)])
def test_a_name_that_nobody_has(worker: Home, names: tuple[str, ...]) -> None:
    ended = worker.process(*names)

    assert 1 == ended.code
    assert "tampu: There is no process of that name\n" in ended.err
    assert "tampu: Expected: one of beat, odd-1.x\n" in ended.err


def test_there_is_none(worker: Home) -> None:
    worker.decide()

    assert "Expected: a process in dotcloud.yml, and there is none" in worker.process("beat").err


def test_links_that_are_not_there_yet(worker: Home) -> None:
    (worker.path / "current").unlink()

    ended = worker.process("beat")

    assert (1, f"tampu: {worker.path}/current: No such file or directory\n") == (ended.code, ended.err)


def test_an_app_that_was_never_built(worker: Home) -> None:
    (worker.path / ".tampu/stack.json").unlink()

    ended = worker.process("beat")

    assert 1 == ended.code
    assert "tampu: HOME is not the home of an app that tampu built\n" in ended.err
    assert "Traceback" not in ended.err
    assert not os.path.lexists(worker.run)
