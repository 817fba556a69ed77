from __future__ import annotations

import re
import subprocess
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from tests.kit import disk
from tests.kit.daemons import PYTHON, kill, python, until

if TYPE_CHECKING:
    from tests.kit.daemons import Desk

WRITES = "import os, time\nfor n in range({}): os.write(1, b'line %d\\n' % n)\ntime.sleep(1000)"
NUMBER = re.compile(r"^line (\d+)\n", re.MULTILINE)
# In one piece each: others may write in between.
COUNTS = python("import os, time\nfor n in range(10**9): os.write(1, b'line %d\\n' % n); time.sleep(0.002)")


def writer(desk: Desk) -> Any:  # noqa: ANN401 - JSON
    return desk.status("web")["log_writer"]


def numbers(desk: Desk) -> list[int]:
    """Of all whole lines."""
    found: list[int] = []
    for path in desk.place.glob("web.log*"):
        # It may have another name by now.
        with suppress(FileNotFoundError):
            found += [int(number) for number in NUMBER.findall(path.read_text())]
    return sorted(found)


def test_full_files_are_changed_and_the_old_ones_shown_too(desk: Desk) -> None:
    desk.start("web", "--log-max", "1K", "--log-keep", "100", command=python(WRITES.format(1000)))
    until(lambda: numbers(desk) == list(range(1000)))

    assert [f"line {number}" for number in range(500, 1000)] == desk.call("logs", "web", "-n", "500").out.splitlines()
    assert "writing" == writer(desk)["state"]


def test_a_writer_that_is_killed_hurts_nobody_and_comes_back(desk: Desk) -> None:
    started = desk.start("web", "--log-max", "1K", "--log-keep", "10000", command=COUNTS)
    first = writer(desk)["pid"]
    kill(first)
    second = writer(desk)

    assert "writing" == second["state"]
    assert first != second["pid"]
    assert started["pid"] == desk.status("web")["pid"]
    desk.call("stop", "web")
    found = numbers(desk)
    assert list(range(len(found))) == found


def test_the_keeper_brings_it_back_by_itself(desk: Desk) -> None:
    desk.start("web", "--log-max", "1M", "--keep-alive", command=COUNTS)
    until(lambda: numbers(desk))
    kill(writer(desk)["pid"])
    last = numbers(desk)[-1]

    until(lambda: numbers(desk)[-1] > last + 100)


def test_the_next_start_writes_behind_what_is_there(desk: Desk) -> None:
    program = python("import time\nprint('line', 1)\ntime.sleep(1000)")
    desk.start("web", "--log-max", "1M", command=program)
    until(lambda: numbers(desk) == [1])
    desk.call("restart", "web")
    until(lambda: numbers(desk) == [1, 1])
    desk.start("other", "--log", str(desk.log("web")), command=program)
    until(lambda: numbers(desk) == [1, 1, 1])


def test_all_that_was_written_is_there_when_it_is_stopped(desk: Desk) -> None:
    desk.start("web", "--log-max", "10K", "--log-keep", "10000", command=COUNTS)
    until(lambda: len(numbers(desk)) > 100)
    desk.call("stop", "web")
    found = numbers(desk)

    assert list(range(len(found))) == found


def test_what_is_spawned_shares_the_writer(desk: Desk) -> None:
    desk.start("web", "--log-max", "1M", command=COUNTS)
    until(lambda: numbers(desk))
    before = writer(desk)["pid"]
    desk.call(
        "spawn", "web", "--", PYTHON, "-ISuc", "import os, time; os.write(1, b'line 1000000000\\n'); time.sleep(1000)"
    )
    until(lambda: 10**9 in numbers(desk))

    until(lambda: writer(desk)["pid"] not in {before, None})
    desk.call("stop", "web.1")
    last = numbers(desk)[-2]
    until(lambda: numbers(desk)[-2] > last)


def test_a_full_disk_is_told(desk: Desk) -> None:
    with disk.tiny(desk.place / "disk") as small:
        log = str(small / "web.log")
        desk.start("web", "--log-max", "1G", "--log", log, command=python(WRITES.format(20_000)))
        until(lambda: writer(desk)["state"] == "waiting")

        assert "can't be written: No space left on device" in desk.call("status", "web").out
        subprocess.run(("mount", "-o", "remount,size=1m", str(small)), check=True)
        until(lambda: (small / "web.log").read_bytes().endswith(b"line 19999\n"))
        assert 20_000 == len((small / "web.log").read_bytes().splitlines())
        desk.call("stop", "web")


def test_a_log_that_can_not_be_written_to_is_told_at_the_start(desk: Desk) -> None:
    (desk.place / "file").touch()
    for words in ((), ("--log-max", "1M")):
        done = desk.call("start", "web", "--log", "file/web.log", *words, "--", "sleep", "1000")

        assert 1 == done.code
        assert f"log {desk.place}/file/web.log" in done.err


def test_something_else_in_the_place_of_the_pipe_is_left_alone(desk: Desk) -> None:
    desk.run.mkdir()
    (desk.run / ".web.pipe").write_text("mine")

    done = desk.call("start", "web", "--log-max", "1M", "--log", str(desk.log("web")), "--", "sleep", "1000")

    assert 1 == done.code
    assert ".web.pipe isn't a pipe of ours; remove it" in done.err
    assert "mine" == (desk.run / ".web.pipe").read_text()


def test_the_last_words_of_one_that_fails_come_through_the_writer(desk: Desk) -> None:
    words = ("--log-max", "1M", "--ready", "after:60", "--log", str(desk.log("web")))
    done = desk.call("start", "web", *words, "--", *python("raise SystemExit('no way')"))

    assert 1 == done.code
    assert "no way" in done.err
