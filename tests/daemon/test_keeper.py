from __future__ import annotations

import os
import signal
import socket
import subprocess
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from tests.kit.daemons import SLEEPS, alive, kill, python, until

if TYPE_CHECKING:
    from tests.kit.daemons import Desk

KEEP = ("--keep-alive", "--backoff", "0.05:0.2")
# One whose next start is a long way off.
LATER = ("--keep-alive", "--backoff", "500")


def keeper(desk: Desk) -> Any:  # noqa: ANN401 - JSON
    return desk.status("web")["keeper"]


def test_it_is_started_anew_whenever_it_ends(desk: Desk) -> None:
    first = desk.start("web", *KEEP)
    kill(first["pid"])
    until(lambda: desk.status("web")["state"] == "running" and desk.status("web")["pid"] != first["pid"])
    # It runs before its keeper can say so.
    until(lambda: keeper(desk)["state"] == "keeping")

    assert (1, "ended by signal 9 (SIGKILL)") == (keeper(desk)["starts"], keeper(desk)["last"])
    assert "1 new start, the last ended: ended by signal 9" in desk.call("status", "web").out


def test_a_keeper_that_is_killed_leaves_no_second_copy(desk: Desk) -> None:
    first = desk.start("web", *KEEP)
    kill(first["keeper"]["pid"])

    orphan = desk.status("web")
    assert ("running", first["pid"], "gone") == (orphan["state"], orphan["pid"], orphan["keeper"]["state"])
    assert "`tampu daemon start` brings it back" in desk.call("status", "web").out
    assert 0 == desk.call("start", "web").code
    adopted = desk.status("web")
    assert (first["pid"], "keeping") == (adopted["pid"], adopted["keeper"]["state"])
    kill(first["pid"])
    until(lambda: desk.status("web")["state"] == "running")
    assert "it is gone, and nobody knows its exit code" == keeper(desk)["last"]


def test_one_that_is_kept_already_is_not_started(desk: Desk) -> None:
    first = desk.start("web", *KEEP)
    again = desk.call("start", "web")

    assert 1 == again.code
    assert "daemon::running" in again.err
    assert first["keeper"]["pid"] == keeper(desk)["pid"]


def test_stop_ends_both(desk: Desk) -> None:
    first = desk.start("web", *KEEP)
    stopped = desk.call("stop", "web")

    assert 0 == stopped.code
    assert not alive(first["pid"])
    # What it held is free already.
    until(lambda: not alive(first["keeper"]["pid"]))
    assert (3, None) == (desk.status("web")["exit_code"], keeper(desk))


def test_who_ends_the_keeper_ends_both(desk: Desk) -> None:
    first = desk.start("web", *KEEP)
    os.kill(first["keeper"]["pid"], signal.SIGTERM)
    until(lambda: not alive(first["keeper"]["pid"]))

    assert not alive(first["pid"])
    assert 3 == desk.status("web")["exit_code"]


def test_it_says_when_it_will_try_again_and_can_be_hurried(desk: Desk) -> None:
    first = desk.start("web", *LATER)
    kill(first["pid"])
    until(lambda: keeper(desk)["state"] == "waiting")

    assert keeper(desk)["until"]
    assert ", next at " in desk.call("status", "web").out
    assert 0 == desk.call("start", "web").code
    assert "running" == desk.status("web")["state"]
    assert not alive(first["keeper"]["pid"])


def test_who_stops_it_while_it_waits_has_stopped_it(desk: Desk) -> None:
    first = desk.start("web", *LATER)
    kill(first["pid"])
    until(lambda: keeper(desk)["state"] == "waiting")

    assert 0 == desk.call("stop", "web").code
    assert not alive(first["keeper"]["pid"])
    assert 3 == desk.status("web")["exit_code"]


def test_it_gives_up_after_so_many_tries(desk: Desk) -> None:
    flag = desk.place / "flag"
    looks = f"if os.path.exists({str(flag)!r}): sys.exit(3)\nprint('goes on')"
    program = python(f"import os, sys, time\n{looks}\ntime.sleep(1000)")
    first = desk.start("web", "--keep-alive", "--backoff", "0.01:60:2", command=program)
    until(lambda: "goes on" in desk.log("web").read_text())
    flag.touch()
    kill(first["pid"])
    until(lambda: keeper(desk)["state"] == "given up")

    assert ", given up" in desk.call("status", "web").out
    flag.unlink()
    assert 0 == desk.call("start", "web").code
    assert "keeping" == keeper(desk)["state"]


def test_a_restart_is_a_new_keeper_too(desk: Desk) -> None:
    first = desk.start("web", *KEEP)
    done = desk.call("restart", "web")
    second = desk.status("web")

    assert 0 == done.code
    assert first["pid"] != second["pid"]
    assert first["keeper"]["pid"] != second["keeper"]["pid"]
    assert [False, False] == [alive(first["pid"]), alive(first["keeper"]["pid"])]


def test_a_first_start_that_fails_leaves_nothing_behind(desk: Desk) -> None:
    words = (*KEEP, "--ready", "after:60", "--log", str(desk.log("web")))
    done = desk.call("start", "web", *words, "--", *python("raise SystemExit('no way')"))

    assert 1 == done.code
    assert "no way" in done.err
    assert "daemon::ended-early" in done.err
    assert ("not running", None) == (desk.status("web")["state"], keeper(desk))


def test_in_the_foreground_it_is_what_a_service_manager_starts(desk: Desk) -> None:
    words = desk.words(
        "start", "web", "--foreground", "--", *python("print('hello', flush=True)\nimport time; time.sleep(1000)")
    )
    with subprocess.Popen(words, env=desk.env, stdout=subprocess.PIPE, text=True) as started:
        assert started.stdout
        assert "hello\n" == started.stdout.readline()
        until(lambda: (desk.status("web")["keeper"] or {}).get("state") == "keeping")
        pid = desk.status("web")["pid"]
        started.terminate()

    assert 0 == started.returncode
    assert not alive(pid)


def test_what_is_said_to_be_ready_is_known_to_be_kept(desk: Desk) -> None:
    """By a manager that hasn't taken it in yet."""
    place = str(desk.place / "notify")
    words = desk.words("start", "web", "--foreground", "--", *SLEEPS)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(place)
        manager.settimeout(60)
        fill(place)
        started = subprocess.Popen(words, env={**desk.env, "NOTIFY_SOCKET": place})
        until(lambda: (desk.status("web")["keeper"] or {}).get("state") == "keeping")
        while manager.recv(100) != b"READY=1":
            pass
        started.terminate()

    assert 0 == started.wait(60)


def fill(place: str) -> None:
    """Until whoever says more there has to wait."""
    taken = True
    while taken:
        taken = False
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as other, suppress(BlockingIOError):
            other.settimeout(0)
            while True:
                other.sendto(b"", place)
                taken = True


def test_in_the_foreground_it_ends_with_its_program(desk: Desk) -> None:
    flag = desk.place / "flag"
    program = python(f"import os, sys, time\nwhile not os.path.exists({str(flag)!r}): time.sleep(0.01)\nsys.exit(7)")
    with subprocess.Popen(desk.words("start", "web", "--foreground", "--", *program), env=desk.env) as started:
        until(lambda: (desk.status("web")["keeper"] or {}).get("state") == "keeping")
        flag.touch()

    assert 7 == started.returncode


def test_in_the_foreground_what_a_killed_one_left_is_ended_first(desk: Desk) -> None:
    words = desk.words("start", "web", "--foreground", "--", *SLEEPS)
    with subprocess.Popen(words, env=desk.env) as first:
        until(lambda: (desk.status("web")["keeper"] or {}).get("state") == "keeping")
        orphan = desk.status("web")["pid"]
        first.kill()
    with subprocess.Popen(words, env=desk.env) as second:
        until(lambda: desk.status("web")["pid"] not in {orphan, None} and keeper(desk))
        assert not alive(orphan)
        second.terminate()
    desk.start("web")

    assert "daemon::running" in desk.call("start", "web", "--foreground", "--", *SLEEPS).err


def test_only_one_stays_in_the_foreground(desk: Desk) -> None:
    desk.start("web")
    second = desk.call("start", "web", "--foreground", "--", *SLEEPS)

    assert 1 == second.code
    assert "daemon::running" in second.err


def test_of_many_who_start_it_at_once_one_does(desk: Desk) -> None:
    words = desk.words("start", "web", *KEEP, "--log", str(desk.log("web")), "--", *SLEEPS)
    starters = [subprocess.Popen(words, env=desk.env, cwd=desk.place, stderr=subprocess.DEVNULL) for _ in range(6)]
    codes = sorted(each.wait() for each in starters)

    assert [0, 1, 1, 1, 1, 1] == codes
    assert 1 == desk.status("web")["processes"]
    assert "keeping" == keeper(desk)["state"]
