"""One contestant at work: a file is saved, and a client asks until the new answer is there."""

from __future__ import annotations

import http.client
import os
import signal
import subprocess
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from commands import free_port, stop

if TYPE_CHECKING:
    from typing import Self

    from reload_contestants import Contestant

PATIENCE = 5.0
STARTED_WITHIN = 30.0
PAUSE = 0.002
SETTLED = 4.0
A_MOMENT = 0.05
CLIENTS = 4
FIRST_WORD = 1_000_000


class Scene:
    def __init__(self, contestant: Contestant, place: Path, *, heavy: bool = False) -> None:
        self._contestant = contestant
        self._heavy = heavy
        self._place = place
        self._port = free_port()
        self._word = FIRST_WORD
        place.mkdir(parents=True, exist_ok=True)
        contestant.write(place, self._port, self._next(), heavy=heavy)

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            self._contestant.command(self._port),
            cwd=self._place,
            env={"PATH": os.environ["PATH"], "HOME": os.environ["HOME"]},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        if self.until_new(STARTED_WITHIN) is None:
            raise SystemExit(f"{self._contestant.name} does not answer")
        # Nobody saves as soon as that; some still have things to do.
        time.sleep(SETTLED)
        return self

    def __exit__(self, *_: object) -> None:
        stop(self._process, signal.SIGINT)

    def save(self, *, renamed: bool = False) -> None:
        """Words are all as long."""
        text = self._contestant.module(self._next(), heavy=self._heavy)
        file = self._place / "app.py"
        if renamed:
            (self._place / "app.new").write_text(text, encoding="utf-8")
            (self._place / "app.new").rename(file)
        else:
            file.write_text(text, encoding="utf-8")

    def until_new(self, patience: float = PATIENCE) -> float | None:
        began = time.perf_counter()
        while time.perf_counter() - began < patience:
            with suppress(OSError, http.client.HTTPException):
                if str(self._word) in self.ask():
                    return time.perf_counter() - began
            time.sleep(PAUSE)
        return None

    def is_new(self) -> bool:
        """Still: another worker might answer."""
        time.sleep(A_MOMENT)
        with suppress(OSError, http.client.HTTPException):
            return str(self._word) in self.ask()
        return False

    def ask(self) -> str:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=PATIENCE)
        try:
            connection.request("GET", "/")
            return connection.getresponse().read().decode()
        finally:
            connection.close()

    def refused_while(self, reloads: int) -> tuple[int, int]:
        """Of how many requests, how many had no answer."""
        done = threading.Event()
        asked = [0] * CLIENTS
        refused = [0] * CLIENTS

        def client(number: int) -> None:
            while not done.is_set():
                asked[number] += 1
                try:
                    self.ask()
                except (OSError, http.client.HTTPException):
                    refused[number] += 1
                time.sleep(PAUSE)

        clients = [threading.Thread(target=client, args=(number,)) for number in range(CLIENTS)]
        for each in clients:
            each.start()
        for _ in range(reloads):
            self.save()
            self.until_new()
        done.set()
        for each in clients:
            each.join()
        return sum(asked), sum(refused)

    def idle(self, seconds: float) -> float:
        """The share of one CPU that all its processes take."""
        before = self._used()
        time.sleep(seconds)
        after = self._used()
        return sum(after[pid] - before.get(pid, 0) for pid in after) / 1e9 / seconds

    def _used(self) -> dict[int, int]:
        found = {}
        for folder in Path("/proc").glob("[0-9]*"):
            with suppress(OSError, ValueError):
                if os.getsid(int(folder.name)) == self._process.pid:
                    threads = (folder / "task").glob("*/schedstat")
                    found[int(folder.name)] = sum(int(each.read_text().split()[0]) for each in threads)
        return found

    def _next(self) -> str:
        self._word += 1
        return str(self._word)
