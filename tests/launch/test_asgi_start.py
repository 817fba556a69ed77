from __future__ import annotations

import base64
import os
import signal
import socket
import time
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.kit.supervised import until
from tests.launch.workers import APP, Clients, Connection, Workers, lay_uvicorn

if TYPE_CHECKING:
    from tests.launch.homes import Home

DJANGO = """\
import os
from django.conf import settings
from django.core.asgi import get_asgi_application
from django.http import JsonResponse
from django.urls import path


async def index(request):
    body = request.body.decode()
    return JsonResponse({"secure": request.is_secure(), "client": request.META["REMOTE_ADDR"], "body": body})


secure = ("HTTP_X_FORWARDED_PROTO", "https")
settings.configure(ROOT_URLCONF=__name__, ALLOWED_HOSTS=["*"], SECURE_PROXY_SSL_HEADER=secure)
urlpatterns = [path("", index)]
app = get_asgi_application()
"""


def test_the_app_sees_the_client_and_not_nginx(workers: Workers) -> None:
    workers.start_and_wait()

    told = workers.ask("hello", **{"X-Forwarded-For": "192.0.2.7", "X-Forwarded-Proto": "https"})

    assert ("192.0.2.7", "https", "/dev/null") == (told["client"], told["scheme"], told["stdin"])
    assert os.path.realpath(workers.home.path) == told["cwd"]


def test_workers_listen_on_the_socket_they_are_given(workers: Workers) -> None:
    with socket.socket(socket.AF_UNIX) as given:
        given.bind(str(workers.run / "nginx.socket"))
        given.listen(5)
        workers.start(given.fileno())
        with closing(Connection(workers)) as connection:
            # It was there before them, and waited.
            assert connection.post("early")["pid"] in workers.pids()
    assert (workers.run / "ready").exists()


@pytest.mark.parametrize(
    ("text", "app", "factory"),
    [("", "shop.site:factory", True), ("\n\nclass Site:\n    app = app\n", "shop.site:Site.app", False)],
    ids=["made by a function", "an attribute of an attribute"],
)
def test_whatever_the_app_is(workers: Workers, text: str, app: str, *, factory: bool) -> None:
    workers.home.write("src/shop/site.py", f"{APP}{text}\n\ndef factory():\n    return app\n")
    workers.home.decide(server="asgi", app=app, factory=factory, path=["src", "."])

    workers.start_and_wait()

    assert str(workers.home.path / "current" / "src") == workers.ask()["path"]


def test_modules_of_the_app_may_be_named_like_ours(workers: Workers) -> None:
    workers.home.write("refusal.py", "APP = 'of the app'\n")
    workers.home.write("main.py", f"from refusal import APP\nimport run_folder\n{APP}")
    workers.home.write("run_folder/__init__.py", "")

    workers.start_and_wait()

    assert "http" == workers.ask()["scheme"]


def test_an_app_that_knows_nothing_of_lifespans(workers: Workers) -> None:
    workers.home.write("main.py", APP.replace('"lifespan": live, ', ""))

    workers.start_and_wait()

    assert "http" == workers.ask()["scheme"]


def test_the_app_is_ready_when_its_startup_is_over(workers: Workers) -> None:
    (workers.run / "slow").touch()
    workers.start()
    until((workers.run / "nginx.socket").exists, workers.log)
    time.sleep(0.5)
    assert not (workers.run / "ready").exists()

    (workers.run / "slow").unlink()

    until((workers.run / "ready").exists, workers.log)


def test_an_app_that_cannot_be_imported_ends_it_all(workers: Workers) -> None:
    workers.home.write("main.py", "import nothing_of_the_kind\n")

    assert workers.start().wait(30) not in {0, None}

    assert "No module named 'nothing_of_the_kind'" in workers.log()
    assert "before it could answer anything" in workers.log()


def test_an_app_that_cannot_start_up_ends_it_all(workers: Workers) -> None:
    (workers.run / "fail").touch()

    assert workers.start().wait(30) not in {0, None}

    assert not (workers.run / "ready").exists()


@pytest.mark.parametrize("by_touch", [True, False], ids=["touch", "SIGHUP"])
def test_workers_are_reloaded_without_a_lost_request(workers: Workers, *, by_touch: bool) -> None:
    workers.start_and_wait()
    until(lambda: len(workers.pids()) == 2, workers.log)
    clients = Clients(workers)
    with clients.asking():
        until(lambda: len(clients.pids) > 100, workers.log)
        old = workers.pids()
        if by_touch:
            workers.touch()
        else:
            workers.process.send_signal(signal.SIGHUP)
        until(lambda: len(workers.pids()) == 2 and not old & workers.pids(), workers.log)
        asked = len(clients.pids)
        until(lambda: len(clients.pids) > asked + 100, workers.log)

    assert [] == clients.lost
    assert set(clients.pids[-50:]) <= workers.pids()
    assert old == {int(pid) for pid in (workers.run / "ended").read_text().split()}


def test_new_code_that_does_not_start_leaves_the_old_at_work(workers: Workers) -> None:
    workers.start_and_wait()
    until(lambda: len(workers.pids()) == 2, workers.log)
    old = workers.pids()
    workers.home.write("main.py", "raise ValueError('half written')\n")

    workers.touch()
    until(lambda: "those from before go on" in workers.log(), workers.log)

    assert "half written" in workers.log()
    assert workers.ask()["pid"] in old
    workers.home.write("main.py", APP)
    workers.touch()
    until(lambda: len(workers.pids()) == 2 and not old & workers.pids(), workers.log)


def test_a_reload_is_not_lost_while_an_earlier_one_fails(workers: Workers) -> None:
    workers.start_and_wait()
    until(lambda: len(workers.pids()) == 2, workers.log)
    old = workers.pids()
    go = workers.run / "go"
    wait = f"import pathlib, time\nwhile not pathlib.Path({str(go)!r}).exists():\n    time.sleep(0.01)\n"
    workers.home.write("main.py", f"print('waits', flush=True)\n{wait}raise ValueError('half written')\n")
    workers.process.send_signal(signal.SIGHUP)
    until(lambda: "waits" in workers.log(), workers.log)

    workers.home.write("main.py", APP)
    workers.process.send_signal(signal.SIGHUP)
    go.touch()

    until(lambda: len(workers.pids()) == 2 and not old & workers.pids(), workers.log)
    assert "half written" in workers.log()


def test_a_killed_worker_is_replaced(workers: Workers) -> None:
    workers.start_and_wait()
    until(lambda: len(workers.pids()) == 2, workers.log)
    victim = int(str(workers.ask()["pid"]))

    os.kill(victim, signal.SIGKILL)

    until(lambda: len(workers.pids()) == 2 and victim not in workers.pids(), workers.log)
    assert f"worker {victim} was ended by signal 9; another takes its place" in workers.log()


def test_requests_are_answered_before_the_end(workers: Workers) -> None:
    workers.home.write("main.py", f"import atexit\n{APP}\natexit.register((RUN / 'exited').touch)\n")
    workers.environ["TAMPU_DRAIN"] = "60"
    workers.start_and_wait()
    with closing(Connection(workers)) as connection:
        connection.request("POST", "/", body="slow", headers={"X-Wait": "1"})
        response = connection.getresponse()
        assert b"slow\n" == response.readline()

        workers.process.terminate()

        assert b'{"pid"' == response.read()[:6]
    assert 0 == workers.process.wait(30)
    assert (workers.run / "ended").exists()
    assert (workers.run / "exited").exists()


def test_a_request_without_an_end_does_not_stop_the_end(workers: Workers) -> None:
    workers.environ["TAMPU_DRAIN"] = "1"
    workers.start_and_wait()
    with closing(Connection(workers)) as connection:
        connection.request("POST", "/", headers={"X-Wait": "600"})
        connection.getresponse().readline()
        before = time.monotonic()
        workers.process.terminate()

        assert 0 == workers.process.wait(60)
        assert time.monotonic() - before < 10


def test_workers_end_when_nobody_is_above_them(workers: Workers) -> None:
    workers.start_and_wait()
    until(lambda: len(workers.pids()) == 2, workers.log)
    pids = workers.pids()

    workers.process.kill()
    workers.process.wait()

    until(lambda: not any(runs(pid) for pid in pids), workers.log)


def test_variables_of_uvicorn_count(workers: Workers) -> None:
    workers.environ |= {"UVICORN_ROOT_PATH": "/shop", "UVICORN_WORKERS": "1", "UVICORN_PORT": "1"}

    workers.start_and_wait()

    assert ("/shop", 1) == (workers.ask()["root"], len(workers.pids()))


def test_variables_that_mean_nothing_to_uvicorn(workers: Workers) -> None:
    workers.environ["UVICORN_LIMIT_CONCURRENCY"] = "many"

    assert 1 == workers.start().wait(30)

    assert "UVICORN_LIMIT_CONCURRENCY" in workers.log() or "limit-concurrency" in workers.log()
    assert "Traceback" not in workers.log()


def test_answers_come_in_pieces(workers: Workers) -> None:
    workers.start_and_wait()

    with closing(Connection(workers)) as connection:
        (workers.run / "hold").touch()
        connection.request("POST", "/", body="first")
        response = connection.getresponse()
        assert b"first\n" == response.readline()
        (workers.run / "hold").unlink()

        assert b'{"pid"' == response.read()[:6]


def test_web_sockets(workers: Workers) -> None:
    workers.start_and_wait()
    with workers.connect() as client:
        key = base64.b64encode(os.urandom(16)).decode()
        client.sendall(
            f"GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n\r\n".encode()
        )
        assert client.recv(4096).startswith(b"HTTP/1.1 101 ")
        # A frame of text, masked with zeroes.
        client.sendall(b"\x81\x85\0\0\0\0hello")

        assert b"\x81\x0decho of hello" == client.recv(100)


def test_django(index: str, uvicorn: Path, home: Home, tmp_path: Path) -> None:
    django = lay_uvicorn(index, tmp_path / "django", "django")
    workers = Workers(home=home, library=uvicorn, environ={"PYTHONPATH": f"{uvicorn}:{django}"})
    home.write("main.py", DJANGO)
    workers.start_and_wait()
    try:
        with closing(Connection(workers)) as connection:
            headers = {"X-Forwarded-For": "192.0.2.7", "X-Forwarded-Proto": "https"}
            connection.request("POST", "/", body="hello", headers=headers)
            answer = connection.getresponse().read()
    finally:
        workers.close()

    assert b'{"secure": true, "client": "192.0.2.7", "body": "hello"}' == answer


def runs(pid: int) -> bool:
    stat = Path(f"/proc/{pid}/stat")
    try:
        return stat.read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
