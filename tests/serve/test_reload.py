"""`tampu serve --reload`: files are saved, and what is asked next is answered by what they say."""

from __future__ import annotations

import os
import signal
import socket
import sys
from pathlib import Path

import pytest

from tests.kit.reloading import Edited, followed
from tests.kit.served import free_port

SAVES = int(os.environ.get("TAMPU_SAVES", "20"))
ALONE = """\
from wsgiref.simple_server import make_server


def run(app, global_conf, host, port, **more):
    make_server(host, int(port), app).serve_forever()
"""


@pytest.fixture
def project(tmp_path: Path) -> Edited:
    return Edited(tmp_path / "a project")


def test_a_save_is_answered_by_a_new_worker_and_the_old_one_ends(project: Edited) -> None:
    with followed(project) as server:
        server.answers("one")
        server.says("Serving at http://127.0.0.1:\\d+ and following changes")
        project.save("two")
        server.answers("two")
        server.says(r"Reloaded in \d+ ms: greeter.py")
        # The one that stays, its fork server, and a worker.
        server.until(lambda: len(server.family()) == 3 or None, "three processes")
    assert 0 == server.process.returncode


def test_of_two_saves_in_a_moment_the_second_is_served_also_where_sizes_are_equal(project: Edited) -> None:
    with followed(project) as server:
        server.answers("one")
        for number in range(SAVES):
            project.save(f"first {number:05}")
            project.save(f"later {number:05}")
            server.answers(f"later {number:05}")
        # Until the one before has ended, it may be the one who is asked.
        server.until(lambda: of(3, server.family()), "three processes")
        assert f"later {SAVES - 1:05}" == (server.ask() or server.answers("later")).text

    assert not list(project.folder.rglob("*.pyc"))


def test_a_save_while_the_app_is_being_imported_is_not_lost(project: Edited) -> None:
    with followed(project) as server:
        server.answers("one")
        mark = project.folder / "importing"
        project.save("two", before=f"import time; open({str(mark)!r}, 'w').close(); time.sleep(1000)")
        server.until(lambda: mark.exists() or None, "it is imported")
        assert "one" == server.answers("one").text
        project.save("three")
        server.answers("three")


def test_what_is_new_gone_or_renamed_counts(project: Edited) -> None:
    with followed(project) as server:
        server.answers("one")
        project.save("", before="try:\n    import parts.words as w\nexcept ImportError:\n    w = None\n", inside=USES)
        server.answers("nothing")
        package = project.folder / "parts"
        package.mkdir()
        (package / "words.py").write_text("WORD = b'from a package'")
        server.answers("from a package")
        (package / "next.py").write_text("WORD = b'renamed'")
        (package / "next.py").rename(package / "words.py")
        server.answers("renamed")
        (package / "words.py").unlink()
        server.answers("nothing")


USES = 'start_response("200 OK", []); return [w.WORD if w else b"nothing"]'


def test_the_config_counts_and_so_does_the_port_that_it_names(project: Edited) -> None:
    with followed(project) as server:
        server.answers("one")
        old, project.port = project.port, free_port()
        project.config.write_text(project.config.read_text().replace(str(old), str(project.port)))
        server.answers("one")
        project.port = old
        server.until(lambda: server.ask() is None or None, "nobody listens at the old one")


@pytest.mark.parametrize(
    ("before", "found"),
    [
        ("import nowhere", "ModuleNotFoundError: No module named &#x27;nowhere&#x27;"),
        ("def :", "SyntaxError: invalid syntax"),
        ("import sys; sys.exit(3)", "SystemExit: 3"),
        ("raise ValueError('<script>alert(1)</script>')", "ValueError: &lt;script&gt;alert(1)&lt;/script&gt;"),
        ("import os; os._exit(3)", "The app ended with exit code 3 while it was loaded."),
        ("import os; os.kill(os.getpid(), 9)", "The app was ended by signal 9 while it was loaded."),
    ],
)
def test_a_broken_edit_is_shown_and_healed_by_the_next_one(before: str, found: str, project: Edited) -> None:
    with followed(project) as server:
        server.answers("one")
        project.save("two", before=before)
        answer = server.answers(found, status=500)
        server.says("the next change starts it again")
        assert "text/html; charset=utf-8" == answer.kind
        project.save("three")
        server.answers("three")


def test_the_traceback_is_that_of_the_app(project: Edited) -> None:
    with followed(project) as server:
        server.answers("one")
        project.save("two", before="def deeper():\n    return 1 / 0\n\n\ndeeper()")
        page = server.answers("ZeroDivisionError: division by zero", status=500).text
        told = page.partition("<pre>")[2].partition("</pre>")[0]
        server.says('File ".*greeter.py", line 5, in <module>')
        assert (True, False, False) == ("greeter.py" in told, "tampu" in told, "importlib" in told)
        assert (500, "") == (server.ask(method="HEAD") or server.answers("", 500))[:2]


def test_an_app_that_is_broken_from_the_beginning_is_healed(project: Edited) -> None:
    project.save("one", before="import nowhere")
    with followed(project) as server:
        server.answers("ModuleNotFoundError", status=500)
        project.save("two")
        server.answers("two")


def test_a_config_that_can_t_be_read_is_shown_and_healed(project: Edited) -> None:
    text = project.config.read_text()
    with followed(project) as server:
        server.answers("one")
        project.config.write_text("[app:main\n")
        server.answers("serve::bad-config", status=500)
        project.config.write_text(text)
        server.answers("one")


def test_a_config_that_can_t_be_read_from_the_beginning_is_waited_for(project: Edited) -> None:
    text = project.config.read_text()
    project.config.write_text("[app:main\n")
    with followed(project) as server:
        server.says(r" !     \(serve::bad-config\)")
        server.says("the next change starts it again")
        project.config.write_text(text)
        server.answers("one")


def test_an_app_that_dies_while_it_serves_is_shown_and_healed(project: Edited) -> None:
    project.save("one", inside="if environ['PATH_INFO'] == '/die': import os; os._exit(7)")
    with followed(project) as server:
        server.answers("one")
        server.ask("/die")
        server.answers("The app ended with exit code 7.", status=500)
        project.save("two")
        server.answers("two")


def test_a_server_with_sockets_of_its_own_begins_when_the_old_one_has_ended(tmp_path: Path) -> None:
    project = Edited(tmp_path / "alone", "call:alone:run")
    (project.folder / "alone.py").write_text(ALONE)
    text = project.config.read_text()
    project.config.write_text(text.replace("use = call:alone:run", "paste.server_runner = alone:run"))
    with followed(project) as server:
        server.answers("one")
        for word in ("two", "three", "four"):
            project.save(word)
            server.answers(word)
        project.save("five", before="import nowhere")
        server.answers("ModuleNotFoundError", status=500)
        project.save("six")
        server.answers("six")


def test_who_started_it_hears_when_it_is_ready_and_from_the_process_that_stays(project: Edited, tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind(str(tmp_path / "notify"))
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
        listener.settimeout(60)
        with followed(project, env=os.environ | {"NOTIFY_SOCKET": str(tmp_path / "notify")}) as server:
            message, about, _, _ = listener.recvmsg(4096, socket.CMSG_SPACE(12))
            pid = int.from_bytes(about[0][2][:4], sys.byteorder)
            assert (b"READY=1", server.process.pid) == (message, pid)
            assert "one" == (server.ask() or server.answers("one")).text


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_all_ends_at_once(number: signal.Signals, project: Edited) -> None:
    with followed(project) as server:
        server.answers("one")
        family = server.family()
        os.killpg(server.process.pid, number)
        assert 0 == server.process.wait(30)
        server.until(lambda: not alive(family) or None, "all have ended")


@pytest.mark.parametrize("which", [0, 1, 2])
def test_whoever_is_killed_leaves_no_orphan(which: int, project: Edited) -> None:
    with followed(project) as server:
        server.answers("one")
        family = server.until(lambda: of(3, server.family()), "three processes")
        os.kill(family[which], signal.SIGKILL)
        if which == 0:
            server.until(lambda: not alive(family) or None, "all have ended")
            return
        project.save("two")
        server.answers("two")
        server.until(lambda: of(3, server.family()), "three processes again")
        server.until(lambda: not alive(family[which:]) or None, "they have ended")


def of(count: int, family: list[int]) -> list[int] | None:
    return family if len(family) == count else None


def alive(family: list[int]) -> list[int]:
    return [pid for pid in family if _state(pid) not in {"", "Z"}]


def _state(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return ""
