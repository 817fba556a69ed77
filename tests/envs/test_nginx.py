from __future__ import annotations

import hashlib
import io
import json
from typing import TYPE_CHECKING

import pytest

from tampu.envs.nginx import Archive, NginxDoesNotStart, Program, started, version_of
from tampu.world import World
from tampu.world.cache import Cache
from tampu.world.console import PlainConsole
from tampu.world.downloads import Downloads
from tampu.world.fetch import Pin
from tampu.world.manifest import manifest
from tampu.world.run import Processes

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def world(tmp_path: Path) -> World:
    say = PlainConsole(out=io.StringIO(), err=io.StringIO())
    environ = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin"}
    fetch = Downloads(environ={}, say=say)
    return World(run=Processes(say), fetch=fetch, cache=Cache(tmp_path / "cache"), say=say, environ=environ)


@pytest.fixture
def archive(mirror: Path) -> Archive:
    """The nginx of this machine's distribution, as the mirror of the tests has it."""
    index = json.loads((mirror / "index.json").read_text())
    entry = next(file for file in index["files"] if file["name"] == "nginx")
    url = (mirror / entry["file"]).as_uri()
    return Archive(pin=Pin(name="nginx", version=entry["version"], url=url, sha256=entry["sha256"]), origin="a mirror")


def test_a_real_nginx_with_its_libraries(archive: Archive, world: World, tmp_path: Path) -> None:
    archive.lay(tmp_path / "nginx", world)
    names = {path.name for path in (tmp_path / "nginx" / "lib").iterdir()}

    assert archive.version == started(tmp_path / "nginx", "the layer", world)
    assert {"libexpat.so.1", "libz.so.1"} <= names


def test_a_program_of_a_fork_gets_the_machines_libraries(archive: Archive, world: World, tmp_path: Path) -> None:
    archive.lay(tmp_path / "one", world)
    program = tmp_path / "one" / "bin" / "nginx"
    mine = Program(path=program, version=archive.version, origin="a fork")
    mine.lay(tmp_path / "two", world)

    assert hashlib.sha256(program.read_bytes()).hexdigest() == mine.identity
    assert program.read_bytes() == (tmp_path / "two" / "bin" / "nginx").read_bytes()
    assert archive.version == version_of(tmp_path / "two" / "bin" / "nginx", "the layer", world)


def test_the_same_archive_gives_the_same_layer(archive: Archive, world: World, tmp_path: Path) -> None:
    for name in ("one", "two"):
        archive.lay(tmp_path / name, world)

    one, two = (
        sorted(line.split(" ", 3)[::3] for line in manifest(tmp_path / name).splitlines()) for name in ("one", "two")
    )
    assert one == two


def test_a_program_that_does_not_start(world: World, tmp_path: Path) -> None:
    program = tmp_path / "nginx"
    program.write_text("no program at all")
    program.chmod(0o755)

    with pytest.raises(NginxDoesNotStart):
        Program(path=program, version="1", origin="somebody").lay(tmp_path / "layer", world)
