"""Builds on disks, with memory and by clocks that are at fault: what is told, and that the next build is right."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

import pytest

from tampu.world.manifest import manifest
from tests.kit import builds, disk, trees
from tests.kit.builds import Platform

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.kit.buildpack import Result

MEGABYTE = 1024 * 1024
APP = {"requirements.txt": "beta[more]\n", ".python-version": "3.13\n"}
TEN_YEARS = 10 * 365 * 24 * 3600
# What has an earlier time was given that by a build, whatever the clock said.
NO_CLOCKS = 1_000_000_000
UNCHANGED = "Unchanged: taken from the cache"


def reason(result: Result) -> str:
    """The name of the error, which is no traceback."""
    assert "Traceback" not in result.err
    return result.err.strip().splitlines()[-1].strip(" !()") if result.code else ""


@pytest.fixture(scope="module")
def clean(mirror: Path, index: str, seed: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The app of these tests as an undisturbed build leaves it."""
    place = tmp_path_factory.mktemp("clean")
    app = builds.write_app(place / "app", APP)
    Platform.make(place / "platform", mirror, index, seed).compile(app)
    return app


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Path]:
    with disk.tiny(tmp_path / "disk", "600m") as place:
        yield place


@pytest.fixture
def crowded(small: Path, mirror: Path, index: str, seed: Path) -> Platform:
    """A platform whose caches are on that disk."""
    return with_copy(seed, Platform.make(small / "platform", mirror, index, None))


@pytest.fixture
def elsewhere(tmp_path: Path, mirror: Path, index: str, seed: Path) -> Platform:
    """A platform whose cache is no link to that of others."""
    return with_copy(seed, Platform.make(tmp_path / "platform", mirror, index, None))


def with_copy(seed: Path, platform: Platform) -> Platform:
    """Of its files too, which may be on another disk and may be changed."""
    shutil.copytree(seed, platform.cache, symlinks=True)
    return platform


def test_a_disk_that_is_full_at_any_stage(small: Path, crowded: Platform, clean: Path) -> None:
    app = builds.write_app(small / "app", APP)
    shutil.rmtree(crowded.cache / "tampu/layers/python")
    told = []
    for room in (64 * 1024, 8 * MEGABYTE, 40 * MEGABYTE):
        disk.leave(small, room)
        told.append(reason(crowded.call("compile", app)))
        assert [] == list((crowded.cache / "tampu/work").iterdir())
        assert not (app / ".tampu/python").exists()
    disk.leave(small, 400 * MEGABYTE)
    crowded.compile(app)

    assert 3 * ["disk::full"] == told
    assert [] == trees.difference(clean, app)


@pytest.mark.parametrize("installer", ["uv", "pip"])
def test_no_room_for_packages(installer: str, small: Path, crowded: Platform, clean: Path) -> None:
    app = builds.write_app(small / "app", {**APP, "requirements.txt": "django==5.2.4\n"})
    crowded.set_for_user(TAMPU_INSTALLER=installer)
    told = []
    for room in (200 * 1024, 4 * MEGABYTE):
        disk.leave(small, room)
        told.append(reason(crowded.call("compile", app, {"TMPDIR": str(small)})))
    disk.leave(small, 300 * MEGABYTE)
    crowded.set_for_user(TAMPU_INSTALLER="uv")
    builds.write_app(app, APP)
    crowded.compile(app)

    assert 2 * ["disk::full"] == told
    assert [] == trees.difference(clean, app)


def test_an_app_on_a_disk_that_takes_nothing_in(small: Path, platform: Platform, clean: Path) -> None:
    app = builds.write_app(small / "app", APP)
    disk.freeze(small)
    told = reason(platform.call("compile", app))
    disk.thaw(small)
    platform.compile(app)

    assert "disk::not-writable" == told
    assert [] == trees.difference(clean, app)


def test_a_cache_that_takes_nothing_in_any_more(tmp_path: Path, small: Path, crowded: Platform, clean: Path) -> None:
    app = builds.write_app(tmp_path / "app", APP)
    crowded.compile(app)
    disk.freeze(small)
    told = [reason(crowded.call("compile", app))]
    builds.write_app(app, {"requirements.txt": "alpha==2.0\n"})
    told.append(reason(crowded.call("compile", app)))
    disk.thaw(small)
    builds.write_app(app, APP)
    crowded.compile(app)

    assert 2 * ["disk::not-writable"] == told
    assert [] == trees.difference(clean, app)


def test_too_little_memory(platform: Platform, tmp_path: Path, clean: Path) -> None:
    """With pip: some uv wait for ever where they may not have the room that they like to reserve."""
    app = builds.write_app(tmp_path / "app", APP)
    platform.set_for_user(TAMPU_INSTALLER="pip")
    told = []
    for megabytes in (40, 50, 60):
        limited = ("/bin/sh", "-c", f'ulimit -v {megabytes * 1024}; exec "$@"', "-")
        told.append(reason(platform.call_through(limited, "compile", app)))
    platform.set_for_user(TAMPU_INSTALLER="uv")
    platform.compile(app)

    assert "memory::exhausted" == told[0]
    assert set(told) <= {"memory::exhausted", ""}
    assert [] == trees.difference(clean, app)


def test_a_compiler_that_is_killed_for_want_of_memory(platform: Platform, tmp_path: Path) -> None:
    """The kernel kills what needs most of it."""
    backend = "import os\ndef build_wheel(*_, **__):\n    os.kill(os.getpid(), 9)\n"
    project = "[build-system]\nrequires = []\nbuild-backend = 'backend'\nbackend-path = ['.']\n"
    named = "[project]\nname = 'shop'\nversion = '1.0'\n"
    files = {"requirements.txt": "./shop\n", "shop/backend.py": backend, "shop/pyproject.toml": project + named}

    result = platform.call("compile", builds.write_app(tmp_path / "app", files))

    assert "memory::exhausted" == reason(result), result.err


def shift(cache: Path, seconds: int) -> None:
    """As if all builds so far had been at another time."""
    for path in (*cache.rglob("*"), cache):
        found = path.lstat()
        if found.st_mtime > NO_CLOCKS:
            os.utime(path, (found.st_atime + seconds, found.st_mtime + seconds), follow_symlinks=False)
    for place in (cache / "tampu/layers").glob("*/*"):
        before = place.stat()
        (place / "manifest").write_text(manifest(place / "tree"), encoding="utf-8")
        os.utime(place, (before.st_atime, before.st_mtime))


def test_a_clock_that_was_wrong(elsewhere: Platform, tmp_path: Path, clean: Path) -> None:
    app = builds.write_app(tmp_path / "app", {**APP, "requirements.txt": "alpha==2.0\n"})
    elsewhere.compile(app)
    again = []
    for seconds in (TEN_YEARS, -2 * TEN_YEARS):
        shutil.rmtree(app / ".tampu")
        shift(elsewhere.cache, seconds)
        again.append(elsewhere.compile(app).out.count(UNCHANGED))
    builds.write_app(app, APP)
    elsewhere.compile(app)

    assert [2, 2] == again
    assert [] == trees.difference(clean, app)


def test_files_of_an_app_from_another_age(platform: Platform, tmp_path: Path) -> None:
    usual, *odd = (shutil.copytree(builds.APPS / "setup_py_alone", tmp_path / name) for name in ("now", "then", "once"))
    for app, moment in zip(odd, (0, 5_000_000_000), strict=True):
        for path in (*app.rglob("*"), app):
            os.utime(path, (moment, moment))
    for app in (usual, *odd):
        platform.compile(app)

    assert [[], []] == [trees.difference(usual, app) for app in odd]
