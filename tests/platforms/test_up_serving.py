from __future__ import annotations

import io
import time
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING

import pytest

from tampu.platforms.up_launch import Launch
from tampu.platforms.up_serving import Serving
from tampu.world.console import PlainConsole
from tampu.world.run import Command
from tampu.world.supervisor import NoAnswer

if TYPE_CHECKING:
    from collections.abc import Iterator


class Started:
    """A process that ends when the test says so."""

    def __init__(self) -> None:
        self.output: list[str] = []
        self.code: int | None = None
        self.orders = 0
        self.over = Event()

    def lines(self) -> Iterator[str]:
        yield from self.output
        self.over.wait()

    def end(self) -> None:
        self.orders += 1
        self.ends(0)

    def ends(self, code: int) -> None:
        self.code = code
        self.over.set()

    def wait(self, seconds: float | None = None) -> int | None:
        if self.code is None:
            time.sleep(min(seconds or 0, 0.001))
        return self.code


@dataclass
class Programs:
    """A supervisord by its programs, or None while it doesn't answer."""

    states_: dict[str, str] | None = None
    told: list[str] = field(default_factory=list)

    def states(self) -> dict[str, str]:
        if self.states_ is None:
            raise NoAnswer
        return self.states_

    def start(self, program: str) -> None:
        self.told.append(f"start {program}")

    def stop(self, *programs: str, at_once: str = "") -> None:
        if "deaf" in programs:
            raise NoAnswer
        self.told += [f"stop {program}{' at once' if program == at_once else ''}" for program in programs]


class Desk:
    """A serving with all that it touches."""

    def __init__(self, run: Path) -> None:
        self.run = run
        self.out, self.err = io.StringIO(), io.StringIO()
        self.process, self.programs = Started(), Programs()
        self.listening = False

    def start(self, command: Command, patience: float) -> Started:
        assert patience > 0
        assert command
        return self.process

    def serve(self, *, stack: bool = True, serves: bool = True, heals: bool = True) -> Serving:
        env = {"TAMPU_UP": "1"} if heals else {}
        command = Command(argv=("sh",), cwd=Path("/"), env=env)
        name = "web" if serves else "worker"
        launch = Launch(name=name, command=command, run=self.run, port=8001, serves=serves, stack=stack, line="x")
        console = PlainConsole(self.out, self.err)
        return Serving(
            launch,
            starter=self,
            say=console,
            supervisor=lambda _: self.programs,
            answers=lambda port: self.listening and port == 8001,
        )

    def is_ready(self) -> None:
        (self.run / "ready").touch()
        self.listening = True
        self.programs.states_ = {"app": "RUNNING", "nginx": "RUNNING", "clock": "RUNNING"}

    @property
    def shown(self) -> list[str]:
        return self.out.getvalue().splitlines()


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    desk = Desk(tmp_path)
    yield desk
    desk.process.over.set()


NEWS = "-----> Serving on http://127.0.0.1:8001 (Ctrl-C ends it)"


def test_it_tells_once_when_it_answers(desk: Desk) -> None:
    serving = desk.serve()
    assert serving.look() is None
    desk.listening = True
    assert serving.look() is None
    assert [] == desk.shown
    desk.is_ready()

    assert [None, None] == [serving.look(), serving.look()]
    assert [NEWS] == desk.shown


def test_a_process_of_the_app_s_own_answers_when_it_listens(desk: Desk) -> None:
    serving = desk.serve(stack=False)
    serving.look()
    assert [] == desk.shown
    desk.listening = True
    serving.look()

    assert [NEWS] == desk.shown


def test_a_worker_is_there_when_all_its_programs_are(desk: Desk) -> None:
    serving = desk.serve(serves=False)
    serving.look()
    desk.programs.states_ = {"counter": "STARTING"}
    serving.look()
    assert [] == desk.shown
    desk.programs.states_ = {"counter": "RUNNING"}
    serving.look()

    assert ["-----> Running worker (Ctrl-C ends it)"] == desk.shown


def test_a_worker_of_the_app_s_own_is_there_at_once(desk: Desk) -> None:
    desk.serve(serves=False, stack=False).look()

    assert ["-----> Running worker (Ctrl-C ends it)"] == desk.shown


def test_its_lines_are_passed_on(desk: Desk) -> None:
    desk.process.output = ["app stdout | one", "app stderr | *** Starting uWSGI ***", "clock stdout | two"]
    serving = desk.serve()
    desk.process.ends(3)

    assert 3 == serving.look()
    assert ["app stdout | one", "clock stdout | two"] == desk.shown


def test_what_is_broken_is_told_once_and_stopped(desk: Desk) -> None:
    serving = desk.serve()
    desk.programs.states_ = {"app": "BACKOFF", "clock": "FATAL", "nginx": "RUNNING"}
    serving.look()
    serving.look()

    assert ["stop app", "stop clock"] == desk.programs.told
    assert 1 == desk.err.getvalue().count("app and clock can't start: the lines above say why.")


def test_what_is_broken_is_told_though_its_supervisor_has_ended_meanwhile(desk: Desk) -> None:
    serving = desk.serve()
    desk.programs.states_ = {"deaf": "FATAL"}

    assert serving.look() is None
    assert "deaf can't start: the lines above say why." in desk.err.getvalue()


def test_what_is_broken_ends_of_itself_where_no_change_is_waited_for(desk: Desk) -> None:
    serving = desk.serve(heals=False)
    desk.programs.states_ = {"app": "FATAL"}
    serving.look()

    assert ([], "") == (desk.programs.told, desk.err.getvalue())


def test_a_reload_starts_all_anew_but_the_front(desk: Desk) -> None:
    serving = desk.serve()
    desk.is_ready()
    serving.look()

    assert serving.reload()
    serving.look()
    assert [NEWS] == desk.shown
    desk.is_ready()
    serving.look()

    assert ["stop app at once", "stop clock", "start app", "start nginx", "start clock"] == desk.programs.told
    assert [NEWS, "-----> Reloaded"] == desk.shown


def test_a_reload_of_what_is_just_ending(desk: Desk) -> None:
    serving = desk.serve()
    desk.programs.states_ = {"deaf": "RUNNING"}

    assert not serving.reload()

    assert [] == desk.programs.told


def test_it_ends_when_asked(desk: Desk) -> None:
    desk.serve().end()

    assert 1 == desk.process.orders
