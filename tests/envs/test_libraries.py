from __future__ import annotations

import io
from pathlib import Path

import pytest

from tampu.envs.libraries import OF_THE_C_LIBRARY, bring
from tampu.world import World
from tampu.world.cache import Cache
from tampu.world.console import PlainConsole
from tampu.world.downloads import Downloads
from tampu.world.run import Processes
from tests.kit import require

LS = Path("/bin/ls")
TOOLS = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin"}


def a_world(place: Path, path: str = TOOLS["PATH"]) -> World:
    say = PlainConsole(out=io.StringIO(), err=io.StringIO())
    fetch = Downloads(environ={}, say=say)
    return World(run=Processes(say), fetch=fetch, cache=Cache(place / "cache"), say=say, environ={"PATH": path})


def brought(place: Path) -> list[str]:
    return sorted(path.name for path in place.iterdir())


def test_what_a_program_needs_without_the_c_library(tmp_path: Path) -> None:
    require.need("ldd")
    bring(LS, (), tmp_path / "lib", a_world(tmp_path))

    assert not any(OF_THE_C_LIBRARY.match(name) for name in brought(tmp_path / "lib"))
    assert all(0o755 == path.stat().st_mode & 0o777 for path in (tmp_path / "lib").iterdir())


@pytest.mark.parametrize("path", [TOOLS["PATH"], "/invalid"])
def test_a_script_needs_none_and_without_ldd_none_are_known(path: str, tmp_path: Path) -> None:
    script = tmp_path / "script"
    script.write_text("#!/bin/sh\n")
    bring(script, (), tmp_path / "lib", a_world(tmp_path, path))

    assert [] == brought(tmp_path / "lib")


def test_what_is_named_comes_from_the_given_root_and_from_the_first_of_its_places(tmp_path: Path) -> None:
    for place in ("usr/lib/any-linux-gnu", "lib"):
        (tmp_path / "root" / place).mkdir(parents=True)
        (tmp_path / "root" / place / "libexpat.so.1").write_text(place)
    bring(LS, ("libexpat.so.1", "libnobody.so.9"), tmp_path / "lib", a_world(tmp_path), tmp_path / "root")

    assert "usr/lib/any-linux-gnu" == (tmp_path / "lib" / "libexpat.so.1").read_text()
    assert "libnobody.so.9" not in brought(tmp_path / "lib")


@pytest.mark.parametrize("name", ["libc.so.6", "libm.so.6", "ld-linux-x86-64.so.2", "libpthread.so.0", "librt.so.1"])
def test_parts_of_the_c_library(name: str) -> None:
    assert OF_THE_C_LIBRARY.match(name)


@pytest.mark.parametrize("name", ["libcrypt.so.1", "libcrypto.so.3", "libcap.so.2", "libdb-5.3.so", "libmagic.so.1"])
def test_libraries_that_only_sound_like_it(name: str) -> None:
    assert not OF_THE_C_LIBRARY.match(name)
