"""`tampu serve --reload`, as those see it who ask while it reloads: clients under load, and a browser."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import subprocess
import threading
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING

import pytest

from tests.kit import require
from tests.kit.reloading import Edited, Followed, followed

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

RELOADS = int(os.environ.get("TAMPU_RELOADS", "10"))
CLIENTS = 4
PAGE = "<!doctype html><title>app</title><p>{word}</p><script>fetch('/seen?{word}')</script>"


@pytest.fixture
def project(tmp_path: Path) -> Edited:
    return Edited(tmp_path / "project")


def test_none_is_refused_while_it_reloads(project: Edited) -> None:
    with followed(project) as server:
        server.answers("one")
        done = threading.Event()
        refused: list[str] = []
        answered = [0] * CLIENTS

        def ask(number: int) -> None:
            while not done.is_set():
                try:
                    answer = server.ask()
                except (OSError, http.client.HTTPException) as error:
                    refused.append(repr(error))
                    continue
                if answer is None or answer.status != 200:
                    refused.append(repr(answer))
                answered[number] += 1

        clients = [threading.Thread(target=ask, args=(number,)) for number in range(CLIENTS)]
        for each in clients:
            each.start()
        for number in range(RELOADS):
            project.save(f"word {number:05}")
            server.answers(f"word {number:05}")
        done.set()
        for each in clients:
            each.join()
        assert ([], True) == (refused, min(answered) > RELOADS)


def test_who_waits_for_a_slow_answer_of_the_old_one_gets_it(project: Edited, tmp_path: Path) -> None:
    asked = tmp_path / "asked"
    waits = f"import time; open({str(asked)!r}, 'w').close(); time.sleep(2)"
    project.save("old", inside=f"if environ['PATH_INFO'] == '/slow': {waits}")
    with followed(project) as server:
        server.answers("old")
        answers: list[str] = []
        slow = threading.Thread(target=lambda: answers.append((server.ask("/slow") or server.answers("")).text))
        slow.start()
        server.until(lambda: asked.exists() or None, "it is asked")
        project.save("new")
        server.answers("new")
        slow.join()
        assert ["old"] == answers


@pytest.mark.parametrize("server", ["egg:PasteScript#flup_scgi_thread", "egg:tampu#scgi_fork"])
def test_servers_of_other_protocols_share_their_socket_too(server: str, tmp_path: Path) -> None:
    project = Edited(tmp_path / "scgi", server)
    where = tmp_path / "app.sock"
    text = project.config.read_text().replace("host = 127.0.0.1", f"socket = {where}")
    project.config.write_text(text.replace(f"port = {project.port}", "maxSpare = 2"))
    with followed(project) as following:
        following.says("Serving")
        following.until(lambda: says(where, "one"), "one")
        for number in range(RELOADS):
            project.save(f"word {number}")
            following.until(partial(says, where, f"word {number}"), "the next one")


def test_a_page_in_a_browser_follows(project: Edited, tmp_path: Path) -> None:
    require.need("chromium")
    seen = tmp_path / "seen"
    show(project, "first", seen)
    with followed(project) as server, browser(f"http://127.0.0.1:{project.port}/", tmp_path / "profile"):
        server.until(lambda: has_seen(seen, "first"), "the browser shows the page")
        show(project, "second", seen)
        server.until(lambda: has_seen(seen, "second"), "it follows")
        project.save("", before="import nowhere")
        server.until(lambda: asked_for_the_failure(server), "the traceback is there")
        show(project, "third", seen)
        server.until(lambda: has_seen(seen, "third"), "it is healed, and nobody had to do anything")
        # Each of them once: it does not go on and on.
        assert ["first", "second", "third"] == seen.read_text().split()


def test_pages_are_left_alone_where_that_is_asked_for(project: Edited) -> None:
    project.save("<p>page</p>", kind="text/html")
    with followed(project, "--no-refresh") as server:
        assert "<p>page</p>" == server.answers("page").text
    with followed(project) as server:
        assert server.answers("page").text.startswith("<p>page</p><script>")


def says(where: Path, word: str) -> bool | None:
    return True if word in scgi(where) else None


def scgi(where: Path) -> str:
    """Asked anew each time; who is refused has failed."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as caller:
        caller.settimeout(30)
        caller.connect(str(where))
        head = b"CONTENT_LENGTH\x000\x00SCGI\x001\x00REQUEST_METHOD\x00GET\x00PATH_INFO\x00/\x00"
        caller.sendall(b"%d:%s," % (len(head), head))
        return b"".join(iter(lambda: caller.recv(4096), b"")).decode()


def show(project: Edited, word: str, seen: Path) -> None:
    inside = f"environ['PATH_INFO'] == '/seen' and open({str(seen)!r}, 'a').write(environ['QUERY_STRING'] + '\\n')"
    project.save(PAGE.format(word=word), inside=inside, kind="text/html")


def has_seen(seen: Path, word: str) -> bool | None:
    return True if seen.exists() and word in seen.read_text().split() else None


def asked_for_the_failure(server: Followed) -> bool | None:
    answer = server.ask()
    return True if answer and answer.status == 500 else None


@contextmanager
def browser(address: str, profile: Path) -> Iterator[None]:
    """It stays at the page until it is ended."""
    options = ("--headless", "--no-sandbox", "--disable-gpu", "--remote-debugging-port=0", f"--user-data-dir={profile}")
    process = subprocess.Popen(
        ("chromium", *options, address),
        env={"HOME": str(profile), "PATH": os.environ["PATH"]},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        yield
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
