"""What a worker does with a row: it has the agent run it, from its own host's store. It is sent joined with wire.py."""

from __future__ import annotations

import json
import os
import platform
import select
import subprocess
import sys
import time

from tampu.remote.links.wire import MAGIC, PIECE, Frames, Kind, frame, placed, said, words

TYPE_CHECKING = False

if TYPE_CHECKING:
    from typing import Any

BEAT = 3.0
CHANNEL = 1
# What says whose processes are whose: the worker's end is not to be that of who watches its run.
MARK = "TAMPU_REMOTE_RUN"
NAME = "TAMPU_WORKER"
# What a worker of ours is told of its own host; others try what fits any of them.
FITS = "TAMPU_WORKER_FITS"


def carry(folder: str, task: dict[str, Any]) -> dict[str, Any]:
    """`folder` is where this file came with the agent; the task has the run, and the store to look in."""
    began = time.monotonic()
    fits = json.loads(os.environ.get(FITS, "[]")) or task.get("fits") or [{}]
    # Those whose Python is elsewhere fit another host; one in the store is the agent's to find.
    for fit in [fit for fit in fits if not lacking(fit.get("python", ""))] or fits:
        told = carried(folder, dict(task, run=dict(task["run"], **fit)))
        if not told.get("lacks"):
            break
    return dict(told, seconds=time.monotonic() - began, worker=os.environ.get(NAME) or platform.node())


def lacking(python: str) -> bool:
    return python.startswith("/") and not os.path.exists(python)


def carried(folder: str, task: dict[str, Any]) -> dict[str, Any]:
    env = {name: value for name, value in os.environ.items() if name not in (MARK, FITS)}
    with open(os.path.join(folder, "starter"), encoding="utf-8") as file:
        words_ = (sys.executable, "-I", "-S", "-c", file.read())
    with subprocess.Popen(words_, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=env, bufsize=0) as process:
        run = Run(process, folder, dict(task["run"], id=task["run"]["id"] + os.urandom(4).hex()), task["store"])
        try:
            told = run.follow()
            if task.get("forget"):
                run.forget()
        finally:
            if process.stdin:
                process.stdin.close()
    return dict(told, run=run.name, **run.written)


class Run:
    def __init__(self, process: subprocess.Popen[bytes], folder: str, wish: dict[str, Any], store: str) -> None:
        self.name = wish["id"]
        self.written = {"out": b"", "err": b""}
        self._process = process
        self._wish = wish
        self._frames = Frames()
        self._greeting: bytes | None = b""
        with open(os.path.join(folder, "agent"), "rb") as file:
            self._send(file.read() + said(Kind.HELLO, store=store))
        self._begin()

    def _begin(self) -> None:
        places = {stream: len(text) for stream, text in self.written.items()}
        self._send(said(Kind.RUN, CHANNEL, **self._wish, **places) + said(Kind.END, CHANNEL, end=0))

    def _send(self, message: bytes) -> None:
        left = memoryview(message)
        while left and self._process.stdin:
            left = left[self._process.stdin.write(left) or 0 :]

    def follow(self) -> dict[str, Any]:
        while True:
            for kind, body in self._heard():
                if kind in (Kind.OUT, Kind.ERR):
                    stream = "out" if kind == Kind.OUT else "err"
                    place, data = placed(body)
                    self.written[stream] += data[max(0, len(self.written[stream]) - place) :]
                elif kind == Kind.FAULT:
                    found = words(body)
                    return {"fault": found.get("error") or "it can't run here", "lacks": bool(found.get("lacks"))}
                elif kind == Kind.EXIT and words(body).get("running"):
                    self._begin()
                elif kind == Kind.EXIT:
                    return words(body)

    def forget(self) -> None:
        self._send(said(Kind.REMOVE, CHANNEL, what="run", id=self.name))
        while all(kind not in (Kind.DONE, Kind.FAULT) for kind, _ in self._heard()):
            pass

    def _heard(self) -> list[tuple[int, bytes]]:
        out = self._process.stdout
        if not out or not select.select([out], [], [], BEAT)[0]:
            self._send(frame(Kind.PING))
            return []
        data = os.read(out.fileno(), PIECE)
        if not data:
            raise RuntimeError("its agent has ended")
        if self._greeting is not None:
            self._greeting += data
            _, magic, data = self._greeting.partition(MAGIC)
            if not magic:
                return []
            self._greeting = None
        return [(kind, body) for kind, _, body in self._frames.feed(data)]
