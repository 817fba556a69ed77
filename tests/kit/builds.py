"""Builds as a Heroku-style platform starts them: an app's folder, a cache of its own, what its user has set."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tests.kit import buildpack

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.kit.buildpack import Result

APPS = Path(__file__).resolve().parents[1] / "apps"
# What a test knows about an app, beside the app.
EXPECTED = "expect.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Platform:
    """A mirror of runtimes, a cache, and a folder with a file for each variable that a user has set."""

    mirror: Path
    cache: Path
    user_env: Path

    @classmethod
    def make(cls, place: Path, mirror: Path, index: str, seed: Path | None) -> Platform:
        platform = cls(mirror=mirror, cache=place / "cache", user_env=place / "env")
        platform.user_env.mkdir(parents=True)
        platform.set_for_user(PIP_INDEX_URL=index)
        if seed:
            clone(seed, platform.cache)
        return platform

    def set_for_user(self, **variables: str) -> None:
        for name, value in variables.items():
            (self.user_env / name).write_text(value, encoding="utf-8")

    def call(self, entry: str, app: Path, env: Mapping[str, str] | None = None) -> Result:
        return buildpack.call(entry, app, self.cache, self.user_env, env={**self.environ, **(env or {})})

    def call_through(self, program: tuple[str, ...], entry: str, app: Path) -> Result:
        """Have another program start it, one that watches or that changes the surroundings."""
        folders = (app, self.cache, self.user_env)
        return buildpack.call(program[0], *program[1:], str(buildpack.BIN / entry), *folders, env=self.environ)

    def compile(self, app: Path) -> Result:
        """Build it, and fail the test unless that goes well."""
        result = self.call("compile", app)
        assert result.code == 0, result.out + result.err
        return result

    @property
    def environ(self) -> dict[str, str]:
        return {"TAMPU_MIRROR": str(self.mirror)}


def make_seed(mirror: Path, index: str, place: Path) -> Path:
    platform = Platform.make(place, mirror, index, None)
    platform.compile(copy_app("worker_without_requirements", place / "app"))
    return platform.cache


def copy_app(name: str, place: Path) -> Path:
    """That app of tests/apps, at a place where it may be changed."""
    shutil.copytree(APPS / name, place, symlinks=True, ignore=shutil.ignore_patterns(EXPECTED, "__pycache__"))
    return place


def write_app(place: Path, files: Mapping[str, str]) -> Path:
    for name, text in files.items():
        path = place / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return place


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def clone(cache: Path, place: Path) -> Path:
    """The same cache again, in no time: published trees are never written to, so links do."""
    place.parent.mkdir(parents=True, exist_ok=True)
    _link(str(cache), str(place))
    return place


def _link(source: str, place: str) -> None:
    # Thousands of files for each of a thousand tests: shutil takes half as long again.
    Path(place).mkdir()
    with os.scandir(source) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                _link(entry.path, f"{place}/{entry.name}")
            else:
                os.link(entry.path, f"{place}/{entry.name}", follow_symlinks=False)
    shutil.copystat(source, place)
