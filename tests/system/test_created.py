"""What `tampu create` makes of each template: its tests pass, it is built, and it is served as it stands."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tampu.world import ports
from tests.kit import buildpack, builds, served
from tests.kit.creating import Desk

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Created = Callable[[str], "Project"]

PROJECTS = Path(__file__).resolve().parents[2] / "lib/tampu/create/projects"
NAMES = tuple(sorted(path.name for path in PROJECTS.iterdir() if path.is_dir()))
NAME = "my-shop"
PATIENCE = 60
UNITTEST = ("python", "-m", "unittest")
TESTS = {
    "django": ("python", "manage.py", "test"),
    "dotcloud": ("sh", "-c", "cd www && python -m unittest"),
}
INI, UP = ("tampu serve development.ini --reload",), ("tampu up",)
NEXT = {
    "basic_package": ("tampu run . -- python -m myshop",),
    "worker": ("tampu run . -- python worker.py",),
    **dict.fromkeys(("pyramid", "wsgi"), INI),
    **dict.fromkeys(("django", "dotcloud", "fastapi", "flask"), UP),
}
WEB = sorted(set(NAMES) - {"basic_package", "worker"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """Made by a template, and built by a platform; `env` is that of the person who made it, `said` what was said."""

    folder: Path
    env: dict[str, str]
    said: str

    def run(self, *words: str) -> str:
        """In its environment."""
        done = subprocess.run(
            (self.folder / ".tampu/run", *words),
            cwd=self.folder,
            env={"PATH": os.defpath, "HOME": str(self.folder)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
        assert 0 == done.returncode, done.stdout
        return done.stdout


@pytest.fixture(scope="module")
def created(tmp_path_factory: pytest.TempPathFactory, mirror: Path, index: str, seed: Path) -> Created:
    """`created("flask")` is such a project, made and built once for all tests here."""
    made: dict[str, Project] = {}
    place = tmp_path_factory.mktemp("created")
    platform = builds.Platform.make(place / "platform", mirror, index, seed)
    caches = place / "caches"
    builds.clone(seed / "tampu", caches / "tampu")
    env = {"HOME": str(place), "PATH": os.defpath, "TAMPU_MIRROR": str(mirror), "PIP_INDEX_URL": index}
    env |= {"XDG_CACHE_HOME": str(caches), "LANG": "C.UTF-8"}

    def create(name: str) -> Project:
        if name not in made:
            desk = Desk(folder=place / name, env=env)
            desk.folder.mkdir()
            said = desk.well("-t", name, NAME)
            made[name] = Project(folder=desk.folder / NAME, env=env, said=said)
            platform.compile(made[name].folder)
        return made[name]

    return create


@pytest.mark.parametrize("name", NAMES)
def test_its_own_tests_pass(name: str, created: Created) -> None:
    said = created(name).run(*TESTS.get(name, UNITTEST))

    assert re.search(r"^Ran [1-9]\d* tests?", said, re.MULTILINE), said
    assert "\nOK\n" in said


@pytest.mark.parametrize("name", NAMES)
def test_it_says_what_to_do_next(name: str, created: Created) -> None:
    told = "".join(f"       {line}\n" for line in (f"cd {NAME}", *NEXT[name]))

    assert created(name).said.endswith(f"Next:\n{told}")


@pytest.mark.parametrize("name", NAMES)
def test_its_code_is_tidy(name: str, created: Created) -> None:
    for words in (("check", "--select", "E,F,I,B,UP,SIM,RUF"), ("format", "--check")):
        ruff = (sys.executable, "-m", "ruff", *words, "--isolated", "--no-cache", "--line-length", "120", "--exclude")
        done = subprocess.run(
            (*ruff, ".tampu", "."), cwd=created(name).folder, capture_output=True, text=True, check=False
        )
        assert 0 == done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize("name", WEB)
def test_a_platform_serves_it(name: str, created: Created, tmp_path: Path) -> None:
    with served.serve(created(name).folder, tmp_path) as stack:
        assert NAME in page(stack.port), stack.said()


@pytest.mark.parametrize("name", ["pyramid", "wsgi"])
def test_its_config_is_served_at_once(name: str, created: Created, tmp_path: Path) -> None:
    project, port = created(name), served.free_port()
    config = project.folder / "here.ini"
    config.write_text((project.folder / "development.ini").read_text().replace("port = 8080", f"port = {port}"))

    with started(project, tmp_path, "serve", str(config)):
        assert NAME in page(port)


@pytest.mark.parametrize("name", ["flask"])
def test_it_is_up_at_once(name: str, created: Created, tmp_path: Path) -> None:
    port = served.free_port()

    with started(created(name), tmp_path, "up", "--port", str(port)):
        assert NAME in page(port)


def test_a_worker_works_until_it_is_asked_to_end(created: Created) -> None:
    project = created("worker")
    command = (project.folder / ".tampu/run", "python", "worker.py")
    with subprocess.Popen(command, cwd=project.folder, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        assert ["Work number 1 is done\n", "Work number 2 is done\n"] == [process.stdout.readline() for _ in range(2)]
        process.send_signal(signal.SIGTERM)

    assert 0 == process.returncode


def test_a_package_has_a_command(created: Created) -> None:
    assert "Hello, Quilla!\n" == created("basic_package").run("myshop", "Quilla")
    assert "Hello, world!\n" == created("basic_package").run("python", "-m", "myshop")


@contextmanager
def started(project: Project, place: Path, *words: str) -> Iterator[None]:
    """That command in the project's folder, until it is asked to end."""
    log = place / "log"
    with log.open("w") as out:
        process = subprocess.Popen(
            (buildpack.BIN / "tampu", *words),
            cwd=project.folder,
            env=project.env,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
        )
    try:
        yield
    except BaseException:
        sys.stderr.write(log.read_text())
        raise
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(PATIENCE)


def page(port: int) -> str:
    """As soon as somebody answers."""
    deadline = time.monotonic() + PATIENCE
    while not ports.answers(port):
        assert time.monotonic() < deadline, "nobody answers"
        time.sleep(0.02)
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=PATIENCE) as answer:
        assert 200 == answer.status
        return str(answer.read().decode())
