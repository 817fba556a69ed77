"""Builds that share a cache at the same time, and builds that find the cache of another tampu."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import time
from typing import TYPE_CHECKING

import pytest

from tests.kit import buildpack, builds, trees

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.kit.builds import Platform

PATIENCE = 300
ONE = {"requirements.txt": "beta[more]\ntoolbox.kit\n"}
OTHER = {"requirements.txt": "alpha==2.0\n", "runtime.txt": "python-3.13\n"}
# Says that the layers are there, and waits to be killed.
HELD_UP = {**ONE, "bin/post_compile": ": > ../here\nsleep 300\n"}
LAYOUT = re.compile(r'^LAYOUT = "(\w+)"$', re.MULTILINE)


class Street:
    """Builds with one cache between them; what still runs in the end is killed."""

    def __init__(self, platform: Platform, place: Path) -> None:
        self.platform = platform
        self.place = place
        self.going: list[subprocess.Popen[str]] = []

    def start(self, app: Path) -> subprocess.Popen[str]:
        place = self.place / f"surroundings-{len(self.going)}"
        place.mkdir()
        env = {**buildpack.hostile(place, {"python3": buildpack.python()}), **self.platform.environ}
        argv = (buildpack.BIN / "compile", app, self.platform.cache, self.platform.user_env)
        end = subprocess.Popen(
            argv, env=env, start_new_session=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        self.going.append(end)
        return end

    def end(self) -> None:
        for each in self.going:
            if each.poll() is None:
                os.killpg(each.pid, signal.SIGKILL)
            each.communicate()

    def clean(self, app: Path, files: dict[str, str]) -> list[str]:
        """In what it differs from the same app, built alone with a cache of its own."""
        alone = builds.Platform(
            mirror=self.platform.mirror, cache=self.place / f"{app.name} alone", user_env=self.platform.user_env
        )
        builds.clone(self.place / "before", alone.cache)
        built = builds.write_app(self.place / f"{app.name} clean", files)
        alone.compile(built)
        return trees.difference(built, app)


@pytest.fixture
def street(platform: Platform, tmp_path: Path) -> Iterator[Street]:
    builds.clone(platform.cache, tmp_path / "before")
    street = Street(platform, tmp_path)
    yield street
    street.end()


def layers(platform: Platform, name: str) -> int:
    return len(list((platform.cache / "tampu" / "layers" / name).glob("*/key.json")))


def workshops(platform: Platform) -> list[Path]:
    return list((platform.cache / "tampu" / "work").glob("*/"))


def test_two_builds_of_one_app_and_one_of_another_with_one_cache(street: Street, tmp_path: Path) -> None:
    files = {"one": ONE, "the same": ONE, "other": OTHER}
    apps = [builds.write_app(tmp_path / name, each) for name, each in files.items()]

    ended = [(it, it.communicate(timeout=PATIENCE)[0]) for it in [street.start(app) for app in apps]]

    assert [0, 0, 0] == [it.returncode for it, _ in ended], ended
    assert [] == trees.difference(*apps[:2])
    assert [[], []] == [street.clean(apps[0], ONE), street.clean(apps[2], OTHER)]
    assert [] == workshops(street.platform)


def test_one_of_two_builds_with_one_cache_is_killed(street: Street, tmp_path: Path) -> None:
    killed = street.start(builds.write_app(tmp_path / "killed", HELD_UP))
    (tmp_path / "killed/bin/post_compile").chmod(0o755)
    other = builds.write_app(tmp_path / "other", OTHER)
    deadline = time.monotonic() + PATIENCE
    while not (tmp_path / "here").exists():
        assert killed.poll() is None, killed.communicate()[0]
        assert time.monotonic() < deadline
        time.sleep(0.02)
    going = street.start(other)
    os.killpg(killed.pid, signal.SIGKILL)

    said, _ = going.communicate(timeout=PATIENCE)
    assert 0 == going.returncode, said
    shutil.rmtree(tmp_path / "killed/bin")
    street.platform.compile(tmp_path / "killed")

    assert [] == street.clean(other, OTHER)
    assert [] == street.clean(tmp_path / "killed", ONE)
    assert [] == workshops(street.platform)


def test_the_cache_of_a_tampu_that_laid_things_out_in_another_way(street: Street, tmp_path: Path) -> None:
    """Such a tampu builds with the cache before and after this one does, and each is right."""
    other = tmp_path / "another tampu"
    for name in ("bin", "config", "lib", "vendor"):
        shutil.copytree(buildpack.BIN.parent / name, other / name, symlinks=True)
    file = other / "lib/tampu/build/steps/environment.py"
    text, changed = LAYOUT.subn('LAYOUT = "older"', file.read_text(encoding="utf-8"))
    assert 1 == changed
    file.write_text(text, encoding="utf-8")
    platform, said = street.platform, []
    app = builds.write_app(tmp_path / "app", ONE)
    platform.compile(app)

    for tampu in (other, buildpack.BIN.parent, other, buildpack.BIN.parent):
        ended = platform.call(str(tampu / "bin/compile"), app)
        assert 0 == ended.code, ended.out + ended.err
        said.append("Needed: tampu's layout changed from " in ended.out)

    assert [True, True, True, True] == said
    assert 1 == layers(platform, "site")
    assert [] == street.clean(app, ONE)


def changed(file: Path, text: str) -> None:
    """A file of this cache alone: others are links to the very same."""
    file.unlink()
    file.write_text(text, encoding="utf-8")


@pytest.mark.parametrize("state", ["no manifest", "memos of another form", "layers of nobody"])
def test_state_that_no_tampu_of_today_writes(state: str, street: Street, tmp_path: Path) -> None:
    cache = street.platform.cache / "tampu"
    (site,) = (cache / "layers" / "site").iterdir()
    if state == "no manifest":
        (site / "manifest").unlink()
    elif state == "memos of another form":
        for memo in (cache / "memos").iterdir():
            changed(memo, '{"version": "3.13", "parts": []}')
    else:
        (cache / "layers" / "runtime" / "abc").mkdir(parents=True)
        changed(site / "key.json", '["Python", "3.13"]')

    app = builds.write_app(tmp_path / "app", ONE)
    street.platform.compile(app)

    assert [] == street.clean(app, ONE)
