from __future__ import annotations

import fcntl
import os
import re
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tampu.daemon import said
from tampu.daemon.apart import LIBRARY
from tests.kit import disk
from tests.kit.daemons import until

if TYPE_CHECKING:
    from collections.abc import Iterator

LINES = int(os.environ.get("TAMPU_LOG_LINES", "20000"))
SIZE = max(64 << 10, LINES * 2)
CODE = "import sys; sys.path.insert(0, sys.argv.pop(1)); from tampu.daemon.log_writer import main; main(*sys.argv[1:])"
NUMBER = re.compile(rb"line (\d+) of a program that writes", re.MULTILINE)
# At its half, it waits until its stdin has ended.
PROGRAM = """
import os
for n in range({lines}):
    if n == {lines} // 2:
        os.read(0, 1)
    os.write(1, b'line %d of a program that writes\\n' % n)
"""


class Plumbing:
    """A pipe with both ends held, as a daemon holds them, and the files where what goes in comes out."""

    def __init__(self, place: Path) -> None:
        self.log = place / "log"
        self.state = f"{place}/state"
        self._pipe = place / "pipe"
        os.mkfifo(self._pipe)
        self.into = os.open(self._pipe, os.O_RDWR)
        self.writers: list[subprocess.Popen[bytes]] = []

    def writer(self, size: int = SIZE, keep: int = 100_000) -> subprocess.Popen[bytes]:
        reading = os.open(self._pipe, os.O_RDONLY | os.O_NONBLOCK)
        words = (str(LIBRARY), str(self.log), str(size), str(keep), self.state)
        with signal_ignored(signal.SIGHUP):
            started = subprocess.Popen((sys.executable, "-I", "-S", "-c", CODE, *words), stdin=reading)
        os.close(reading)
        self.writers.append(started)
        until(lambda: (said.heard(self.state) or {}).get("pid") == started.pid)
        return started

    def write(self, text: bytes) -> None:
        os.write(self.into, text)

    def program(self, lines: int = LINES, stdin: int = subprocess.DEVNULL) -> subprocess.Popen[bytes]:
        return subprocess.Popen((sys.executable, "-ISc", PROGRAM.format(lines=lines)), stdin=stdin, stdout=self.into)

    def end(self) -> None:
        """Nobody writes any more, and all is written."""
        os.close(self.into)
        self.into = -1
        assert self.writers[-1].wait(60) == 0

    def content(self) -> bytes:
        """Of all files, the oldest first."""
        return b"".join(path.read_bytes() for path in sorted(self.files(), key=number_of, reverse=True))

    def files(self) -> list[Path]:
        return [path for path in self.log.parent.iterdir() if path.name.startswith("log")]

    def until_written(self, size: int, program: subprocess.Popen[bytes]) -> None:
        """Or the program has ended."""
        until(lambda: program.poll() is not None or size < sum(map(size_of, self.files())))

    def close(self) -> None:
        for each in self.writers:
            each.kill()
            each.wait()
        if self.into >= 0:
            os.close(self.into)


class signal_ignored:  # noqa: N801 - reads as a word
    def __init__(self, number: int) -> None:
        self._number = number

    def __enter__(self) -> None:
        self._before = signal.signal(self._number, signal.SIG_IGN)

    def __exit__(self, *_: object) -> None:
        signal.signal(self._number, self._before)


def size_of(path: Path) -> int:
    """Now; a file may have another name by now."""
    with suppress(FileNotFoundError):
        return path.stat().st_size
    return 0


def number_of(path: Path) -> int:
    return int(path.suffix[1:] or 0) if path.suffix[1:].isdecimal() else 0


@pytest.fixture
def plumbing(tmp_path: Path) -> Iterator[Plumbing]:
    made = Plumbing(tmp_path)
    yield made
    made.close()


def each_once(plumbing: Plumbing, lines: int = LINES) -> bool:
    found = sorted(int(number) for path in plumbing.files() for number in NUMBER.findall(path.read_bytes()))
    return found == list(range(lines))


def test_each_line_is_in_one_file_and_in_order(plumbing: Plumbing) -> None:
    plumbing.writer()
    plumbing.program().wait()
    plumbing.end()

    files = plumbing.files()

    assert list(range(LINES)) == [int(number) for number in NUMBER.findall(plumbing.content())]
    assert LINES * 36 // SIZE - 2 <= len(files) <= LINES * 40 // SIZE + 1
    assert all(path.read_bytes().endswith(b"\n") for path in files)
    assert {0o640} == {path.stat().st_mode & 0o777 for path in files}


def test_only_so_many_old_files_are_kept(plumbing: Plumbing) -> None:
    plumbing.writer(size=1000, keep=2)
    plumbing.program(1000).wait()
    plumbing.end()

    assert ["log", "log.1", "log.2"] == sorted(path.name for path in plumbing.files())
    assert b"line 999 of" in plumbing.content()


def test_none_may_be_kept(plumbing: Plumbing) -> None:
    plumbing.writer(size=1000, keep=0)
    plumbing.program(1000).wait()
    plumbing.end()

    assert ["log"] == [path.name for path in plumbing.files()]


def test_who_kills_it_at_any_time_loses_nothing(plumbing: Plumbing) -> None:
    writer = plumbing.writer()
    program = plumbing.program(LINES * 2)
    kills = 0
    while program.poll() is None:
        # In the middle of its work, and at all kinds of moments of it.
        plumbing.until_written(kills * LINES * 4, program)
        writer.kill()
        writer.wait()
        writer = plumbing.writer()
        kills += 1
    plumbing.end()

    assert kills
    assert each_once(plumbing, LINES * 2)


def test_a_newer_one_takes_over(plumbing: Plumbing) -> None:
    older = plumbing.writer()
    program = plumbing.program()
    plumbing.writer(size=SIZE * 2)

    assert -signal.SIGTERM == older.wait(60)
    program.wait()
    plumbing.end()
    assert each_once(plumbing)


@pytest.mark.parametrize("tell", [True, False], ids=["HUP", "untold"])
def test_a_file_that_is_renamed_is_left_behind(tell: bool, plumbing: Plumbing) -> None:  # noqa: FBT001 - a case
    writer = plumbing.writer(size=1 << 30)
    program = plumbing.program(LINES * 2, stdin=subprocess.PIPE)
    assert program.stdin
    moved = 0
    while program.poll() is None:
        if not plumbing.log.exists():
            continue
        plumbing.log.rename(plumbing.log.with_name(f"log-{moved}"))
        moved += 1
        if tell:
            writer.send_signal(signal.SIGHUP)
        program.stdin.close()
    plumbing.end()

    assert each_once(plumbing, LINES * 2)
    assert all(path.read_bytes()[-1:] in {b"\n", b""} for path in plumbing.files())


def test_it_begins_a_new_file_as_soon_as_it_is_told(plumbing: Plumbing) -> None:
    writer = plumbing.writer()
    plumbing.write(b"one\n")
    until(lambda: plumbing.log.exists() and plumbing.log.read_bytes())
    plumbing.log.rename(plumbing.log.with_name("log-old"))
    writer.send_signal(signal.SIGHUP)
    plumbing.write(b"two\n")
    until(lambda: plumbing.log.exists() and plumbing.log.read_bytes() == b"two\n")

    assert plumbing.log.with_name("log-old").read_bytes() == b"one\n"


def test_a_file_that_is_emptied_is_filled_from_its_beginning(plumbing: Plumbing) -> None:
    plumbing.writer()
    plumbing.write(b"one\n")
    until(lambda: plumbing.log.exists() and plumbing.log.read_bytes())
    os.truncate(plumbing.log, 0)
    plumbing.write(b"two\n")
    until(plumbing.log.read_bytes)

    assert plumbing.log.read_bytes() == b"two\n"


def test_a_line_without_an_end_is_cut_at_last(plumbing: Plumbing) -> None:
    plumbing.writer(size=1000)
    fcntl.fcntl(plumbing.into, fcntl.F_SETPIPE_SZ, 1 << 20)
    plumbing.write(b"x" * 40_000)
    plumbing.end()

    assert b"x" * 40_000 == plumbing.content()
    assert max(path.stat().st_size for path in plumbing.files()) < 20_000


def test_what_ends_without_the_end_of_a_line_does_not_keep_an_old_file(plumbing: Plumbing) -> None:
    writer = plumbing.writer()
    plumbing.write(b"password: ")
    until(lambda: plumbing.log.exists() and plumbing.log.read_bytes())
    plumbing.log.rename(plumbing.log.with_name("log-old"))
    writer.send_signal(signal.SIGHUP)
    # It waits a while for the rest of that line.
    until(lambda: not holds(writer.pid, "log-old"))
    plumbing.write(b"x\n")
    until(lambda: plumbing.log.exists() and plumbing.log.read_bytes() == b"x\n")


def holds(pid: int, name: str) -> bool:
    # What isn't there any more leads to itself.
    return any(os.path.realpath(end).endswith(f"/{name}") for end in Path(f"/proc/{pid}/fd").iterdir())


def test_a_killed_rotation_loses_no_old_file(plumbing: Plumbing) -> None:
    for number, text in ((1, "c"), (2, "b"), (4, "a")):
        plumbing.log.with_name(f"log.{number}").write_text(f"{text}\n")
    plumbing.log.write_text("d\n")
    plumbing.writer(size=2, keep=9)
    plumbing.write(b"e\n")
    plumbing.end()

    assert b"a\nb\nc\nd\ne\n" == plumbing.content()
    assert {0, 2} == {path.stat().st_size for path in plumbing.files()}


def test_a_full_disk_is_told_and_loses_nothing(tmp_path: Path) -> None:
    with disk.tiny(tmp_path / "disk") as small:
        plumbing = Plumbing(tmp_path)
        plumbing.log = small / "log"
        try:
            plumbing.writer(size=1 << 30)
            program = plumbing.program(3000)
            until(lambda: (said.heard(plumbing.state) or {}).get("state") == "waiting")
            assert "No space left on device" == (said.heard(plumbing.state) or {})["why"]
            # Whoever takes over finds the disk just as full.
            plumbing.writers[0].kill()
            plumbing.writer(size=1 << 30)
            until(lambda: (said.heard(plumbing.state) or {}).get("state") == "waiting")
            subprocess.run(("mount", "-o", "remount,size=1m", str(small)), check=True)
            program.wait(60)
            plumbing.end()
            assert each_once(plumbing, 3000)
        finally:
            plumbing.close()
