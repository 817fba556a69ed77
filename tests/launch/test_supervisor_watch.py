from __future__ import annotations

import os
import resource
import signal
import socket
import time
from typing import TYPE_CHECKING

import pytest

from tests.kit.supervised import BASE, LISTENER, OURS, PATIENCE, until

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.kit.supervised import Supervised

# supervisord left alone does nothing for a second.
TICK = 1.0
ATTEMPTS = 5
SERVE = "trap 'echo {end}; exit 0' {signal}; echo up; while :; do sleep 0.02; done\n"
NOTE_TIME = "date +%s.%N > {folder}/started; exec sleep 600\n"
CRASH = "touch {folder}/tried; sleep 0.3; exit 3\n"


@pytest.mark.parametrize(
    "config", [BASE + OURS, BASE + LISTENER.format(buffer_size=10)], ids=["ours", "an old configuration"]
)
def test_programs_are_started_at_once(config: str, make_supervised: Callable[[str], Supervised]) -> None:
    assert least(lambda: seconds_to_start(make_supervised(config))) < TICK * 0.9


def seconds_to_start(supervised: Supervised) -> float:
    supervised.add("app", NOTE_TIME.format(folder=supervised.folder))

    supervised.start()

    return started_after_the_pid_file(supervised)


def least(attempt: Callable[[], float]) -> float:
    """A machine may stand still in one; who waits for a tick waits in all."""
    found = attempt()
    for _ in range(ATTEMPTS - 1):
        if found < TICK * 0.9:
            break
        found = min(found, attempt())
    return found


def test_programs_stop_in_their_order_without_waiting_for_each_other(
    make_supervised: Callable[[str], Supervised],
) -> None:
    assert least(lambda: seconds_to_stop_in_order(make_supervised(BASE + OURS))) < TICK * 0.9


def seconds_to_stop_in_order(supervised: Supervised) -> float:
    supervised.add("app", SERVE.format(end="drained", signal="TERM"), "priority=10")
    supervised.add("nginx", SERVE.format(end="quit", signal="QUIT"), "priority=20", "stopsignal=QUIT")
    for number in range(3):
        supervised.add(f"done{number}", "exit 0", "priority=15", "autorestart=false", "startsecs=0")
    supervised.start()
    supervised.until_said(b"app stdout | up\n")
    supervised.until_said(b"nginx stdout | up\n")

    before = time.monotonic()
    assert 0 == supervised.end()
    took = time.monotonic() - before

    said = supervised.said()
    ends = [b"nginx stdout | quit", b"supervisord | stopped: nginx", b"app stdout | drained", b"stopped: app"]
    assert sorted(said.index(end) for end in ends) == [said.index(end) for end in ends]
    return took


def test_a_program_that_ended_is_started_again_at_once(supervised: Supervised) -> None:
    supervised.add("clock", f"date +%s.%N >> {supervised.folder}/times", "startsecs=0", "autorestart=true")
    times = supervised.folder / "times"

    def quickest_five() -> float:
        noted = [float(text) for text in times.read_text().split()] if times.exists() else []
        return min((later - earlier for earlier, later in zip(noted, noted[5:], strict=False)), default=TICK * 5)

    supervised.start()

    until(lambda: quickest_five() < TICK * 4, lambda: f"{quickest_five()} seconds for five")


def test_a_needed_program_that_is_lost_ends_all(supervised: Supervised) -> None:
    supervised.add("app", CRASH.format(folder=supervised.folder), "startretries=0")
    supervised.add("mailer", SERVE.format(end="mailed", signal="TERM"))

    assert 1 == supervised.start().wait(PATIENCE)

    said = supervised.said()
    assert b"supervisord | app doesn't run, and nothing works without it: all is stopped\n" in said
    assert b"supervisord | stopped: mailer" in said


def test_a_needed_program_that_ended_and_stays_so_ends_all(supervised: Supervised) -> None:
    supervised.add("nginx", "sleep 0.1; exit 0", "startsecs=0", "autorestart=unexpected")

    assert 1 == supervised.start().wait(PATIENCE)


def test_a_server_that_ends_before_it_could_answer_has_not_started_however_long_it_took(supervised: Supervised) -> None:
    (supervised.run / "ready").touch()
    supervised.add("app", "sleep 1.2; exit 3", "startretries=0")
    supervised.config = supervised.config.replace("app.sh\n", "app.sh $HOME/bin/uwsgi_start\n")

    assert 1 == supervised.start().wait(PATIENCE)

    assert b"supervisord | app doesn't run, and nothing works without it: all is stopped\n" in supervised.said()


def test_a_server_that_could_answer_is_started_again_whenever_it_ends(supervised: Supervised) -> None:
    supervised.add(
        "app", 'touch "$TAMPU_RUN/ready"; sleep 1.2; echo once >> "$TAMPU_RUN/ends"; exit 3', "startretries=0"
    )
    supervised.config = supervised.config.replace("app.sh\n", "app.sh $HOME/bin/uwsgi_start\n")
    ends = supervised.run / "ends"
    supervised.start()

    until(lambda: ends.exists() and ends.read_text().count("once") > 1, lambda: f"{supervised.said()!r}")

    assert 0 == supervised.end()


def test_other_programs_may_be_lost(supervised: Supervised) -> None:
    supervised.add("mailer", CRASH.format(folder=supervised.folder), "startretries=0")
    supervised.start()

    supervised.until_said(b"supervisord | gave up: mailer")

    assert 0 == supervised.end()


def test_who_develops_may_repair_what_is_lost(supervised: Supervised) -> None:
    supervised.environ["TAMPU_UP"] = "1"
    supervised.add("app", f"test -e {supervised.folder}/repaired && exec sleep 600", "startretries=0")
    supervised.start()
    supervised.until_said(b"supervisord | app doesn't run; waiting for the next change\n")

    (supervised.folder / "repaired").touch()

    assert "app: started\n" == supervised.control("start", "app")
    assert 0 == supervised.end()


def test_what_is_stopped_on_purpose_is_not_lost(supervised: Supervised) -> None:
    supervised.add("app", "echo up; exec sleep 600")
    supervised.start()
    supervised.until_said(b"app stdout | up\n")

    assert "app: stopped\n" == supervised.control("stop", "app")
    assert "app: started\n" == supervised.control("start", "app")
    assert 0 == supervised.end()


def test_nothing_starts_after_a_boot_that_failed(supervised: Supervised) -> None:
    (supervised.run / "failed").write_text("postinstall ended with 3\n\nMend it.\n")
    supervised.add("app", CRASH.format(folder=supervised.folder))

    assert 1 == supervised.start().wait(PATIENCE)

    first = b"not started, for what comes before it failed: postinstall ended with 3"
    expected = b"supervisord | " + first + b"\nsupervisord |\nsupervisord | Mend it.\n"
    assert expected == supervised.said()
    assert not (supervised.folder / "tried").exists()


def test_clients_wait_while_the_app_is_started_again(supervised: Supervised) -> None:
    answer = "import socket; s = socket.socket(fileno=0)\nwhile 1: c, _ = s.accept(); c.sendall(b'hello'); c.close()"
    program = supervised.folder / "answer.py"
    program.write_text(answer)
    path = supervised.run / "nginx.socket"
    supervised.add(
        "app",
        f"echo up $$; sleep 0.3; exec python3 {program}\n",
        f"socket=unix://{path}",
        "startsecs=0",
        "autorestart=true",
        kind="fcgi-program",
    )
    supervised.start()
    supervised.until_said(b"app stdout | up")
    assert b"hello" == ask(str(path))

    os.kill(int(supervised.lines("app")[0].split()[1]), signal.SIGKILL)
    supervised.until_said(b"exited: app")

    assert [b"hello"] * 3 == [ask(str(path)) for _ in range(3)]
    until(lambda: len(supervised.lines("app")) > 1, lambda: str(supervised.said()))
    assert 2 == len(supervised.lines("app"))


def test_supervisord_is_told_what_to_print_only_by_itself(supervised: Supervised) -> None:
    supervised.config = supervised.config.replace("silent=true", "silent=false")
    supervised.add("app", "exec sleep 600")

    supervised.start()
    supervised.until_said(b"INFO spawned: 'app'")

    assert 0 == supervised.end()
    assert b"supervisord | " not in supervised.said()


def ask(path: str) -> bytes:
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(PATIENCE)
        client.connect(path)
        return client.recv(100)


def started_after_the_pid_file(supervised: Supervised) -> float:
    """Seconds from the moment before supervisord's loop to the program's."""
    started = supervised.folder / "started"
    until(lambda: started.exists() and started.read_text(), lambda: str(supervised.said()))
    return float(started.read_text()) - (supervised.run / "supervisord.pid").stat().st_mtime


def test_a_program_that_was_only_just_forked_is_ended_at_once_too(supervised: Supervised) -> None:
    # Between fork and exec, all of these are closed.
    files = min(resource.getrlimit(resource.RLIMIT_NOFILE)[1], 200_000)
    supervised.config = supervised.config.replace("minfds=64", f"minfds={files}")
    supervised.add("mailer", "exec sleep 600", "priority=1", "stopwaitsecs=600")
    supervised.config += "[program:app]\ncommand=/nowhere/to/be/found\nstartretries=0\n"

    assert 1 == supervised.start().wait(PATIENCE)

    assert b"stopped: mailer (terminated by SIGTERM)" in supervised.said()
