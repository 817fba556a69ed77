from __future__ import annotations

import shlex
import shutil
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import postinstall
import pytest
from refusal import Refusal

from tests.launch.homes import LAUNCH

if TYPE_CHECKING:
    from pathlib import Path

FOREVER = "sleep 600 & echo $! > child; wait"

BOOT = """
import sys
sys.path.insert(0, sys.argv[1])
import postinstall
try:
    postinstall.run(sys.argv[2], sys.argv[3])
except postinstall.Interrupted as error:
    print(error)
"""


def program(current: Path, text: str, mode: int = 0o644) -> None:
    path = current / "postinstall"
    path.write_text(text)
    path.chmod(mode)


def has_begun(current: Path) -> bool:
    """Whether what the command starts was started."""
    return (current / "child").exists() and (current / "child").read_text() != ""


def gone(current: Path) -> bool:
    """Whether what the command started has ended: a child of nobody may take a moment to be buried."""
    status = f"/proc/{(current / 'child').read_text().strip()}/stat"
    for _ in range(200):
        try:
            with open(status) as file:  # noqa: PTH123 - /proc
                if file.read().rpartition(")")[2].split()[0] == "Z":
                    return True
        except OSError:
            return True
        time.sleep(0.01)
    return False


def test_nothing_to_run(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    postinstall.run("", str(tmp_path))

    assert "" == capfd.readouterr().err


def test_a_line_of_shell_runs_in_the_approot(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    postinstall.run("pwd; cat; echo \"$0\" > 'a file'", str(tmp_path))

    assert f"tampu: Running pwd; cat; echo \"$0\" > 'a file'\n{tmp_path}\n" == capfd.readouterr().err
    assert (tmp_path / "a file").exists()


@pytest.mark.parametrize("line", ["", "./postinstall", " postinstall "])
@pytest.mark.parametrize("mode", [0o644, 0o755])
@pytest.mark.parametrize("first", ["", "#!/bin/sh\n", "#! /bin/sh -e\n", "#!/usr/bin/env sh\n"])
def test_a_program_of_that_name(
    tmp_path: Path, line: str, mode: int, first: str, capfd: pytest.CaptureFixture[str]
) -> None:
    program(tmp_path, f"{first}echo did it\n", mode)

    postinstall.run(line, str(tmp_path))

    assert capfd.readouterr().err.endswith("postinstall\ndid it\n")


def test_a_program_that_is_no_script(tmp_path: Path) -> None:
    shutil.copy("/bin/false", tmp_path / "postinstall")

    with pytest.raises(Refusal, match="exit code 1"):
        postinstall.run("", str(tmp_path))


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("exit 3", "Found:    exit code 3\n"),
        ("kill -9 $$", "Found:    ended by SIGKILL\n"),
        ("./nowhere", "Found:    exit code 127\n"),
        ("postinstall", "Found:    exit code 127\n"),
    ],
)
def test_a_line_that_fails(tmp_path: Path, line: str, found: str) -> None:
    with pytest.raises(Refusal) as caught:
        postinstall.run(line, str(tmp_path))

    assert str(caught.value).startswith("postinstall failed, so the app does not start\n\n")
    assert found in str(caught.value)
    assert f"\n    {line}\n" in str(caught.value)


def test_a_program_for_an_interpreter_that_is_not_there(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    program(tmp_path, "#!/nowhere/python\n", 0o755)

    with pytest.raises(Refusal, match="exit code 127"):
        postinstall.run("", str(tmp_path))
    assert "tampu: /nowhere/python: No such file or directory" in capfd.readouterr().err


def test_a_program_with_the_line_ends_of_windows(tmp_path: Path) -> None:
    program(tmp_path, "#!/bin/sh\r\necho\r\n")

    with pytest.raises(Refusal, match="the line ends of Windows"):
        postinstall.run("", str(tmp_path))


def test_one_that_takes_too_long_is_stopped_with_all_that_it_started(tmp_path: Path) -> None:
    for patience in (0.2, 5.0, 60.0):
        with pytest.raises(Refusal, match=f"still at work after {patience:g} seconds"):
            postinstall.run(FOREVER, str(tmp_path), patience)
        if has_begun(tmp_path):
            break

    assert has_begun(tmp_path)
    assert gone(tmp_path)


def test_one_that_has_no_group_yet_is_stopped(tmp_path: Path) -> None:
    with pytest.raises(Refusal, match="still at work after 0 seconds"):
        postinstall.run(FOREVER, str(tmp_path), 0)


def test_it_has_ten_minutes() -> None:
    assert 10 * 60 == postinstall.PATIENCE


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_boot_that_is_stopped_stops_it_too(tmp_path: Path, number: signal.Signals) -> None:
    argv = (sys.executable, "-c", BOOT, str(LAUNCH), FOREVER, str(tmp_path))
    boot = subprocess.Popen(argv, stdout=subprocess.PIPE, text=True)
    while not has_begun(tmp_path):
        time.sleep(0.01)

    boot.send_signal(number)

    assert f"{number.name}\n" == boot.communicate(timeout=60)[0]
    assert gone(tmp_path)


def test_a_boot_whose_platform_has_gone_stops_it_too(tmp_path: Path) -> None:
    argv = [sys.executable, "-c", BOOT, str(LAUNCH), FOREVER, str(tmp_path)]
    platform = subprocess.Popen(("sh", "-c", f"{shlex.join(argv)}; true"), stdout=subprocess.PIPE, text=True)
    while not has_begun(tmp_path):
        time.sleep(0.01)

    platform.kill()

    assert "the end of what started the app\n" == platform.communicate(timeout=60)[0]
    assert gone(tmp_path)


def test_signals_mean_what_they_meant_before(tmp_path: Path) -> None:
    before = [signal.getsignal(number) for number in postinstall.ENDINGS]

    postinstall.run("true", str(tmp_path))

    assert before == [signal.getsignal(number) for number in postinstall.ENDINGS]
