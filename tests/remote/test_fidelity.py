"""The command as if there were no network: by its first run and by its quick way; near, far away, and cut.

All of it takes long: TAMPU_CODES, TAMPU_CUTS and TAMPU_KILLS say how much is tried, TAMPU_ORPHANS for how many seconds
something may outlive a client that is killed. TAMPU_WAYS=all goes both ways on both hosts.
"""

from __future__ import annotations

import hashlib
import os
import random
import signal
import threading
import time
from contextlib import contextmanager
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from tampu.remote.runs.signals import PASSED_ON
from tests.kit import remotes
from tests.kit.distance import distance
from tests.kit.remote_desk import Desk, until

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.kit.buildpack import Result
    from tests.kit.distance import Distance
    from tests.kit.sshd import Server

    Record = Callable[[str, object], None]

CODES = int(os.environ.get("TAMPU_CODES", "4"))
CUTS = int(os.environ.get("TAMPU_CUTS", "4"))
KILLS = int(os.environ.get("TAMPU_KILLS", "2"))
ORPHANS = float(os.environ.get("TAMPU_ORPHANS", "60"))
EITHER = "either"
WAYS = ("whole", "quick") if os.environ.get("TAMPU_WAYS") == "all" else (EITHER,)
ONE_WAY = 0.025
MEGABYTES = 10 << 20
SPARE = 60
# What has not begun by then does not begin.
QUIET = 1.0
LOOK = 0.01
STOPS = {signal.SIGSTOP, signal.SIGTSTP, signal.SIGTTIN, signal.SIGTTOU}
IGNORED = {signal.SIGCHLD, signal.SIGCONT, signal.SIGURG, signal.SIGWINCH}
DEADLY = sorted(signal.valid_signals() - STOPS - IGNORED)
# What is to be done comes by stdin, so that all calls have the same words, and go the quick way if they may.
SCRIPT = """\
import hashlib, os, random, resource, select, signal, sys, time

def end(how, number):
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if how == "exit":
        sys.exit(int(number))
    signal.signal(int(number), signal.SIG_DFL) if int(number) != 9 else None
    os.kill(os.getpid(), int(number))

def hear(*numbers):
    # One that comes just before Python waits for its input is heard all the same: it can be read, too.
    woken, wake = os.pipe()
    os.set_blocking(wake, False)
    signal.set_wakeup_fd(wake)
    for number in map(int, numbers):
        signal.signal(number, lambda number, frame: None)
    os.write(1, b"ready\\n")
    while 0 not in select.select([0, woken], [], [])[0]:
        os.write(1, b"%d\\n" % ord(os.read(woken, 1)))

def nap():
    # Short: a signal that comes just before a long one may be missed.
    while True:
        time.sleep(0.05)

def speak():
    chance = random.Random(7)
    told = [0, 0]
    pattern = bytes(range(251)) * 300
    while sum(told) < 10 << 20:
        stream = chance.randrange(2)
        start = told[stream] % 251
        told[stream] += os.write(1 + stream, pattern[start : start + chance.randrange(1, 1 << 16)])
    given = sys.stdin.buffer.read()
    os.write(2, ("\\n%d %d %d %s" % (*told, len(given), hashlib.sha256(given).hexdigest())).encode())

def echo():
    os.write(2, b"x")
    while True:
        data = os.read(0, 5000)
        if not data:
            break
        os.write(2, b"x" * len(data))
        while data:
            data = data[os.write(1, data):]

def interrupted():
    try:
        print("ready")
        nap()
    except KeyboardInterrupt:
        print("interrupted")
        sys.exit(3)

def stubborn():
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda number, frame: print("no", number))
    print("ready")
    nap()

def family():
    # One that stays, one that leaves its session, one that has another name and no variables, one that never stops
    # talking, one that forks for ever.
    name = sys.argv[1]
    for number in range(5):
        if os.fork():
            continue
        if number:
            os.setsid()
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            signal.signal(signal.SIGHUP, signal.SIG_IGN)
            if os.fork():
                os._exit(0)
        if number == 2:
            os.execve("/bin/sleep", [name, "1000"], {})
        while number == 3:
            print("y" * 5000)
            time.sleep(0.01)
        while number == 4:
            time.sleep(0.05)
            if os.fork():
                os._exit(0)
        time.sleep(1000)
    time.sleep(0.1)
    stubborn()

def alone():
    print("ready")
    time.sleep(1000)

wish = sys.argv[2]
while wish[0] == "-" and wish[-1] != "\\n":
    wish += os.read(0, 1).decode()
what, *words = wish.strip("-\\n").split()
globals()[what](*words)
"""


@pytest.fixture(scope="module", params=WAYS)
def way(request: pytest.FixtureRequest, far: Server) -> str:
    """How the command goes: all the way each time, or with what is remembered and a link that is ready."""
    found: str = request.param
    return found if found != EITHER else "quick" if far.name.endswith("3.13") else "whole"


@pytest.fixture(scope="module")
def desk(far: Server, way: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    made = made_at(tmp_path_factory.mktemp("desk"), far, way)
    yield made
    made.call("clean", "local")


@pytest.fixture(scope="module")
def between(far: Server) -> Iterator[Distance]:
    """50 ms, there and back."""
    with distance(far.port, ONE_WAY) as found:
        yield found


@pytest.fixture(scope="module")
def farther(far: Server, between: Distance) -> Server:
    return far.by(between.port)


@pytest.fixture(scope="module")
def remote_desk(farther: Server, way: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """Of someone who sits that far away."""
    made = made_at(tmp_path_factory.mktemp("desk"), farther, way)
    yield made
    made.call("clean", "local")


def made_at(place: Path, server: Server, way: str) -> Desk:
    # No packages, no tools.
    (place / "none" / "tampu").mkdir(parents=True)
    series = server.name.removeprefix("far-")
    made = Desk.make(place, server, {}, place / "none", python=series)
    spare = SPARE if way == "quick" else 0
    conf = {"host": server.name, "ssh_config": str(server.config), "python": series, "spare": spare}
    (made.home / ".cloudpy.conf").write_text(repr(conf), encoding="utf-8")
    made.write({"main.py": SCRIPT})
    return made


def memo(desk: Desk) -> tuple[tuple[int, int], ...]:
    """Who goes the whole way writes it anew."""
    found = sorted((desk.home / ".cache/tampu/remote/memo").glob("*"))
    return tuple((path.stat().st_ino, path.stat().st_mtime_ns) for path in found)


def mark(desk: Desk) -> str:
    return f"mark-{desk.project.parent.name}-{os.getpid()}"


def words(desk: Desk) -> tuple[str, ...]:
    return ("main.py", mark(desk), "-")


def ready(desk: Desk, way: str) -> None:
    """The next call goes that way, and has nothing to tell: the host has the code."""
    if way == "quick":
        until(lambda: went_quick(desk))
    elif not (desk.home / ".local/share/tampu/remote/records").exists():
        assert 0 == desk.call(*words(desk), given="end exit 0\n").code


def went_quick(desk: Desk) -> bool:
    before = memo(desk)
    assert 0 == desk.call(*words(desk), given="end exit 0\n").code
    return bool(before) and before == memo(desk)


@contextmanager
def begun(desk: Desk, way: str, wish: str) -> Iterator[subprocess.Popen[bytes]]:
    """A client that goes that way, up to what it says first."""
    ready(desk, way)
    with desk.start(*words(desk)) as run:
        try:
            assert run.stdin
            run.stdin.write(f"{wish}\n".encode())
            yield run
        finally:
            run.kill()


def line(run: subprocess.Popen[bytes]) -> str:
    assert run.stdout
    return run.stdout.readline().decode().rstrip("\r\n")


def test_each_way_to_end(desk: Desk, way: str) -> None:
    chance = random.Random(CODES)  # noqa: S311 - which are tried
    codes = sorted({0, 255, *chance.sample(range(256), CODES)})
    numbers = [int(number) for number in chance.sample(DEADLY, min(CODES, len(DEADLY)))]
    ready(desk, way)
    seen = [memo(desk)]

    def ends(how: str, number: int) -> Result:
        result = desk.call(*words(desk), given=f"end {how} {number}\n")
        seen.append(memo(desk))
        return result

    ended = [ends("exit", code) for code in codes]
    killed = [ends("signal", number) for number in numbers]

    assert [(code, "", "") for code in codes] == [(each.code, each.out, each.err) for each in ended]
    assert [128 + number for number in numbers] == [each.code for each in killed]
    assert {""} == {each.out for each in killed}
    # Where a keeper is too slow to answer, the whole way is gone.
    changes = sum(before != after for before, after in pairwise(seen))
    assert way == "whole" or changes < len(seen) / 2


def test_each_signal_that_can_be_caught(desk: Desk, way: str) -> None:
    with begun(desk, way, " ".join(("hear", *(str(int(number)) for number in PASSED_ON)))) as run:
        heard = [line(run)]
        for number in PASSED_ON:
            run.send_signal(number)
            heard.append(line(run))
        _, err = run.communicate()

    assert ["ready", *(str(int(number)) for number in PASSED_ON)] == heard
    assert (0, b"") == (run.returncode, err)


def bytes_both_ways(desk: Desk, way: str) -> None:
    given = os.urandom(MEGABYTES)

    with begun(desk, way, "speak") as run:
        out, err = run.communicate(given)

    err, _, told = err.rpartition(b"\n")
    sizes = [len(out), len(err), len(given)]
    assert f"{sizes[0]} {sizes[1]} {sizes[2]} {hashlib.sha256(given).hexdigest()}" == told.decode()
    assert sizes[0] + sizes[1] >= MEGABYTES
    pattern = bytes(range(251)) * (MEGABYTES // 251 + 1000)
    assert (out, err) == (pattern[: sizes[0]], pattern[: sizes[1]])
    assert 0 == run.returncode


def test_each_byte_of_all_streams(desk: Desk, way: str) -> None:
    bytes_both_ways(desk, way)


def test_each_byte_from_far_away(remote_desk: Desk, way: str) -> None:
    bytes_both_ways(remote_desk, way)


def test_control_c_once(desk: Desk, way: str) -> None:
    with begun(desk, way, "interrupted") as run:
        assert "ready" == line(run)
        os.killpg(run.pid, signal.SIGINT)
        out, err = run.communicate()

    assert (3, b"interrupted\n", b"") == (run.returncode, out, err)


def test_control_c_twice(desk: Desk, way: str) -> None:
    with begun(desk, way, "stubborn") as run:
        assert "ready" == line(run)
        os.killpg(run.pid, signal.SIGINT)
        assert "no 2" == line(run)
        os.killpg(run.pid, signal.SIGINT)
        out, err = run.communicate()

    assert (128 + signal.SIGKILL, b"no 15\n", b"") == (run.returncode, out, err)


class Feeder(threading.Thread):
    """Says something to a run for as long as its links are cut."""

    def __init__(self, run: subprocess.Popen[bytes], between: Distance) -> None:
        super().__init__(daemon=True)
        self._run = run
        self._between = between
        self._chance = random.Random(CUTS)  # noqa: S311 - when a link is cut
        self.given = bytearray()
        self.cut = 0

    def run(self) -> None:
        assert self._run.stdin
        next_cut = time.monotonic()
        while self.cut < CUTS and self._run.poll() is None:
            data = self._chance.randbytes(self._chance.randrange(1, 3000))
            self.given += data
            while data:
                data = data[self._run.stdin.write(data) :]
            time.sleep(0.005)
            if time.monotonic() > next_cut and self._between.cut():
                self.cut += 1
                next_cut = time.monotonic() + self._chance.uniform(0, 0.8)
        self._run.stdin.close()


def test_links_cut_at_random_lose_and_repeat_no_byte(
    remote_desk: Desk, between: Distance, way: str, record_property: Record
) -> None:
    with begun(remote_desk, way, "echo") as run:
        assert run.stdout
        assert run.stderr
        assert b"x" == run.stderr.read(1)
        feeder = Feeder(run, between)
        said: dict[str, bytes] = {}
        stderr = run.stderr
        ear = threading.Thread(target=lambda: said.update(err=stderr.read()))
        feeder.start()
        ear.start()
        out = run.stdout.read()
        for each in (feeder, ear):
            each.join()
        assert 0 == run.wait(), said["err"][-2000:]
        assert feeder.cut >= CUTS
        record_property("cuts", CUTS)
        record_property("bytes", len(out))
    assert feeder.given == out
    assert b"x" * len(out) == said["err"]


def last_seen(name: str, killed: float, quiet: float = 0.0) -> float:
    """So many seconds after that kill: from then on, for so long, there is nothing left on the host."""
    seen = killed
    while time.monotonic() - seen <= quiet or remotes.processes(name):
        assert time.monotonic() - killed < max(ORPHANS, 2 * quiet), remotes.processes(name)
        if remotes.processes(name):
            seen = time.monotonic()
        time.sleep(LOOK)
    return seen - killed


def killed_at(run: subprocess.Popen[bytes], name: str, quiet: float = 0.0) -> float:
    run.kill()
    killed = time.monotonic()
    run.wait()
    return last_seen(name, killed, quiet)


def family_of(run: subprocess.Popen[bytes], name: str) -> None:
    stdout = run.stdout
    assert stdout
    # The one that never stops talking does so in the middle of lines, too.
    assert any(b"ready" in text for text in iter(stdout.readline, b""))
    # The client, the script, its child, and the three that have left for good: a look may miss the fourth.
    until(lambda: len(remotes.processes(name)) >= 6)


def test_a_killed_client_leaves_no_family(desk: Desk, way: str, record_property: Record) -> None:
    with begun(desk, way, "family") as run:
        family_of(run, mark(desk))
        record_property("seconds", killed_at(run, mark(desk)))


def test_a_killed_client_leaves_no_family_far_away(remote_desk: Desk, way: str, record_property: Record) -> None:
    with begun(remote_desk, way, "family") as run:
        family_of(run, mark(remote_desk))
        record_property("seconds", killed_at(run, mark(remote_desk)))


def test_a_killed_client_that_had_more_to_say(desk: Desk, way: str, record_property: Record) -> None:
    with begun(desk, way, "stubborn") as run:
        assert run.stdin
        assert "ready" == line(run)
        os.set_blocking(run.stdin.fileno(), False)
        until(lambda: not run.stdin or not run.stdin.write(b"z" * (1 << 16)))
        record_property("seconds", killed_at(run, mark(desk)))


def test_a_killed_client_with_a_terminal(desk: Desk, way: str, record_property: Record) -> None:
    ready(desk, way)
    with desk.at_terminal("-t", "main.py", mark(desk), "stubborn") as screen:
        while screen.line() != "ready":
            pass
        os.kill(screen.pid, signal.SIGKILL)
        killed = time.monotonic()
        os.waitid(os.P_PID, screen.pid, os.WEXITED | os.WNOWAIT)
        record_property("seconds", last_seen(mark(desk), killed))


def test_a_client_that_is_killed_at_any_moment(desk: Desk, way: str, record_property: Record) -> None:
    chance = random.Random(KILLS)  # noqa: S311 - when it is killed
    ready(desk, way)
    began = time.monotonic()
    assert 0 == desk.call(*words(desk), given="end exit 0\n").code
    usual = time.monotonic() - began
    for _ in range(KILLS):
        ready(desk, way)
        with desk.start(*words(desk)) as run:
            assert run.stdin
            run.stdin.write(b"alone\n")
            time.sleep(chance.uniform(0, usual))
            record_property("seconds", killed_at(run, mark(desk), QUIET))
