"""Links that are cut, clients that die, clients that are asked to stop."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tampu.remote.links.link import Link
from tampu.remote.runs import at_host
from tampu.remote.runs.running import CutOff, Spec, run
from tampu.values import replace
from tests.kit import remotes
from tests.kit.distance import distance
from tests.kit.remotes import python

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.kit.distance import Distance
    from tests.kit.sshd import Server

LIB = Path(__file__).parents[3] / "lib"
CLIENT = Path(__file__).with_name("client.py")
CUTS = int(os.environ.get("TAMPU_CUTS", "6"))
PATIENCE = 60
GRACE = 300.0
QUIET = 1.0
ONE_WAY = 0.025
# Back it goes as it came, and each piece is counted beside.
ECHO = """
import os
while True:
    data = os.read(0, 5000)
    if not data:
        break
    os.write(2, b"x" * len(data))
    while data:
        data = data[os.write(1, data):]
"""
FAMILY = """
import os, sys, time
if not os.fork():
    os.setsid()
    if not os.fork():
        time.sleep(1000)
    time.sleep(1000)
{before}
print("ready", flush=True)
while True:
    {forever}
"""
# Each is nowhere for long; what it leaves behind tells that it was there.
HOPPERS = """
import os, signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
hops = os.open(FILE, os.O_CREAT | os.O_APPEND | os.O_WRONLY)
end = time.monotonic() + 100
for number in range(4):
    if not os.fork():
        os.setsid()
        while time.monotonic() < end and not os.fork():
            os.write(hops, b".")
        os._exit(0)
print("ready", flush=True)
time.sleep(1000)
"""
# In short naps: Python may well miss a signal that comes just before a long one.
POLITE = """
import time
try:
    print("ready")
    while True:
        time.sleep(0.05)
except KeyboardInterrupt:
    print("interrupted")
    raise SystemExit(3)
"""
STUBBORN = """
import signal, time
signal.signal(signal.SIGINT, lambda *_: print("no"))
print("ready")
while True:
    time.sleep(0.05)
"""


def rests(file: Path) -> bool:
    before = file.stat().st_size
    time.sleep(QUIET)
    return before == file.stat().st_size


def until(holds: Callable[[], object]) -> None:
    began = time.monotonic()
    while not holds():
        assert time.monotonic() - began < PATIENCE
        time.sleep(0.01)


@contextmanager
def client(server: Server, program: str) -> Iterator[subprocess.Popen[bytes]]:
    words = (LIB, server.name, server.config, server.sockets, server.folder, program)
    pipe = subprocess.PIPE
    with subprocess.Popen((sys.executable, CLIENT, *words), stdin=pipe, stdout=pipe, stderr=pipe) as process:
        try:
            yield process
        finally:
            process.kill()


def line(process: subprocess.Popen[bytes]) -> bytes:
    assert process.stdout
    return process.stdout.readline()


class Feeder(threading.Thread):
    """Writes for as long as links are cut."""

    def __init__(self, way: Distance, seed: int) -> None:
        super().__init__(daemon=True)
        self._way = way
        self._chance = random.Random(seed)  # noqa: S311 - when and where a link is cut
        self.stdin, self._to = os.pipe()
        self.given = bytearray()

    def run(self) -> None:
        next_cut = time.monotonic()
        while self._way.cuts < CUTS:
            data = self._chance.randbytes(self._chance.randrange(1, 3000))
            self.given += data
            while data:
                data = data[os.write(self._to, data) :]
            time.sleep(0.002)
            if time.monotonic() > next_cut and self._way.cut():
                next_cut = time.monotonic() + self._chance.uniform(0, 0.8)
        os.close(self._to)


def test_links_cut_at_random_lose_and_repeat_no_byte(far: Server) -> None:
    with distance(far.port, ONE_WAY) as way:
        there = far.by(way.port)
        link = Link(there.host())
        link.greet()
        feeder = Feeder(way, seed=CUTS)
        spec = Spec(argv=("", "-c", ECHO), grace=GRACE)
        feeder.start()

        said = remotes.heard(lambda ends: run(link, spec, replace(ends, stdin=feeder.stdin)))

        feeder.join()
        os.close(feeder.stdin)
        link.close()
        there.hang_up()
    assert CUTS <= way.cuts
    assert 0 == said.outcome.code
    assert feeder.given == said.out
    assert b"x" * len(feeder.given) == said.err


def test_a_link_that_stays_cut(near: Server) -> None:
    def cut(run: remotes.Talk) -> None:
        run.said()
        way.close()

    mark = f"alone{os.getpid()}{near.name}"
    with distance(near.port) as way:
        link = Link(near.by(way.port).host())
        link.greet()
        spec = Spec(argv=("", "-c", "print('ready'); import time; time.sleep(1000)", mark), grace=1.0)

        with pytest.raises(CutOff):
            remotes.Talk(cut).over(link, spec)

    until(lambda: not remotes.processes(mark))
    other = remotes.link(near)
    assert [15] == [found["signal"] for found in at_host.listed(other) if found["id"] == spec.name]
    other.close()


@pytest.mark.parametrize("forever", ["time.sleep(1)", "print('y' * 5000, flush=True)"])
@pytest.mark.parametrize("before", ["", "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)"])
def test_nothing_outlives_a_killed_client(far: Server, before: str, forever: str) -> None:
    mark = f"family{os.getpid()}{len(before)}{len(forever)}{far.name}"
    program = f"# {mark}\n" + FAMILY.format(before=before, forever=forever)

    with client(far, program) as process:
        assert b"ready\n" == line(process)
        process.kill()
        process.wait()
        until(lambda: not remotes.processes(mark))


def test_who_forks_for_ever_does_not_outlive_a_killed_client(far: Server, tmp_path: Path) -> None:
    hops = tmp_path / "hops"
    program = HOPPERS.replace("FILE", repr(str(hops)))

    with client(far, program) as process:
        assert b"ready\n" == line(process)
        process.kill()
        process.wait()
        until(lambda: rests(hops))


def test_a_supervisor_that_is_killed(far: Server) -> None:
    link = remotes.link(far)
    mark = f"orphan{os.getpid()}{far.name}"
    spec = python(f"# {mark}\nprint('ready'); input()")

    def talk(run: remotes.Talk) -> None:
        other = remotes.link(far)
        run.said()
        os.kill(
            next(found["supervisor"] for found in at_host.listed(other) if found["id"] == spec.name), signal.SIGKILL
        )
        other.close()

    outcome = remotes.Talk(talk).over(link, spec)

    assert outcome.lost
    until(lambda: not remotes.processes(mark))
    assert outcome == remotes.logged(link, spec.name).outcome
    link.close()


def test_a_client_that_is_interrupted_once(far: Server) -> None:
    with client(far, POLITE) as process:
        assert b"ready\n" == line(process)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate()

    assert (3, b"interrupted\n", b"") == (process.returncode, out, err)


def test_a_client_that_is_interrupted_twice(far: Server) -> None:
    with client(far, STUBBORN) as process:
        assert b"ready\n" == line(process)
        process.send_signal(signal.SIGINT)
        assert b"no\n" == line(process)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate()

    assert (128 + signal.SIGTERM, b"") == (process.returncode, err)


def test_a_detached_run_outlives_its_client(far: Server) -> None:
    spec = Spec(argv=("", "-c", "import time; print(1); time.sleep(0.5); print(2)"), detached=True)
    link = remotes.link(far)
    begun = remotes.over(link, spec)
    link.close()
    far.hang_up()
    link = remotes.link(far)

    said = remotes.attached(link, spec.name)

    assert begun.outcome.running
    assert (0, b"1\n2\n") == (said.outcome.code, said.out)
    assert said == remotes.attached(link, spec.name) == remotes.logged(link, spec.name)
    link.close()


def test_runs_are_listed_and_ended(far: Server) -> None:
    link = remotes.link(far)
    spec = python("print('ready'); input()")
    told: list[dict[str, object]] = []
    logs: list[remotes.Said] = []
    there: list[bool] = []

    def talk(run: remotes.Talk) -> None:
        other = remotes.link(far)
        run.said()
        told.extend(found for found in at_host.listed(other) if found["id"] == spec.name)
        logs.append(remotes.logged(other, spec.name))
        there.append(at_host.end(other, spec.name))
        other.close()

    outcome = remotes.Talk(talk).over(link, spec)

    assert [(False, False, "-c")] == [("code" in each, each["detached"], each["argv"][1]) for each in told]  # type: ignore[index]
    assert [(True, b"ready\n")] == [(each.outcome.running, each.out) for each in logs]
    assert [True] == there
    assert signal.SIGTERM == outcome.signal
    assert not at_host.end(link, spec.name)
    link.close()
