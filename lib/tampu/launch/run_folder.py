"""What a start was told: where the app and its run folder are, its port, and how much of the machine it may use."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

from refusal import Refusal, why

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

HIGHEST_PORT = 65535
LARGEST_BACKLOG = 1024
LONGEST_DRAIN = 3600
QUOTA_AND_PERIOD = 2


def home(environ: Mapping[str, str]) -> str:
    found = environ.get("HOME", "")
    if not os.path.isfile(os.path.join(found, ".tampu", "stack.json")):
        raise Refusal(
            "HOME is not the home of an app that tampu built",
            f"HOME={found!r}",
            "a folder with .tampu/stack.json in it",
            "Start the app by .tampu/run, which sets it; or build the app again.",
        )
    return os.path.abspath(found)


def run_folder(environ: Mapping[str, str]) -> str:
    """It was made by dcapproot.sh, and has to be ours: others could put their own configuration into it."""
    found = environ.get("TAMPU_RUN", "")
    try:
        state = os.lstat(found)
    except OSError as error:
        raise _no_run_folder(f"TAMPU_RUN={found!r}, {why(error)}") from error
    if not stat.S_ISDIR(state.st_mode) or state.st_uid != os.geteuid() or stat.S_IMODE(state.st_mode) & 0o077:
        raise _no_run_folder(f"TAMPU_RUN={found!r}, {stat.filemode(state.st_mode)}, owned by user {state.st_uid}")
    return os.path.abspath(found)


def _no_run_folder(found: str) -> Refusal:
    return Refusal(
        "There is no run folder for this start of the app",
        found,
        f"a folder (no link) that only user {os.geteuid()} may use",
        "Start the app as its Procfile does: bin/dcapproot.sh makes the folder.",
    )


def port(environ: Mapping[str, str]) -> int:
    return number(environ, "PORT", None, HIGHEST_PORT)


def drain(environ: Mapping[str, str]) -> int:
    """For how many seconds requests may go on after the app was told to stop."""
    return number(environ, "TAMPU_DRAIN", 8, LONGEST_DRAIN)


def number(environ: Mapping[str, str], name: str, default: int | None, most: int) -> int:
    text = environ.get(name, "")
    if not text and default is not None:
        return default
    if not (text.isascii() and text.isdigit() and len(text) <= len(str(most)) and 1 <= int(text) <= most):
        raise Refusal(
            f"{name} can't be used", f"{name}={text!r}", f"a whole number from 1 to {most}", f"Set {name} to one."
        )
    return int(text)


def backlog(proc: str = "/proc") -> int:
    """How many connections may wait; uWSGI would refuse to start with more than the kernel allows."""
    allowed = _first_words(f"{proc}/sys/net/core/somaxconn")
    return min([LARGEST_BACKLOG, *(int(word) for word in allowed if word.isdigit())])


def cpus(cgroups: str = "/sys/fs/cgroup", proc: str = "/proc") -> int:
    """How many may be used, a part of one counted as one."""
    return min([len(os.sched_getaffinity(0)), *_shares(cgroups, proc)])


def _shares(cgroups: str, proc: str) -> Iterator[int]:
    for folder in _groups(cgroups, proc):
        old = [*_first_words(f"{folder}/cpu.cfs_quota_us"), *_first_words(f"{folder}/cpu.cfs_period_us")]
        for words in (_first_words(f"{folder}/cpu.max"), old):
            if len(words) == QUOTA_AND_PERIOD and all(word.isdigit() and int(word) for word in words):
                yield -(-int(words[0]) // int(words[1]))


def _groups(cgroups: str, proc: str) -> Iterator[str]:
    """The groups that this process is in and that limit CPUs: its own, and all around it."""
    try:
        with open(f"{proc}/self/cgroup", encoding="utf-8", errors="replace") as file:
            lines = file.read().splitlines()
    except OSError:
        lines = []
    for line in ("0::/", "0:cpu:/", *lines):
        _, _, rest = line.partition(":")
        controllers, _, own = rest.partition(":")
        if controllers and "cpu" not in controllers.split(","):
            continue
        parts = [part for part in own.split("/") if part]
        top = f"{cgroups}/cpu" if controllers else cgroups
        yield from ("/".join((top, *parts[:depth])) for depth in range(len(parts) + 1))


def _first_words(path: str) -> list[str]:
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.readline().split()
    except OSError:
        return []
