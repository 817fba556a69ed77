"""Several at once start, stop, restart and ask for one server, again and again: serve_rounds.py PLACE N.

A script of its own: what it forks for each attempt has only this one thread, and everything loaded.
"""

from __future__ import annotations

import io
import json
import os
import random
import sys
import time
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parents[2] / "lib"), str(Path(__file__).resolve().parents[2])]

from tampu.daemon import processes  # noqa: E402 - now they are found
from tampu.errors import TampuError  # noqa: E402
from tampu.serve import command, foreground, program, verbs  # noqa: E402
from tampu.world.console import PlainConsole  # noqa: E402

AT_ONCE = 6
VERBS = ("start", "start", "stop", "restart", "status")
CODES = {"start": (0,), "stop": (0, 1), "restart": (0,), "status": (0, 1)}
# Who starts one that somebody else ends before it answers is told so.
BY_ANOTHER = ("ended by signal 15 (SIGTERM)", "exit code 0")
FAILED = 99
PATIENCE = 60.0
PAUSE = 0.01
# It says that it began, and that it ended, in a file that all servers write to.
APP = """\
import atexit
import os


def say(what):
    with open(os.environ["EVENTS"], "a") as file:
        file.write(f"{what} {os.getpid()}\\n")


def make(global_conf):
    say("start")
    atexit.register(say, "end")
    return lambda environ, start_response: []
"""
CONFIG = """\
[app:main]
use = call:witness:make

[server:main]
use = egg:waitress#main
host = 127.0.0.1
port = {port}
"""


class Trial:
    def __init__(self, folder: Path, port: int) -> None:
        self.folder = folder
        self.events = folder / "events"
        self.wrong: list[str] = []
        self._env = {**os.environ, "EVENTS": str(self.events), "TRIAL": str(folder)}
        (folder / "witness.py").write_text(APP)
        (folder / "development.ini").write_text(CONFIG.format(port=port))
        os.chdir(folder)

    def do(self, verb: str) -> tuple[int, str]:
        said = io.StringIO()
        say = PlainConsole(out=said, err=said)
        try:
            code = command.main(["--python", sys.executable, "development.ini", verb], self._env, say)
        except TampuError as error:
            code = error.exit_code
            say.error(error)
        return code, said.getvalue()

    def fork(self, verb: str) -> int:
        child = os.fork()
        if not child:
            code = FAILED
            try:
                code, said = self.do(verb)
                if code not in CODES[verb]:
                    (self.folder / f"said.{os.getpid()}").write_text(said)
            finally:
                os._exit(code)
        return child

    def check(self, what: str, *, expected: object, found: object) -> None:
        if expected != found:
            self.wrong.append(f"{what}: {expected} expected, {found} found")

    def there(self) -> list[int]:
        """Servers, as /proc knows them."""
        mark = f"TRIAL={self.folder}".encode()
        return [each.pid for each in processes.everyone() if mark in _environ(each.pid)]

    def race(self, number: int) -> None:
        children = {self.fork(verb): verb for verb in random.choices(VERBS, k=AT_ONCE)}  # noqa: S311 - no secret
        for child, verb in children.items():
            code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
            said = self.folder / f"said.{child}"
            words = said.read_text() if said.exists() else ""
            said.unlink(missing_ok=True)
            fits = code in CODES[verb] or (code == 1 and any(reason in words for reason in BY_ANOTHER))
            self.check(f"round {number}: exit code {code} of {verb} {words}", expected=True, found=fits)
        running = self.there()
        self.check(f"round {number}: number of servers", expected=True, found=len(running) <= 1)
        told, words = self.do("status")
        self.check(f"round {number}: status", expected=bool(running), found=told == 0)
        self.check(f"round {number}: its number", expected=True, found=not running or str(running[0]) in words)
        self.do("stop")
        self.check(f"round {number}: servers after stop", expected=[], found=self.there())
        self.check(f"round {number}: pid file after stop", expected=False, found=(self.folder / "paster.pid").exists())
        events = self.events.read_text().splitlines() if self.events.exists() else []
        alternating = [f"{kind} {line.split()[1]}" for line in events[::2] for kind in ("start", "end")]
        self.check(f"round {number}: each ends before the next starts", expected=alternating, found=events)
        self.events.unlink(missing_ok=True)


def _environ(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/environ").read_bytes()
    except OSError:
        return b""


def main(folder: str, number: str, port: str) -> int:
    trial = Trial(Path(folder), int(port))
    assert all((foreground, program, verbs)), "loaded before the first is forked"
    began = time.monotonic()
    for each in range(int(number)):
        trial.race(each)
    seconds = round(time.monotonic() - began)
    sys.stdout.write(json.dumps({"done": int(number), "seconds": seconds, "wrong": trial.wrong}) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
