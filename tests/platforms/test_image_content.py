from __future__ import annotations

import os
import stat
import subprocess
from typing import TYPE_CHECKING

import pytest

from tampu import __version__
from tampu.build.model import Outcome
from tampu.build.stack import UWSGI, Stack
from tampu.platforms.image_base import Base
from tampu.platforms.image_content import (
    CHECKED,
    CHECKING,
    containerfile,
    contents,
    drop_not_served,
    layers_file,
    newest,
    open_to_all,
    read_left_out,
)
from tampu.world import files
from tests.kit.builds import write_app
from tests.platforms.test_up_launch import OURS, plan

if TYPE_CHECKING:
    from pathlib import Path

    from tests.kit.golden import Golden

BASE = Base(image="debian:bookworm-slim", because="it is the same")


SYSTEM = ("sh", "cat", "echo")


@pytest.fixture(params=["with bash", "without"])
def programs(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """The few that an image may have."""
    place = tmp_path / "programs"
    place.mkdir()
    for name in (*SYSTEM, *(["bash"] if request.param == "with bash" else [])):
        (place / name).symlink_to(f"/bin/{name}")
    return place


@pytest.fixture
def app(tmp_path: Path) -> Path:
    """A built one, with a profile of its own; what is at /app in an image is here."""
    app = write_app(tmp_path / "app", {".profile.d/own.sh": "export GREETING='good day'\n"})
    processes = {"web": 'echo "web says $GREETING" && echo "in $HOME"', "clock": "echo tick"}
    made = contents(Outcome(plan=plan(processes), layers=(), seconds={}))
    files.write(app, made)
    for name in ("start", "check"):
        script = app / ".tampu" / name
        script.write_text(script.read_text().replace("HOME=/app", f"HOME={app}"))
    return app


def started(app: Path, programs: Path, *words: str) -> subprocess.CompletedProcess[str]:
    start = app / ".tampu" / "start"
    env = {"PATH": str(programs)}
    return subprocess.run(("/bin/sh", start, *words), check=False, capture_output=True, env=env, text=True)


def test_a_process_is_started_by_its_name(app: Path, programs: Path) -> None:
    assert f"web says good day\nin {app}\n" == started(app, programs, "web").stdout
    assert "tick\n" == started(app, programs, "clock").stdout


def test_a_command_runs_in_the_environment_of_the_app(app: Path, programs: Path) -> None:
    assert "good day\n" == started(app, programs, "sh", "-c", 'echo "$GREETING"').stdout
    assert "web again\n" == started(app, programs, "echo", "web", "again").stdout


def test_the_exit_code_of_a_process_is_that_of_the_container(app: Path, programs: Path) -> None:
    assert 7 == started(app, programs, "sh", "-c", "exit 7").returncode


@pytest.mark.parametrize(("nginx", "said"), [("exit 0", [CHECKING, CHECKED]), ("exit 127", [CHECKING])])
def test_a_check_ends_at_the_first_program_that_does_not_start(
    nginx: str, said: list[str], app: Path, programs: Path
) -> None:
    for place in (programs / "python3", app / ".tampu/nginx/bin/nginx"):
        write_app(place.parent, {place.name: f"#!/bin/sh\n{nginx if place.name == 'nginx' else 'exit 0'}\n"})
        place.chmod(0o755)

    ended = started(app, programs, str(app / ".tampu" / "check"))

    assert said == ended.stdout.splitlines()
    assert (CHECKED in said) == (ended.returncode == 0)


def test_a_containerfile(golden: Golden) -> None:
    text = containerfile(BASE, plan({}, Stack(server=UWSGI), {"web": OURS}), "My shop")

    golden.check("platforms/containerfiles/stack.txt", text.replace(__version__, "<version>"))


def test_layers_below_the_app_are_in_the_order_in_which_they_stay_the_same() -> None:
    lines = layers_file(BASE, ("python", "site", "nginx")).splitlines()

    assert "FROM debian:bookworm-slim" == lines[0]
    assert "COPY --chown=0:0 layers/python /app/.tampu/python" == lines[1]
    assert ["python", "nginx", "site"] == [line.rpartition("/")[2] for line in lines[1:]]


def test_a_worker_is_what_an_image_without_web_starts() -> None:
    assert containerfile(BASE, plan({"worker": "python w.py"}), "shop").endswith('CMD ["worker"]\n')


def test_what_is_a_laptops_stays_there(tmp_path: Path) -> None:
    app = write_app(tmp_path, {"my venv/pyvenv.cfg": "", "app.py": "", "src/pyvenv.txt": ""})

    left_out = read_left_out(app)

    assert {"my venv", ".git", ".tampu", ".env"} < left_out
    assert not {"src", "app.py"} & left_out


def test_the_newest_of_what_is_shipped(tmp_path: Path) -> None:
    app = write_app(tmp_path, {"app.py": "", "static/a.css": "", ".git/index": ""})
    for name, time in (("app.py", 1000), ("static/a.css", 2000), (".git/index", 3000)):
        os.utime(app / name, (time, time))

    assert 2000 == newest(app, frozenset({".git"}))
    assert 0 == newest(app, frozenset({".git", "app.py", "static"}))


def test_what_no_process_asks_for_is_not_carried_along(tmp_path: Path) -> None:
    served = {
        "python/lib/python3.13/os.py",
        "python/lib/libssl.so.3",
        "site/lib/python3.13/site-packages/own/tests/a.py",
    }
    others = {
        "python/include/python3.13/Python.h",
        "python/lib/python3.13/ensurepip/_bundled/pip.whl",
        "python/lib/python3.13/tkinter/__init__.py",
        "python/lib/tcl8.6/init.tcl",
        "site/lib/python3.13/site-packages/supervisor/tests/test_http.py",
    }
    layers = write_app(tmp_path / "layers", dict.fromkeys(served | others, ""))

    drop_not_served(layers)

    assert served == {str(path.relative_to(layers)) for path in layers.rglob("*") if path.is_file()}


def test_everybody_may_read_what_only_its_owner_could(tmp_path: Path) -> None:
    app = write_app(tmp_path / "app", {"closed/secret.py": "x = 1\n", "run": "", "open.py": ""})
    (app / "link").symlink_to("nowhere")
    in_cache = tmp_path / "cached"
    os.link(app / "closed/secret.py", in_cache)
    for name, mode in (("closed/secret.py", 0o600), ("closed", 0o700), ("run", 0o700), ("open.py", 0o644)):
        (app / name).chmod(mode)

    open_to_all(app)

    modes = {path.name: stat.S_IMODE(path.lstat().st_mode) for path in app.rglob("*") if path.name != "link"}
    assert {"closed": 0o755, "secret.py": 0o644, "run": 0o755, "open.py": 0o644} == modes
    assert 0o600 == stat.S_IMODE(in_cache.stat().st_mode)
    assert "x = 1\n" == (app / "closed/secret.py").read_text()
