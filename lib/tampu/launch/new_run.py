"""The run folder of this boot: all that changes while an app runs lies there, and nobody else gets in."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import stat
from contextlib import suppress

from links import CONTROL, point
from refusal import Refusal, why

# A socket's path has 107 bytes at most, and supervisord adds its own number to the name of its socket first.
LONGEST = 107 - len("/supervisor.sock.4194304")
MODE = 0o700
# What nginx's configuration and the numbers of processes take.
ROOM = 64 << 10
STALE = ("ready", "failed", "reload")


def make(run: str, home: str) -> None:
    """An older one of ours is used again, without what was left in it."""
    _check(run)
    try:
        _own(run)
        _refuse_running(run)
        _end_what_is_left(run)
        _clear(run)
        os.mkdir(os.path.join(run, "tmp"), MODE)
        point(os.path.join(run, "app"), home)
        _try_to_write(os.path.join(run, "tmp", "room"))
    except OSError as error:
        raise Refusal(
            "The folder for what changes while the app runs can't be made",
            f"{run}: {why(error)}",
            "a place that can be written",
            "Set TMPDIR or TAMPU_RUN to a folder that can be written, and start again.",
        ) from error


def _try_to_write(path: str) -> None:
    """On a full disk there may still be folders and links made."""
    try:
        with open(path, "wb") as file:
            file.write(bytes(ROOM))
    finally:
        os.unlink(path)


def _check(run: str) -> None:
    if not os.path.isabs(run) or CONTROL.search(run):
        raise Refusal(
            "TAMPU_RUN names no folder",
            f"TAMPU_RUN={run!r}",
            "a whole path, such as /tmp/tampu-web",
            "Unset it; or start the app by .tampu/run, which sets it.",
        )
    if len(os.fsencode(run)) > LONGEST:
        raise Refusal(
            "The path of TAMPU_RUN is too long for the sockets in it",
            f"{run}, {len(os.fsencode(run))} bytes",
            f"{LONGEST} bytes at most",
            "Set TMPDIR or TAMPU_RUN to a shorter path, such as /tmp, and start again.",
        )


def _own(run: str) -> None:
    os.makedirs(os.path.dirname(run), exist_ok=True)
    try:
        os.mkdir(run, MODE)
    except FileExistsError:
        found = os.lstat(run)
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid():
            raise Refusal(
                "The folder for what changes while the app runs isn't ours",
                f"{run}, {stat.filemode(found.st_mode)}, owned by user {found.st_uid}",
                f"nothing, or a folder (no link) of user {os.geteuid()}",
                "Remove it, or set TAMPU_RUN to another path, and start again.",
            ) from None
    os.chmod(run, MODE)


def _refuse_running(run: str) -> None:
    with socket.socket(socket.AF_UNIX) as knock:
        try:
            knock.connect(os.path.join(run, "supervisor.sock"))
        except OSError:
            return
    raise Refusal(
        "Another app runs with the same run folder",
        f"a supervisord that answers in {run}",
        "none",
        "Stop it; or set another PORT, or TAMPU_RUN to another path, and start again.",
    )


def _end_what_is_left(run: str) -> None:
    """Workers of an nginx that was killed together with supervisord: nobody else tells them, and they have the port."""
    try:
        with open(os.path.join(run, "nginx.pid"), encoding="ascii") as file:
            group = int(file.read())
    except (OSError, ValueError):
        return
    place = os.path.realpath(run)
    for name in filter(str.isdigit, os.listdir("/proc")):
        with suppress(OSError):
            if os.getpgid(int(name)) == group and os.readlink(f"/proc/{name}/cwd") == place:
                os.kill(int(name), signal.SIGQUIT)


def _clear(run: str) -> None:
    with os.scandir(run) as entries:
        for entry in entries:
            if entry.name == "tmp":
                shutil.rmtree(entry.path)
            elif entry.name in STALE or entry.name.endswith(".pid") or _is_socket(entry):
                os.unlink(entry.path)


def _is_socket(entry: os.DirEntry[str]) -> bool:
    return stat.S_ISSOCK(entry.stat(follow_symlinks=False).st_mode)
