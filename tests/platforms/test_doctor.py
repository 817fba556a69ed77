"""`tampu doctor`, called inside this process; tests/contract calls it as people do."""

from __future__ import annotations

import io
import json
import os
import socket
import tarfile
from typing import TYPE_CHECKING

import pytest

from tampu.platforms import people
from tampu.platforms.doctor import LittleSpace, space
from tampu.world.console import PlainConsole
from tests.kit.builds import names, write_app
from tests.kit.ports import taken

if TYPE_CHECKING:
    from pathlib import Path

    from tests.kit.builds import Platform

WSGI = "def application(environ, start_response):\n    return []\n"
PORT_OF_NOBODY = "65000"


class Patient:
    """An app, and somebody who asks about it."""

    def __init__(self, platform: Platform, app: Path) -> None:
        self.app = app
        self.environ = {
            "PATH": os.environ["PATH"],
            "HOME": str(app.parent),
            "PORT": PORT_OF_NOBODY,
            "XDG_CACHE_HOME": str(platform.cache),
            **platform.environ,
        }
        self.out, self.err = io.StringIO(), io.StringIO()

    def seen(self, files: dict[str, str], *words: str, **environ: str) -> int:
        write_app(self.app, files)
        say = PlainConsole(self.out, self.err)
        return people.main(["doctor", str(self.app), *words], {**self.environ, **environ}, say)

    @property
    def lines(self) -> dict[str, str]:
        """What was said of each check."""
        split = (line[16:].partition(": ") for line in self.out.getvalue().splitlines() if line.startswith("       "))
        return {check: found for check, _, found in split}

    @property
    def problems(self) -> list[str]:
        found = [line for line in self.out.getvalue().splitlines() if line.startswith("       problem")]
        return [line[16:].partition(": ")[0] for line in found]


@pytest.fixture
def patient(platform: Platform, tmp_path: Path) -> Patient:
    (tmp_path / "app").mkdir()
    return Patient(platform, tmp_path / "app")


def test_a_sound_app(patient: Patient, patches: dict[str, str]) -> None:
    files = {"wsgi.py": WSGI, "requirements.txt": "alpha\n", "runtime.txt": "python-3.12\n"}

    assert 0 == patient.seen(files)

    said = patient.lines
    assert "requirements.txt, runtime.txt, wsgi.py" == said["Python app"]
    assert ("not set", "none", "none") == (said["APPROOT"], said["dotcloud.yml"], said["Procfile"])
    assert said["Python"].startswith(f"{patches['3.12']} from the mirror ")
    assert said["Python"].endswith(": runtime.txt asks for python-3.12")
    assert "of pip: requirements.txt is present" == said["Packages"]
    assert "uv: it is the default" == said["Installer"]
    assert said["Web stack"].endswith("wsgi.py:1: def application(environ, start_response):")
    assert PORT_OF_NOBODY == said["Port"]
    assert " from the mirror " in said["nginx"]
    assert ("no configuration names any", "nothing is in their place") == (said["Old paths"], said["Links"])
    assert said["Disk"].endswith(" MB free")
    assert "" == patient.err.getvalue()


def test_the_app_stays_as_it_is(patient: Patient) -> None:
    patient.seen({"wsgi.py": WSGI, "nginx.conf": "root app/current;\n"})

    assert {"wsgi.py", "nginx.conf"} == names(patient.app)


def test_all_that_is_wrong_is_said_at_once(patient: Patient) -> None:
    files = {
        "wsgi.py": "server = 1\n",
        "Procfile": "web python\n",
        "runtime.txt": "python-9.9\n",
        "requirements.txt": "alpha = 1\n",
        "poetry.lock": "",
        "dotcloud.yml": "www:\n  type: java\n",
    }

    assert 1 == patient.seen(files, TAMPU_INSTALLER="conda", APPROOT="../x", PORT="http")

    assert {*patient.lines} - {"Python app", "nginx", "Old paths", "Links", "Disk"} == {*patient.problems}
    assert "(entry::no-application)" in patient.err.getvalue()
    assert "(python-version::" in patient.err.getvalue()
    assert 1 == patient.err.getvalue().count("(app::outside)")


def test_a_folder_without_python(patient: Patient) -> None:
    assert 1 == patient.seen({"index.html": ""})

    assert ["Python app"] == patient.problems
    assert "(detect::no-python)" in patient.err.getvalue()


def test_the_packages_are_read_though_no_python_is_to_be_had(patient: Patient) -> None:
    assert 1 == patient.seen({"runtime.txt": "python-9.9\n", "requirements.txt": "alpha; python_version < '9'\n"})

    assert ["Python"] == patient.problems
    assert "of pip: requirements.txt is present" == patient.lines["Packages"]


def test_a_service_of_dotcloud(patient: Patient) -> None:
    files = {
        "dotcloud.yml": "jobs:\n  type: python-worker\n  approot: code\n  config:\n    python_version: v3.12\n",
        "code/work.py": "",
        "Procfile": "clock: python clock.py\nmail: python mail.py\n",
    }

    assert 0 == patient.seen(files)

    assert "jobs, of type python-worker" == patient.lines["dotcloud.yml"]
    assert "clock, mail" == patient.lines["Procfile"]
    assert patient.lines["Python"].endswith("dotcloud.yml asks for v3.12")
    assert "nginx" not in patient.lines


def test_an_nginx_that_is_here_is_asked_about_the_apps_own_lines(patient: Patient, mirror: Path) -> None:
    with tarfile.open(next(mirror.glob("nginx-*.tar.gz"))) as archive:
        archive.extractall(patient.app)  # noqa: S202 - we made it
    files = {"requirements.txt": "", "src/wsgi.py": WSGI, "src/nginx.conf": "root app/current;"}

    assert 0 == patient.seen(files, APPROOT="src")
    assert ("src", "nginx takes it") == (patient.lines["APPROOT"], patient.lines["nginx.conf"])

    assert 1 == patient.seen({"src/nginx.conf": "rooot app/current;"}, APPROOT="src")
    assert ["nginx.conf"] == patient.problems
    assert "(nginx::bad-config)" in patient.err.getvalue()


def test_what_is_in_the_place_of_a_link(patient: Patient) -> None:
    assert 1 == patient.seen({"wsgi.py": WSGI, "current/README": ""})

    assert ["Links"] == patient.problems


def test_a_port_that_is_taken(patient: Patient) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        assert 1 == patient.seen({"worker.py": ""}, PORT=str(server.getsockname()[1]))

    assert ["Port"] == patient.problems


def test_the_usual_port_need_not_be_free(patient: Patient) -> None:
    del patient.environ["PORT"]
    with taken(8000):
        patient.seen({"worker.py": ""})

    assert patient.lines["Port"].endswith(", since 8000 is taken")


def test_a_program_asks(patient: Patient) -> None:
    assert 1 == patient.seen({"worker.py": "", "Procfile": "web\n"}, "--json")

    document = json.loads(patient.out.getvalue())
    assert ["process::bad-line"] == [check["reason"] for check in document["checks"] if not check["ok"]]
    assert not document["ok"]
    assert "" == patient.err.getvalue()


def test_quiet(patient: Patient) -> None:
    assert 0 == patient.seen({"worker.py": ""}, "--quiet")

    assert ("", "") == (patient.out.getvalue(), patient.err.getvalue())


def test_a_disk_with_little_space(tmp_path: Path) -> None:
    with pytest.raises(LittleSpace) as caught:
        space(tmp_path, enough=10**18)

    assert f"MB free for {tmp_path}" in caught.value.advice
