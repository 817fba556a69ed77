"""`tampu up`, inside this process; what it starts is real. tests/contract has the web stack."""

from __future__ import annotations

import io
import os
import signal
import time
from threading import Timer
from typing import TYPE_CHECKING

import pytest

from tampu.errors import TampuError
from tampu.platforms.up import Call, up
from tampu.world.console import PlainConsole
from tests.kit.builds import copy_app, write_app
from tests.kit.ports import free_port, taken

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tampu.world.console import Notice
    from tests.kit.builds import Platform

# It has looked at the files by then.
LOOKED = 4
SERVER = """\
import http.server, os, sys
print("started", flush=True)
http.server.HTTPServer(("127.0.0.1", int(os.environ["PORT"])), http.server.SimpleHTTPRequestHandler).serve_forever()
"""
FILES = {"Procfile": "web: exec python server.py\n", "runtime.txt": "python-3.13\n", "server.py": SERVER}


class Person(PlainConsole):
    """Reads the screen, and does one thing after the other, each when something new is there to be seen."""

    def __init__(self, platform: Platform, app: Path) -> None:
        self.out, self.err = io.StringIO(), io.StringIO()
        super().__init__(self.out, self.err)
        self.app = app
        self.todo: list[Callable[[], object]] = []
        self.environ = {
            "PATH": os.environ["PATH"],
            "HOME": str(app.parent),
            "XDG_CACHE_HOME": str(platform.cache),
            "PIP_INDEX_URL": (platform.user_env / "PIP_INDEX_URL").read_text(),
            "PORT": str(free_port()),
            **platform.environ,
        }

    def ups(self, *todo: Callable[[], object], reload: bool = True) -> int:
        self.todo = [*todo]
        call = Call(app=self.app, port=None, reload=reload, environ=self.environ, say=self, attempt=self.attempt)
        return up(call)

    def attempt(self, work: Callable[[], int]) -> int:
        try:
            return work()
        except TampuError as error:
            self.error(error)
            return error.exit_code
        except KeyboardInterrupt:
            return 130

    def news(self, text: str) -> None:
        super().news(text)
        self._next()

    def notice(self, notice: Notice) -> None:
        super().notice(notice)
        if notice.name.startswith("up::"):
            self._next()

    def _next(self) -> None:
        self.todo.pop(0)()

    def writes(self, name: str, text: str) -> Callable[[], object]:
        return lambda: write_app(self.app, {name: text})

    @property
    def lines(self) -> list[str]:
        return self.out.getvalue().splitlines()

    @property
    def told(self) -> list[str]:
        """By tampu itself. What an app says comes by a way of its own, before or after."""
        return [line for line in self.lines if line.startswith("-----> ")]


def interrupts() -> None:
    os.kill(os.getpid(), signal.SIGINT)


def terminates() -> None:
    os.kill(os.getpid(), signal.SIGTERM)


@pytest.fixture
def person(platform: Platform, tmp_path: Path) -> Person:
    return Person(platform, write_app(tmp_path / "app", FILES))


@pytest.mark.parametrize("ends", [interrupts, terminates])
def test_it_serves_until_it_is_told_to_end(ends: Callable[[], None], person: Person) -> None:
    before = signal.getsignal(signal.SIGTERM)

    assert 0 == person.ups(ends)

    starting, serving, ending = person.told[-3:]
    assert ("-----> Starting exec python server.py", "-----> Ending") == (starting, ending)
    assert serving.startswith("-----> Serving on http://127.0.0.1:")
    assert "started" in person.lines
    assert before == signal.getsignal(signal.SIGTERM)


def test_changes_are_followed(person: Person) -> None:
    changed = SERVER.replace("started", "once more")

    assert 0 == person.ups(person.writes("server.py", changed), interrupts)

    assert ["-----> server.py changed", "-----> Starting exec python server.py"] == person.told[-4:-2]
    assert "once more" in person.lines
    assert 1 == person.lines.count("-----> Deciding")


def test_what_a_build_reads_is_built_again(person: Person) -> None:
    assert 0 == person.ups(person.writes("requirements.txt", "alpha\n"), interrupts)

    assert 2 == person.lines.count("-----> Deciding")
    assert 2 == person.lines.count("started")


def test_a_broken_build_is_mended_by_the_next_change(person: Person) -> None:
    broken, mended = person.writes("requirements.txt", "no-such\n"), person.writes("server.py", SERVER + "\n")

    def mends() -> None:
        (person.app / "requirements.txt").write_text("alpha\n")
        mended()

    assert 0 == person.ups(broken, mends, interrupts)

    assert "what was built before goes on. The next change builds again." in person.err.getvalue()
    assert 3 == person.lines.count("-----> Deciding")


def test_what_ends_is_started_again_by_the_next_change(person: Person) -> None:
    assert 0 == person.ups(
        person.writes("server.py", "raise SystemExit(5)\n"), person.writes("server.py", SERVER), interrupts
    )

    assert "it ended with exit code 5. The next change starts it again." in person.err.getvalue()
    assert 2 == person.lines.count("started")


class Finalized:
    """Whoever is asked to end while Python finalizes something hears of it, and what is raised is lost."""

    def __del__(self) -> None:
        terminates()
        while True:
            pass


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_it_ends_though_it_is_told_so_where_nothing_can_be_raised(person: Person) -> None:
    assert 0 == person.ups(lambda: Finalized().__class__)


def test_it_may_be_told_to_end_when_nothing_is_left(person: Person) -> None:
    ends_meanwhile = Timer(1, interrupts)

    assert 0 == person.ups(person.writes("server.py", "raise SystemExit(5)\n"), ends_meanwhile.start)


def test_nothing_is_followed_without_reload(person: Person) -> None:
    write_app(person.app, {"server.py": "raise SystemExit(5)\n"})

    assert 5 == person.ups(reload=False)


def test_an_interrupted_build_is_an_end(person: Person) -> None:
    hook = "kill -INT $PPID\nsleep 5\n"

    def breaks() -> None:
        write_app(person.app, {"bin/pre_compile": hook})

    assert 0 == person.ups(breaks)
    assert "-----> Ending" == person.told[-1]


def test_an_end_that_takes_too_long_is_cut_short(person: Person) -> None:
    deaf = "import signal\nsignal.signal(signal.SIGTERM, lambda *_: print('hears', flush=True))\n" + SERVER
    write_app(person.app, {"server.py": deaf})
    heard = person.log

    def log(line: str) -> None:
        heard(line)
        if line == "hears":
            interrupts()

    person.log = log  # type: ignore[method-assign]

    assert 0 == person.ups(interrupts)


def test_another_port_is_told(person: Person) -> None:
    del person.environ["PORT"]
    with taken(8000):
        assert 0 == person.ups(lambda: None, interrupts)

    assert "Notice: port 8000 is taken, so this is 80" in person.err.getvalue()


def test_files_that_a_build_collects_are_built_again_and_nothing_ends(person: Person) -> None:
    django = copy_app("django_static", person.app.parent / "django")
    person.app = write_app(django, FILES)

    def writes() -> None:
        write_app(person.app, {"site_of_mine/static/css/site.css": "a {}"})
        # Django compares whole seconds.
        os.utime(person.app / "site_of_mine/static/css/site.css", (time.time() + 2, time.time() + 2))

    assert 0 == person.ups(writes, interrupts)

    assert "-----> Static files are collected" == person.told[-2]
    assert (2, 1) == (person.lines.count("-----> Deciding"), person.lines.count("started"))
    assert "a {}" == (person.app / "staticfiles/css/site.css").read_text()


def test_the_stack_reloads_where_it_is(person: Person) -> None:
    wsgi = "def application(environ, start_response): ...\n"
    person.app = write_app(person.app.parent / "served", {"runtime.txt": "python-3.13\n", "wsgi.py": wsgi})

    assert 0 == person.ups(person.writes("wsgi.py", f"{wsgi}\n"), interrupts)

    assert ["-----> wsgi.py changed", "-----> Reloaded", "-----> Ending"] == [
        line for line in person.lines if line.startswith("----->")
    ][-3:]


def test_other_files_are_served_as_they_are(person: Person) -> None:
    def writes() -> None:
        write_app(person.app, {"page.css": "a {}"})
        Timer(LOOKED, interrupts).start()

    assert 0 == person.ups(writes)
    assert not any(line.endswith(" changed") for line in person.lines)
