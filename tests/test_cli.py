from __future__ import annotations

import errno
import io
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tampu.cli import _guarded
from tampu.errors import TampuError
from tampu.world.console import PlainConsole

if TYPE_CHECKING:
    from collections.abc import Callable

    from tampu.world.console import Console

BIN = Path(__file__).resolve().parents[1] / "bin"
# Each would cost `bin/detect` more time than all that it does.
HEAVY = {"dataclasses", "typing", "re", "pathlib", "json", "subprocess", "argparse", "inspect", "tempfile", "shutil"}


class Lost(TampuError):
    reason = "test::lost"
    exit_code = 3

    def __init__(self) -> None:
        super().__init__(title="It is lost", found="nothing", expected="it", todo="Look for it.")


class Usage(Lost):
    reason = "usage::test"


class Desk:
    """Someone who starts a command, sees what it says, and gets its exit code."""

    def __init__(self) -> None:
        self.err = io.StringIO()
        self.say = PlainConsole(out=self.err, err=self.err)
        self.reported: list[str] = []

    def start(self, work: Callable[[Console], int]) -> int:
        return _guarded(work, self.report, self.say)

    def fail(self, error: BaseException) -> int:
        def work(_: Console) -> int:
            raise error

        return self.start(work)

    def report(self, error: TampuError, _: Console) -> None:
        self.reported.append(error.reason)

    @property
    def said(self) -> str:
        return self.err.getvalue()


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder for logs."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


@pytest.mark.parametrize("code", [0, 5])
def test_what_works_ends_with_its_own_code(desk: Desk, code: int) -> None:
    assert (code, "", []) == (desk.start(lambda _: code), desk.said, desk.reported)


def test_an_error_of_ours_is_told_and_reported(desk: Desk) -> None:
    assert 3 == desk.fail(Lost())
    advice = " !     Found:    nothing\n !     Expected: it\n !\n !     Look for it.\n"
    assert f"\n !     Error: It is lost\n !\n{advice} !\n !     (test::lost)\n\n" == desk.said
    assert ["test::lost"] == desk.reported


def test_a_call_that_makes_no_sense_is_not_reported(desk: Desk) -> None:
    assert (3, []) == (desk.fail(Usage()), desk.reported)


def test_a_command_without_a_report(desk: Desk) -> None:
    def work(_: Console) -> int:
        raise Lost

    assert 3 == _guarded(work, say=desk.say)


@pytest.mark.parametrize(
    ("number", "title", "reason"),
    [
        (errno.ENOSPC, "The disk is full", "disk::full"),
        (errno.EROFS, "/app/x can't be written", "disk::not-writable"),
        (errno.EACCES, "/app/x can't be written", "disk::not-writable"),
    ],
)
def test_a_disk_that_refuses(desk: Desk, number: int, title: str, reason: str) -> None:
    assert 1 == desk.fail(OSError(number, os.strerror(number), "/app/x"))
    assert f" !     Error: {title}\n" in desk.said
    assert [reason] == desk.reported


@pytest.mark.parametrize(
    ("path", "found"), [("/app/" + "é" * 150, "with a name of 300 bytes"), ("/app" * 2000, "8000 bytes in all")]
)
def test_a_path_that_no_system_takes(path: str, found: str, desk: Desk) -> None:
    assert 2 == desk.fail(OSError(errno.ENAMETOOLONG, "File name too long", path))
    assert f", {found}\n" in desk.said


def test_a_report_that_can_t_be_written_hides_nothing() -> None:
    class Full(Desk):
        def report(self, error: TampuError, say: Console) -> None:
            super().report(error, say)
            raise OSError(errno.ENOSPC, "No space left on device")

    desk = Full()

    assert 3 == desk.fail(Lost())
    assert 1 == desk.said.count("Error:")


def test_someone_who_stops_it_needs_no_words(desk: Desk) -> None:
    assert (130, "", []) == (desk.fail(KeyboardInterrupt()), desk.said, desk.reported)


@pytest.mark.parametrize("error", [ValueError("odd"), OSError(errno.EIO, "odd"), RecursionError("odd")])
def test_our_own_fault_is_called_that_and_logged(desk: Desk, temporary: Path, error: Exception) -> None:
    assert 70 == desk.fail(error)
    assert ["internal::unexpected"] == desk.reported
    (log,) = temporary.glob("tampu-*.log")
    assert f"The whole traceback is in {log}." in desk.said
    assert "in work\n    raise error\n" in log.read_text(encoding="utf-8")


def test_our_own_fault_where_nothing_can_be_written(
    desk: Desk, temporary: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    temporary.rmdir()

    assert 70 == desk.fail(ValueError("odd"))
    assert "The whole traceback is in the lines above." in desk.said
    assert "ValueError: odd\n" in capsys.readouterr().err


def test_detecting_loads_next_to_nothing(tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text("")

    ended = subprocess.run(
        (sys.executable, "-I", "-S", "-X", "importtime", BIN / "detect", tmp_path),
        check=True,
        capture_output=True,
        env={},
        text=True,
    )

    loaded = set(re.findall(r"\|\s+([\w.]+)$", ended.stderr, re.MULTILINE))
    assert "Python\n" == ended.stdout
    assert "tampu.facts.detect" in loaded
    assert set() == loaded & HEAVY
