from __future__ import annotations

import os
import signal
import socket
import stat
import subprocess
import sys
from typing import TYPE_CHECKING

import new_run
import pytest
from refusal import Refusal

from tests.kit import disk, require
from tests.launch.homes import NOBODY, locked_folder

if TYPE_CHECKING:
    from pathlib import Path


def listening(path: Path) -> socket.socket:
    ear = socket.socket(socket.AF_UNIX)
    ear.bind(str(path))
    ear.listen()
    return ear


def test_a_new_one_is_for_us_alone(run: Path) -> None:
    new_run.make(str(run), "/app")

    assert 0o700 == stat.S_IMODE(run.stat().st_mode)
    assert {"app", "tmp"} == {path.name for path in run.iterdir()}
    assert "/app" == str((run / "app").readlink())


def test_folders_above_it_are_made(run: Path) -> None:
    new_run.make(str(run / "deeper" / "run"), "/app")

    assert (run / "deeper" / "run" / "tmp").is_dir()


def test_what_an_earlier_boot_left_is_gone(run: Path) -> None:
    new_run.make(str(run), "/old")
    for name in ("ready", "failed", "reload", "supervisord.pid", "nginx.pid", "tmp/upload", "notes"):
        (run / name).touch()
    listening(run / "nginx.socket").close()
    listening(run / "supervisor.sock").close()
    run.chmod(0o755)

    new_run.make(str(run), "/app")

    assert {"app", "notes", "tmp"} == {path.name for path in run.iterdir()}
    assert [] == list((run / "tmp").iterdir())
    assert "/app" == str((run / "app").readlink())
    assert 0o700 == stat.S_IMODE(run.stat().st_mode)


def test_workers_of_an_nginx_that_was_killed_are_told_to_end(run: Path, tmp_path: Path) -> None:
    new_run.make(str(run), "/app")
    argv = (sys.executable, "-c", "import time; time.sleep(600)")
    with (
        subprocess.Popen(argv, cwd=run, start_new_session=True) as worker,
        subprocess.Popen(argv, cwd=tmp_path, start_new_session=True) as other,
    ):
        try:
            for one in (other, worker):
                (run / "nginx.pid").write_text(f"{one.pid}\n")
                new_run.make(str(run), "/app")

            assert -signal.SIGQUIT == worker.wait(30)
            assert other.poll() is None
        finally:
            worker.kill()
            other.kill()


def test_a_disk_that_is_full(run: Path) -> None:
    with disk.tiny(run.parent / "disk") as place, disk.full(place), pytest.raises(Refusal, match="No space left"):
        new_run.make(str(place / "run"), "/app")


def test_one_in_which_an_app_runs_is_left_alone(run: Path) -> None:
    new_run.make(str(run), "/app")
    (run / "ready").touch()

    with listening(run / "supervisor.sock"), pytest.raises(Refusal, match="Another app runs with the same run folder"):
        new_run.make(str(run), "/other")

    assert {"app", "ready", "supervisor.sock", "tmp"} == {path.name for path in run.iterdir()}
    assert "/app" == str((run / "app").readlink())


@pytest.mark.parametrize("name", ["", "run", "./run", "/a\nb", "/a\0b"])
def test_a_name_that_is_no_path(name: str) -> None:
    with pytest.raises(Refusal, match="TAMPU_RUN names no folder"):
        new_run.make(name, "/app")


def test_a_path_that_is_too_long_for_sockets(run: Path) -> None:
    long = str(run).ljust(new_run.LONGEST, "x")

    new_run.make(long, "/app")

    with pytest.raises(Refusal, match=f"{new_run.LONGEST} bytes at most"):
        new_run.make(f"{long}é", "/app")


def test_a_link_is_not_followed(run: Path, tmp_path: Path) -> None:
    run.symlink_to(tmp_path)

    with pytest.raises(Refusal, match="isn't ours"):
        new_run.make(str(run), "/app")

    assert [] == list(tmp_path.iterdir())


def test_a_file_is_in_its_place(run: Path) -> None:
    run.touch()

    with pytest.raises(Refusal, match="isn't ours"):
        new_run.make(str(run), "/app")


def test_a_stranger_s_folder(run: Path) -> None:
    require.need_root()
    run.mkdir()
    os.chown(run, NOBODY, NOBODY)

    with pytest.raises(Refusal, match=f"owned by user {NOBODY}"):
        new_run.make(str(run), "/app")


def test_a_place_that_can_t_be_written(run: Path) -> None:
    run.touch()
    with locked_folder() as folder:
        for path in (folder / "run", run / "run"):
            with pytest.raises(Refusal, match="Set TMPDIR or TAMPU_RUN to a folder that can be written"):
                new_run.make(str(path), "/app")
