from __future__ import annotations

import io
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tampu.world.console import PlainConsole
from tampu.world.run import LINES_REMEMBERED, Command, CommandFailed, CommandMissing, Processes

if TYPE_CHECKING:
    from collections.abc import Callable

LIB = str(Path(__file__).resolve().parents[2] / "lib")
PATIENCE = 60


def wait_until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.01)


class Desk:
    """A runner, and what its user gets to see."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.out = io.StringIO()
        self.err = io.StringIO()
        self.say = PlainConsole(out=self.out, err=self.err)
        self.processes = Processes(self.say)

    def command(self, program: str, **env: str) -> Command:
        return Command(argv=(sys.executable, "-I", "-c", program), cwd=self.folder, env=env)

    def shell(self, line: str) -> Command:
        return Command(argv=("/bin/sh", "-c", line), cwd=self.folder, env={})

    def run(self, program: str, **env: str) -> None:
        self.processes.run(self.command(program, **env))

    def ask(self, program: str, **env: str) -> str:
        return self.processes.ask(self.command(program, **env))

    @property
    def shown(self) -> list[str]:
        return self.out.getvalue().splitlines()


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def test_children_inherit_nothing(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OF_THE_BUILD", "secret")
    program = "import os; print({name: os.environ[name] for name in os.environ if name != 'LC_CTYPE'})"

    assert "{}\n" == desk.ask(program)
    assert "{'OWN': 'yes'}\n" == desk.ask(program, OWN="yes")


def test_children_start_where_the_command_says(desk: Desk) -> None:
    assert f"{desk.folder}\n" == desk.ask("import os; print(os.getcwd())")


def test_nothing_waits_for_an_answer(desk: Desk) -> None:
    assert "''\n" == desk.ask("import sys; print(repr(sys.stdin.read()))")
    desk.run("import sys; print(repr(sys.stdin.read()))")
    assert ["       ''"] == desk.shown


def test_both_streams_are_shown_in_their_order(desk: Desk) -> None:
    desk.processes.run(desk.shell("echo one; echo two >&2; echo three; printf four"))

    assert ["       one", "       two", "       three", "       four"] == desk.shown


def test_output_is_shown_as_it_comes(desk: Desk) -> None:
    """The child goes on only when somebody has heard its first line."""
    pipe = desk.folder / "heard"
    program = "import os, sys; os.mkfifo(sys.argv[1]); print('first', flush=True); print(open(sys.argv[1]).read())"

    class Listener(PlainConsole):
        def output(self, line: str) -> None:
            super().output(line)
            if line == "first":
                pipe.write_text("then")

    Processes(Listener(out=desk.out, err=desk.err)).run(
        Command(argv=(sys.executable, "-c", program, str(pipe)), cwd=desk.folder, env={})
    )

    assert ["       first", "       then"] == desk.shown


def test_an_answer_is_stdout_alone(desk: Desk) -> None:
    assert "answer\n" == desk.processes.ask(desk.shell("echo answer; echo chatter >&2"))
    assert [] == desk.shown


def test_a_question_that_fails_has_its_complaint_for_advice(desk: Desk) -> None:
    with pytest.raises(CommandFailed) as caught:
        desk.processes.ask(desk.shell("echo answer; echo why >&2; exit 3"))

    assert (3, "why\n") == (caught.value.code, caught.value.output)
    assert caught.value.advice.endswith("\n\nwhy")
    assert [] == desk.shown


def test_a_question_that_fails_in_silence(desk: Desk) -> None:
    with pytest.raises(CommandFailed) as caught:
        desk.processes.ask(desk.shell("exit 3"))

    assert caught.value.advice.endswith("\n\nSee its output above.")


def test_a_failure_tells_its_code_and_holds_its_output(desk: Desk) -> None:
    with pytest.raises(CommandFailed) as caught:
        desk.processes.run(desk.shell("echo out; echo err >&2; exit 4"))

    assert "sh ended with exit code 4" == caught.value.title
    assert "Found:    /bin/sh -c echo out; echo err >&2; exit 4\n" in caught.value.advice
    assert (4, "out\nerr\n") == (caught.value.code, caught.value.output)


def test_of_much_output_the_end_is_remembered(desk: Desk) -> None:
    with pytest.raises(CommandFailed) as caught:
        desk.run(f"for number in range({LINES_REMEMBERED + 50}): print(number)\nraise SystemExit(1)")

    assert ["50", str(LINES_REMEMBERED + 49)] == caught.value.output.splitlines()[:: LINES_REMEMBERED - 1]
    assert LINES_REMEMBERED + 50 == len(desk.shown)


def test_an_end_by_a_signal(desk: Desk) -> None:
    with pytest.raises(CommandFailed) as caught:
        desk.processes.run(desk.shell("kill -9 $$"))

    assert (-9, "sh was ended by signal 9") == (caught.value.code, caught.value.title)


@pytest.mark.parametrize("program", ["/nowhere/at/all", "no-such-program-anywhere"])
def test_a_program_that_is_not_there(desk: Desk, program: str) -> None:
    command = Command(argv=(program,), cwd=desk.folder, env={}, hint="Install it.")
    for start in (desk.processes.run, desk.processes.ask):
        with pytest.raises(CommandMissing) as caught:
            start(command)
        assert f"{program} can't be started" == caught.value.title
        assert caught.value.advice.endswith("Install it.")


def test_a_file_that_is_no_program(desk: Desk) -> None:
    (desk.folder / "tool").write_bytes(b"\x7fELF of another machine")
    (desk.folder / "tool").chmod(0o755)

    with pytest.raises(CommandMissing) as caught:
        desk.processes.run(Command(argv=(str(desk.folder / "tool"),), cwd=desk.folder, env={}))

    assert "Exec format error" in caught.value.advice


def test_a_folder_to_start_in_that_is_not_there(desk: Desk) -> None:
    with pytest.raises(CommandMissing) as caught:
        desk.processes.run(Command(argv=("/bin/true",), cwd=desk.folder / "gone", env={}))

    assert str(desk.folder / "gone") in caught.value.advice


def test_output_that_is_no_text(desk: Desk) -> None:
    desk.run(r"import sys; sys.stdout.buffer.write(b'caf\xe9 \xff\n')")

    assert ["       caf\ufffd \ufffd"] == desk.shown
    assert "\ufffd" == desk.ask(r"import sys; sys.stdout.buffer.write(b'\xff')")


def test_a_bar_that_moves_becomes_lines(desk: Desk) -> None:
    desk.run(r"import sys; sys.stdout.write('10%\r20%\r\n')")

    assert ["       10%", "       20%"] == desk.shown


def test_secrets_of_a_program_are_not_shown(desk: Desk) -> None:
    desk.say.hide(["hunter22"])
    with pytest.raises(CommandFailed) as caught:
        desk.processes.run(desk.shell("echo the word is hunter22; echo see https://me:word@host/simple; exit 1"))
    desk.say.error(caught.value)

    assert ["       the word is [redacted]", "       see https://[redacted]@host/simple"] == desk.shown
    assert "hunter22" not in desk.err.getvalue()
    assert "me:word" not in desk.err.getvalue()


def test_a_process_beside_this_one(desk: Desk) -> None:
    line = "trap 'exit 3' TERM; echo one; echo two >&2; while :; do sleep 0.01; done"
    process = desk.processes.start(desk.shell(line), patience=60)
    lines = process.lines()

    assert ["one", "two"] == [next(lines), next(lines)]
    assert process.wait(0.01) is None
    process.end()
    assert ([], 3) == (list(lines), process.wait())
    process.end()


def test_a_process_whose_starter_is_killed(desk: Desk) -> None:
    """The starter is a Python of its own, with our run.py in it."""
    line = "echo $$ >pid; exec sleep 60"
    start = f"from tampu.world.run import *; command = Command(argv=('/bin/sh', '-c', {line!r}), cwd='.', env={{}})"
    program = f"{start}; Processes(None).start(command, 60); print('started', flush=True); import time; time.sleep(60)"
    starter = subprocess.Popen(
        (sys.executable, "-c", program), cwd=desk.folder, env={"PYTHONPATH": LIB}, stdout=subprocess.PIPE
    )
    pid = desk.folder / "pid"
    wait_until(lambda: pid.is_file() and pid.read_text().endswith("\n"))

    starter.kill()
    starter.communicate()

    wait_until(lambda: not Path("/proc", pid.read_text().strip()).exists())
