"""Machines that have less than one would wish, or other things."""

from __future__ import annotations

import os
import shutil
import subprocess
import tarfile
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from tests.kit import buildpack as kit
from tests.kit import containers, interpreters, mirrors, require
from tests.kit.builds import names, write_app

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.kit.builds import Platform

ENTRIES = ("detect", "compile", "release", "report", "test-compile", "supply", "finalize", "tampu")
OLD = {version: prefix for version, prefix in interpreters.installed().items() if version.startswith("3.")}
FETCHING = "-----> No Python 3.10 or newer here: fetching Python 3.13"
TOO_OLD = sorted(version for version in OLD if int(version.split(".")[1]) < 10)


@pytest.fixture
def bare_mirror(mirror: Path, patches: dict[str, str], tmp_path: Path) -> Path:
    """A mirror that also serves machines without any Python."""
    return mirrors.with_bootstrap(mirror, tmp_path / "mirror", patches["3.13"])


def python_of(mirror: Path, version: str, place: Path) -> Path:
    (archive,) = mirror.glob(f"*{version}*.tar.gz")
    with tarfile.open(archive) as packed:
        packed.extractall(place)  # noqa: S202 - we made it
    return place / "python"


@pytest.mark.parametrize("entry", ENTRIES)
@pytest.mark.parametrize("version", TOO_OLD)
def test_a_python_that_is_too_old_is_passed_over(entry: str, version: str, tmp_path: Path) -> None:
    new = {kit.python().name: kit.python()}

    told = kit.call_with(new | {"python3": OLD[version] / "bin/python3"}, entry, tmp_path / "shop")
    usual = kit.call_with(new | {"python3": kit.python()}, entry, tmp_path / "shop")

    assert usual == told


def test_no_python_that_is_new_enough(bare_mirror: Path) -> None:
    programs = {"python3": OLD[TOO_OLD[0]] / "bin/python3"}

    result = kit.call_with(programs, "tampu", "--version", env={"TAMPU_MIRROR": str(bare_mirror)})

    assert (0, "tampu") == (result.code, result.out.partition(" ")[0])
    assert FETCHING in result.err


SHIMS = {"gives what is too old": 'exec "{old}" "$@"', "has not what it is asked for": "exit 127"}


@pytest.mark.parametrize("shim", SHIMS)
def test_a_version_manager_in_the_way(shim: str, tmp_path: Path) -> None:
    python = tmp_path / "shims/python3"
    python.parent.mkdir()
    python.write_text("#!/bin/sh\n" + SHIMS[shim].format(old=OLD[TOO_OLD[0]] / "bin/python3"))
    python.chmod(0o755)
    environ = {"PATH": f"{python.parent}:{kit.python().parent}:/usr/bin:/bin"}

    said = subprocess.run((kit.BIN / "tampu", "--version"), env=environ, capture_output=True, text=True, check=True)

    assert ("tampu", "") == (said.stdout.split()[0], said.stderr)


def test_no_python_at_all(app: Path, platform: Platform, bare_mirror: Path) -> None:
    env = {"TAMPU_MIRROR": str(bare_mirror)}
    results = [kit.call_without_python("compile", app, platform.cache, platform.user_env, env=env) for _ in range(2)]

    assert [0, 0] == [result.code for result in results], results[0].err
    assert [FETCHING in result.err for result in results] == [True, False]
    assert "alpha 1.0\n" == subprocess.check_output((app / ".tampu/run", "python", "app.py"), text=True)


def test_a_tampu_that_carries_a_mirror_needs_no_python_and_no_setting(
    app: Path, platform: Platform, bare_mirror: Path, buildpack: Path
) -> None:
    shutil.copytree(bare_mirror, buildpack / "mirror", copy_function=os.link)

    result = kit.call_without_python(str(buildpack / "bin/compile"), app, platform.cache, platform.user_env)

    assert 0 == result.code, result.err
    assert "Fetched from the mirror that this tampu carries: TAMPU_MIRROR names no other\n" in result.out
    assert "alpha 1.0\n" == subprocess.check_output((app / ".tampu/run", "python", "app.py"), text=True)


def test_a_mirror_whose_runtime_was_altered(app: Path, bare_mirror: Path, tmp_path: Path) -> None:
    pins = bare_mirror / "bootstrap"
    pins.write_text(pins.read_text()[:-2] + "x\n")

    result = kit.call_without_python("compile", app, tmp_path / "cache", env={"TAMPU_MIRROR": str(bare_mirror)})

    assert (1, "") == (result.code, result.out)
    assert " !     (bootstrap::wrong-hash)\n" in result.err
    assert set() == names(tmp_path / "cache/bootstrap")


def test_a_mirror_without_a_runtime_for_this_machine(app: Path, bare_mirror: Path, tmp_path: Path) -> None:
    (bare_mirror / "bootstrap").write_text("pdp11 3.13.0 python.tar.gz 0\n")

    result = kit.call_without_python("compile", app, tmp_path / "cache", env={"TAMPU_MIRROR": str(bare_mirror)})

    assert (1, "") == (result.code, result.out)
    assert " !     (bootstrap::no-runtime)\n" in result.err


def test_a_python_without_pip_venv_and_ensurepip(
    app: Path, platform: Platform, patches: dict[str, str], tmp_path: Path
) -> None:
    python = python_of(platform.mirror, patches["3.12"], tmp_path / "poor")
    for name in ("ensurepip", "venv"):
        shutil.rmtree(python / "lib/python3.12" / name)

    result = kit.call_with(
        {"python3": python / "bin/python3"}, "compile", app, platform.cache, platform.user_env, env=platform.environ
    )

    assert 0 == result.code, result.out + result.err
    assert "-----> Installing tampu's own tools\n" in result.out
    assert "alpha 1.0\n" == subprocess.check_output((app / ".tampu/run", "python", "app.py"), text=True)


@pytest.fixture
def other_disk(platform: Platform) -> Iterator[Path]:
    memory = Path("/dev/shm")  # noqa: S108 - for another file system
    if not memory.is_dir() or memory.stat().st_dev == platform.cache.stat().st_dev:
        require.lack("a second file system")
    with tempfile.TemporaryDirectory(dir=memory) as place:
        yield Path(place)


def test_a_cache_on_another_disk(app: Path, platform: Platform, other_disk: Path) -> None:
    shutil.copytree(platform.cache, other_disk / "cache", symlinks=True)

    calls = [kit.call("compile", app, other_disk / "cache", platform.user_env, env=platform.environ) for _ in range(2)]

    assert [0, 0] == [call.code for call in calls], calls[0].err
    assert 2 == calls[1].out.count("Unchanged: taken from the cache")
    assert "alpha 1.0\n" == subprocess.check_output((app / ".tampu/run", "python", "app.py"), text=True)


def test_an_app_in_its_own_home(app: Path, platform: Platform) -> None:
    result = platform.call("compile", app, {"HOME": str(app)})

    assert 0 == result.code, result.err
    assert {".profile.d", ".tampu", "app.py", "requirements.txt"} == names(app)


def test_a_container_without_network_python_or_rights(
    app: Path, bare_mirror: Path, buildpack: Path, index: str, base_image: str, tmp_path: Path
) -> None:
    write_app(tmp_path / "env", {"PIP_INDEX_URL": "file:///index/simple"})
    index_folder = Path(urlsplit(index).path).parent
    app.chmod(0o777)
    (tmp_path / "cache").mkdir()
    (tmp_path / "cache").chmod(0o777)
    theirs = {app: "/app", tmp_path / "cache": "/cache"}
    ours = {buildpack: "/buildpack", bare_mirror: "/mirror", tmp_path / "env": "/env", index_folder: "/index"}
    mounts = theirs | {folder: f"{place}:ro" for folder, place in ours.items()}
    script = "/buildpack/bin/compile /app /cache /env && /app/.tampu/run python app.py"

    env = {"TAMPU_MIRROR": "/mirror", "HOME": "/nowhere"}
    ended = containers.run(base_image, "sh", "-c", script, mounts=mounts, options=containers.locked_down(), env=env)

    assert 0 == ended.returncode, ended.stdout + ended.stderr
    assert "this buildpack's folder is read-only\n" in ended.stdout
    assert ended.stdout.endswith("alpha 1.0\n")
