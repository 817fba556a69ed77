from __future__ import annotations

import json
import os
import signal
import subprocess
from typing import TYPE_CHECKING

import pytest

from tampu.daemon.apart import LIBRARY
from tests.kit import require
from tests.kit.daemons import COMMAND, PYTHON, SLEEPS, python, until

if TYPE_CHECKING:
    from tests.kit.daemons import Desk

WRONG = (
    (("begin", "web"), "invalid choice: 'begin'"),
    (("start",), "the following arguments are required: NAME"),
    (("stop", "web", "--", "sleep"), "-- sleep"),
    (("restart", "web", "--umask", "077"), "options and no command"),
)
SHOWS = python(
    "import json, os, resource, time\n"
    "facts = {'cwd': os.getcwd(), 'umask': os.umask(0), 'env': dict(os.environ)}\n"
    "facts |= {'limit': resource.getrlimit(resource.RLIMIT_NOFILE), 'stdin': os.readlink('/proc/self/fd/0')}\n"
    "print(json.dumps(facts))\n"
    "time.sleep(1000)"
)


def test_a_life(desk: Desk) -> None:
    started = desk.start("web")
    again = desk.call("start", "web", "--", *SLEEPS)
    status = desk.call("status", "web")
    listed = desk.call("list")
    stopped = desk.call("stop", "web")
    after = desk.call("status", "web")
    nothing = desk.call("stop", "web")

    assert ("running", 0, list(SLEEPS)) == (started["state"], started["exit_code"], started["command"])
    assert 1 == again.code
    assert "Error: web is already running" in again.err
    assert 0 == status.code
    assert f"-----> web runs\n       process {started['pid']}, since " in status.out
    assert listed.out.startswith("web                      running    process ")
    assert (0, f"process {started['pid']} and all that it started are gone") == (stopped.code, last_line(stopped.out))
    assert (3, "-----> web is not running") == (after.code, after.out.splitlines()[0])
    assert (0, "it did not run") == (nothing.code, last_line(nothing.out))
    assert "" == desk.call("list").out


def last_line(text: str) -> str:
    return text.splitlines()[-1].strip()


def test_one_that_dies_is_told_from_one_that_was_stopped(desk: Desk) -> None:
    pid = desk.start("web")["pid"]
    os.kill(pid, signal.SIGKILL)
    until(lambda: desk.call("status", "web").code == 1)

    assert "web                      dead\n" == desk.call("list").out
    assert [("web", "dead", None)] == [
        (each["name"], each["state"], each["pid"]) for each in json.loads(desk.call("list", "--json").out)
    ]
    assert 0 == desk.call("start", "web").code


def test_what_it_was_started_with_is_known_when_it_is_started_anew(desk: Desk) -> None:
    first = desk.start("web", "--env", "COLOUR=blue", command=SHOWS)
    log_lines(desk, 1)
    restarted = json.loads(desk.call("restart", "web", "--json", env={"COLOUR": "red"}).out)
    log_lines(desk, 2)
    desk.call("stop", "web")
    started = json.loads(desk.call("start", "web", "--json").out)
    shown = log_lines(desk, 3)
    other = desk.call("restart", "web", "--log", str(desk.log("web")), "--", *SLEEPS)

    assert len({first["pid"], restarted["pid"], started["pid"]}) == 3
    assert ["blue", "blue", "blue"] == [json.loads(line)["env"]["COLOUR"] for line in shown]
    assert 0 == other.code
    assert list(SLEEPS) == desk.status("web")["command"]


def log_lines(desk: Desk, number: int = 1) -> list[str]:
    """Whole ones, which programs may write in pieces."""
    log = desk.log("web")
    until(lambda: log.exists() and log.read_text().count("\n") >= number)
    lines: list[str] = log.read_text().splitlines()
    return lines


def test_all_of_its_surroundings_are_as_wished_for(desk: Desk) -> None:
    (desk.place / "variables").write_text("ONE=file\nTWO=file\n")
    desk.start(
        *("web", "--env-file", "variables", "--env", "TWO=option", "--umask", "027", "--limit", "nofile=100:200"),
        command=SHOWS,
    )

    facts = json.loads(log_lines(desk)[0])

    assert str(desk.place) == facts["cwd"]
    assert 0o027 == facts["umask"]
    assert [100, 200] == facts["limit"]
    assert ("file", "option", str(desk.place)) == (facts["env"]["ONE"], facts["env"]["TWO"], facts["env"]["HOME"])
    assert "/dev/null" == facts["stdin"]


def test_it_becomes_another_user_with_that_users_groups_and_no_other(desk: Desk) -> None:
    require.need_root()
    desk.start("web", "--cwd", "/", "--user", "daemon", command=("/bin/sh", "-c", "id -u; id -g; id -G; sleep 1000"))
    known = subprocess.run(("id", "-G", "daemon"), check=True, capture_output=True, text=True).stdout

    user, group, groups = log_lines(desk, 3)

    assert ("1", "1") == (user, group)
    assert sorted(known.split()) == sorted(groups.split())


@pytest.mark.parametrize("number", ["99999999999999999999", "9" * 5000])
@pytest.mark.parametrize("option", ["--user", "--group"])
def test_a_number_that_no_user_has(option: str, number: str, desk: Desk) -> None:
    assert "daemon::user" in desk.call("start", "web", option, number, "--", "true").err


def test_the_last_lines_of_a_log(desk: Desk) -> None:
    desk.start("web", command=python("import time\nfor n in range(50): print('line', n)\ntime.sleep(1000)"))
    log_lines(desk, 50)

    assert [f"line {number}" for number in range(30, 50)] == desk.call("logs", "web").out.splitlines()
    assert ["line 48", "line 49"] == desk.call("logs", "web", "-n", "2").out.splitlines()


def test_a_log_is_followed(desk: Desk) -> None:
    desk.start("web", command=python("import time\nfor n in range(10**6): print('line', n); time.sleep(0.01)"))
    with subprocess.Popen(
        desk.words("logs", "web", "-f", "-n", "1"), env=desk.env, stdout=subprocess.PIPE, text=True
    ) as follower:
        assert follower.stdout
        lines = [int(follower.stdout.readline().split()[1]) for _ in range(5)]
        follower.send_signal(signal.SIGINT)
        # It may have more to say before it hears that.
        follower.communicate()

    assert list(range(lines[0], lines[0] + 5)) == lines
    assert 130 == follower.returncode


def test_more_of_them_beside_it(desk: Desk) -> None:
    desk.start("web")
    first = json.loads(desk.call("spawn", "web", "--json").out)
    second = json.loads(desk.call("spawn", "web", "--json", "--", PYTHON, "-Sc", "import time; time.sleep(999)").out)

    assert ("web.1", list(SLEEPS)) == (first["name"], first["command"])
    assert ("web.2", "import time; time.sleep(999)") == (second["name"], second["command"][-1])
    assert [str(desk.log("web"))] * 2 == [first["log"], second["log"]]
    desk.call("stop", "web.1")
    assert "web.1" == json.loads(desk.call("spawn", "web", "--json").out)["name"]
    desk.call("stop", "web")
    assert 0 == desk.call("status", "web.2").code


@pytest.mark.parametrize(("words", "found"), WRONG, ids=[" ".join(words) for words, _ in WRONG])
def test_a_wrong_call(words: tuple[str, ...], found: str, desk: Desk) -> None:
    done = desk.call(words[0], *words[1:])

    assert 2 == done.code
    assert found in done.err
    assert "usage::daemon" in done.err


def test_a_program_that_is_not_there(desk: Desk) -> None:
    done = desk.call("start", "web", "--log", "none", "--", "/no/such/program")

    assert 1 == done.code
    assert "no such program" in done.err
    assert 3 == desk.call("status", "web").code


def test_a_program_beside_the_caller_is_found(desk: Desk) -> None:
    script = desk.place / "serve"
    script.write_text("#!/bin/sh\nexec sleep 1000\n")
    script.chmod(0o755)

    assert [str(script)] == desk.start("web", "--cwd", "/", command=("./serve",))["command"]


def test_the_list_of_commands_has_it(desk: Desk) -> None:
    words = (*COMMAND, "--help")
    helped = subprocess.run(words, env=desk.env, capture_output=True, text=True, check=True)

    assert "daemon" in helped.stdout
    assert "start it; comes back when it is ready" in desk.call("--help").out


def test_there_is_no_log_of_what_writes_to_none(desk: Desk) -> None:
    desk.start("silent", "--log", "none")
    desk.start("loud")
    desk.log("loud").unlink()

    assert "Found:    what it writes goes nowhere (--log none)" in desk.call("logs", "silent").err
    assert f"Found:    no file {desk.log('loud')}" in desk.call("logs", "loud").err


def test_the_list_has_programs_that_made_daemons_of_themselves_and_no_strangers(desk: Desk) -> None:
    desk.run.mkdir()
    desk.run.joinpath("sshd.pid").write_text("1\n")
    desk.run.joinpath("odd name?.pid").write_text("1\n")
    daemon = f"Daemon('own', pid_dir={str(desk.run)!r}, log=False)"
    code = f"from tampu import Daemon; import time; {daemon}.start(); time.sleep(999)"
    subprocess.run((PYTHON, "-c", code), env={**desk.env, "PYTHONPATH": str(LIBRARY)}, check=True, capture_output=True)
    desk.start("web")

    assert ["own", "web"] == [each["name"] for each in json.loads(desk.call("list", "--json").out)]
    assert 0 == desk.call("stop", "own").code
