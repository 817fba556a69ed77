from __future__ import annotations

import os
import tarfile
from pathlib import Path

import pytest

from tampu.build.bundle_programs import NoRuntime, OldPython, interpreter, nginx, runtimes
from tampu.build.bundle_shelf import Shelf
from tampu.build.choose_python import PythonChoice
from tampu.build.model import Step, Target, Work
from tampu.build.serving import Serving
from tampu.build.steps.python import Decision
from tampu.envs.machine import Interpreter
from tampu.envs.mirror import digest
from tampu.envs.nginx import Archive, Program
from tampu.values import replace
from tampu.world import World, files
from tampu.world.cache import Cache, Key
from tampu.world.console import PlainConsole
from tampu.world.downloads import Downloads
from tampu.world.fetch import Pin
from tampu.world.run import Processes

MACHINE = os.uname().machine
PROGRAM = Program(path=Path("/fork/bin/nginx"), version="1.2.3", origin="bin/nginx of this tampu")


class Made:
    """An nginx that is still to be made, here."""

    version = "1.2.3"
    origin = "a test"
    identity = "one"

    def lay(self, place: Path, world: World) -> None:
        files.write(place, [files.File(path="bin/nginx", text=world.environ["PATH"], executable=True)])


@pytest.fixture
def shelf(mirror: Path, tmp_path: Path) -> Shelf:
    say = PlainConsole()
    world = World(
        run=Processes(say),
        fetch=Downloads(environ={}, say=say),
        cache=Cache(tmp_path / "cache"),
        say=say,
        environ={"PATH": "/usr/bin:/bin", "TAMPU_MIRROR": str(mirror)},
    )
    return Shelf.beside(tmp_path / "bundle", world)


@pytest.fixture
def target(tmp_path: Path) -> Target:
    return Target(app=tmp_path / "app", layers=tmp_path / "layers")


def archive(folder: Path, name: str, version: str) -> Pin:
    (folder / f"{name}-{version}").write_text(version)
    sha256 = digest(folder / f"{name}-{version}")
    return Pin(name=name, version=version, url=(folder / f"{name}-{version}").as_uri(), sha256=sha256)


def decision(chosen: Pin | Interpreter) -> Decision:
    choice = PythonChoice(version=chosen.version, because="", request=None, notices=())
    step = Step(name="python", title="", key=Key({}), make=lambda _: None)
    return Decision(choice=choice, origin="", identity="", step=step, chosen=chosen)


def test_one_python_may_do_for_the_app_and_for_tampu(shelf: Shelf, target: Target, tmp_path: Path) -> None:
    pin = archive(tmp_path, "python", "3.10.4")

    line = runtimes(decision(pin), target, shelf)

    assert f"{MACHINE} 3.10.4 cpython-3.10.4-{MACHINE}.tar.gz {pin.sha256}\n" == line
    assert [f"cpython-3.10.4-{MACHINE}.tar.gz"] == list(shelf.entries)


def test_an_old_python_is_joined_by_one_that_tampu_runs_on(
    shelf: Shelf, target: Target, patches: dict[str, str], tmp_path: Path
) -> None:
    line = runtimes(decision(archive(tmp_path, "python", "3.9.7")), target, shelf)

    assert line.startswith(f"{MACHINE} {patches['3.13']} cpython-{patches['3.13']}-{MACHINE}.tar.gz ")
    assert {"3.9.7", patches["3.13"]} == {entry["version"] for entry in shelf.entries.values()}


def test_a_python_that_is_too_old_for_a_bundle_is_refused(shelf: Shelf, target: Target, tmp_path: Path) -> None:
    with pytest.raises(OldPython, match=r"3\.8\.18"):
        runtimes(decision(archive(tmp_path, "python", "3.8.18")), target, shelf)
    assert {} == shelf.entries


def test_an_interpreter_of_this_machine_stays(shelf: Shelf, target: Target) -> None:
    here = decision(Interpreter(version="3.12.1", path=Path("/usr/bin/python3.12")))

    with pytest.raises(NoRuntime):
        runtimes(here, target, shelf)
    assert interpreter(here, target, target, shelf).is_file()


def test_another_machine_s_python_asks_nobody_here(shelf: Shelf, target: Target, tmp_path: Path) -> None:
    foreign = replace(target, machine="riscv64")

    assert interpreter(decision(archive(tmp_path, "python", "3.12.1")), foreign, target, shelf).is_file()
    assert {} == shelf.entries


@pytest.mark.parametrize("serving", [Serving(choices=()), Serving(choices=(), nginx=PROGRAM)])
def test_an_nginx_that_is_there_anyway_is_not_in_it(serving: Serving, shelf: Shelf, target: Target) -> None:
    assert "" == nginx(serving, target, target, shelf)
    assert {} == shelf.entries


def test_a_mirror_s_nginx_is_taken_as_it_is(shelf: Shelf, target: Target, tmp_path: Path) -> None:
    pin = archive(tmp_path, "nginx", "1.26.0")

    assert "1.26.0" == nginx(Serving(choices=(), nginx=Archive(pin=pin, origin="")), target, target, shelf)
    assert pin.sha256 == shelf.entries[f"nginx-1.26.0-{MACHINE}.tar.gz"]["sha256"]


def test_any_other_is_made_and_packed_the_same_each_time(shelf: Shelf, target: Target) -> None:
    made = Made()

    def make(work: Work) -> None:
        made.lay(work.place, work.world)

    serving = Serving(choices=(), nginx=made, steps=(Step(name="nginx", title="", key=Key({}), make=make),))

    digests = set()
    for _ in range(2):
        assert "1.2.3" == nginx(serving, target, target, shelf)
        digests.add(shelf.entries[f"nginx-1.2.3-{MACHINE}.tar.gz"]["sha256"])
    assert 1 == len(digests)
    with tarfile.open(shelf.folder / f"nginx-1.2.3-{MACHINE}.tar.gz") as packed:
        assert ["bin", "bin/nginx"] == packed.getnames()
