"""`tampu serve --reload` on a small project, whose files are saved while it runs."""

from __future__ import annotations

import http.client
import os
import re
import signal
import subprocess
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from tests.kit.serving import PATIENCE, Project, command

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

Found = TypeVar("Found")
APP = """\
{before}
def make(global_conf, **more):
    def app(environ, start_response):
        {inside}
        start_response("200 OK", [("Content-Type", "{kind}")])
        return [b"{word}"]

    return app
"""
WAITRESS = "egg:waitress#main"


class Answer(NamedTuple):
    status: int
    text: str
    kind: str


class Edited(Project):
    """Its app answers with one word."""

    def __init__(self, folder: Path, server: str = WAITRESS) -> None:
        super().__init__(folder, server)
        self.save("one")

    def save(self, word: str, before: str = "", inside: str = "", kind: str = "text/plain") -> None:
        (self.folder / "greeter.py").write_text(APP.format(word=word, before=before, inside=inside, kind=kind))


class Followed:
    def __init__(self, project: Edited, process: subprocess.Popen[bytes], output: Path) -> None:
        self.project = project
        self.process = process
        self._output = output

    @property
    def said(self) -> str:
        return self._output.read_text()

    def ask(self, path: str = "/", method: str = "GET") -> Answer | None:
        """None where nobody listens, or where who answers is killed meanwhile."""
        connection = http.client.HTTPConnection("127.0.0.1", self.project.port, timeout=PATIENCE)
        try:
            connection.request(method, path)
            response = connection.getresponse()
            return Answer(response.status, response.read().decode(), response.headers["Content-Type"])
        except (ConnectionError, http.client.BadStatusLine, http.client.IncompleteRead):
            return None
        finally:
            connection.close()

    def answers(self, text: str, status: int = 200) -> Answer:
        """Soon, at the latest."""

        def there() -> Answer | None:
            answer = self.ask()
            return answer if answer and (status, text in answer.text) == (answer.status, True) else None

        return self.until(there, text)

    def says(self, pattern: str) -> str:
        found = self.until(lambda: re.search(pattern, self.said), pattern)
        return found[0]

    def until(self, look: Callable[[], Found | None], what: str) -> Found:
        deadline = time.monotonic() + PATIENCE
        while True:
            found = look()
            if found is not None:
                return found
            assert time.monotonic() < deadline, f"never: {what}\n{self.said}"
            time.sleep(0.01)

    def family(self) -> list[int]:
        """The process that stays, and all below it."""
        lines = subprocess.run(("ps", "-A", "-o", "pid=,ppid="), capture_output=True, text=True, check=True).stdout
        parents = {int(pid): int(parent) for pid, parent in (line.split() for line in lines.splitlines())}
        found = [self.process.pid]
        for each in found:
            found += [pid for pid, parent in parents.items() if parent == each]
        return found


@contextmanager
def followed(project: Edited, *words: str, env: Mapping[str, str] = os.environ) -> Iterator[Followed]:
    output = project.folder.parent / f"{project.folder.name}.out"
    with output.open("wb") as file:
        process = subprocess.Popen(
            command(project, "--reload", *words),
            cwd=project.folder,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    server = Followed(project, process, output)
    try:
        yield server
    finally:
        with suppress(ProcessLookupError):
            process.send_signal(signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            process.wait(PATIENCE)
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
