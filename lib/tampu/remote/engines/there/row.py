"""A row by way of Slurm: the script of an array of them, and what it does with each on a node."""

from __future__ import annotations

import base64
import contextlib
import json
import os
import shlex

TYPE_CHECKING = False

if TYPE_CHECKING:
    from typing import Any


def script(told: dict[str, Any], number: int, count: int, folder: str) -> str:
    """What sbatch is given: one task for each row."""
    at_once = f"%{told['jobs']}" if told["jobs"] else ""
    options = (
        f"--job-name={name_of(told, number)}",
        f"--array=0-{count - 1}{at_once}",
        "--output=%a.log",
        # A row that was lost is tried again by tampu, which counts that.
        "--no-requeue",
        *told["options"],
    )
    program = (told["python"], "-I", "-S", os.path.join(told["parts"], "slurm.py"), folder)
    lines = (
        "#!/bin/sh",
        f"# {told['title']}",
        f"# Written by tampu: the words of the rows are in {folder}/rows, and what comes of each is written beside it.",
        *(f"#SBATCH {shlex.quote(option)}" for option in options),
        f'exec {" ".join(shlex.quote(word) for word in program)} "$SLURM_ARRAY_TASK_ID"',
    )
    return "\n".join(lines) + "\n"


def name_of(told: dict[str, Any], number: int) -> str:
    return f"tampu-{told['name']}-{number}"


def folder_of(told: dict[str, Any], home: str) -> str:
    return os.path.join(home, told["store"] or ".tampu", "slurm", told["name"])


def task(folder: str, index: int) -> None:
    """On a node, by way of the script."""
    with open(os.path.join(folder, "rows"), encoding="utf-8") as file:
        told = json.load(file)
    run, words = told["rows"][index]
    if int(os.environ.get("SLURM_RESTART_COUNT") or 0):
        publish(folder, run, {"fault": "Slurm has begun it a second time"})
        return
    here = os.path.dirname(os.path.abspath(__file__))
    wish = dict(told["wish"], argv=[*told["wish"]["argv"], *words], id=run)
    names: dict[str, Any] = {}
    with open(os.path.join(here, "runner.py"), encoding="utf-8") as file:
        exec(compile(file.read(), "runner", "exec"), names)  # noqa: S102 - it came with us
    result = names["carry"](here, {"run": wish, "store": told["store"], "forget": True})
    texts = {stream: base64.b64encode(result.pop(stream)).decode() for stream in ("out", "err")}
    publish(folder, run, dict(result, **texts))


def publish(folder: str, run: str, result: dict[str, Any]) -> None:
    """All of it, and once: what is there stays."""
    made = write(os.path.join(folder, f".{run}.{os.getpid()}"), json.dumps(result))
    with contextlib.suppress(FileExistsError):
        os.link(made, os.path.join(folder, run))
    os.unlink(made)


def write(path: str, text: str) -> str:
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    return path
