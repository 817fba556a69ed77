from __future__ import annotations

import json
import shutil
import subprocess
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from tests.kit import builds, containers, trees
from tests.kit.builds import Platform
from tests.system.preparations import PASSWORD, Bench, prepare

if TYPE_CHECKING:
    from collections.abc import Iterator

APPS = sorted(path.parent.name for path in builds.APPS.glob(f"*/{builds.EXPECTED}"))
# Built once more with an empty cache: a compiled package, and an editable one. One with hooks is in test_kill.py.
FROM_NOTHING = ("c_extension", "editable_src_layout")
# Each in a way in which installers differ.
BY_PIP = ("c_extension", "data_files_and_scripts", "editable_src_layout", "uv_lock", "vendored_wheels")
# As Heroku-style platforms start a process.
BY_PROFILE = 'cd "$HOME"; for file in .profile.d/*.sh; do . "$file"; done; exec "$@"'
BETWEEN = "and by .profile.d\n"
# Both in one container, for each costs a second.
BOTH_WAYS = f'/app/.tampu/run "$@" && printf "{BETWEEN[:-1]}\\n" && HOME=/app exec bash -c "$0" bash "$@"'


@pytest.fixture(params=APPS)
def name(request: pytest.FixtureRequest) -> str:
    app: str = request.param
    return app


@pytest.fixture
def source(name: str, platform: Platform, index: str, tmp_path: Path) -> Iterator[Path]:
    """The app as its user would push it, with its variables set; cleared away at the end, for it is large."""
    with ExitStack() as stack:
        stack.callback(_remove, tmp_path)
        app = builds.copy_app(name, tmp_path / "source")
        prepare(name, Bench(app=app, platform=platform, index=Path(urlsplit(index).path).parent, stack=stack))
        yield app


def test_builds_the_same_anywhere_and_runs_elsewhere(
    name: str, source: Path, platform: Platform, base_image: str, tmp_path: Path
) -> None:
    expected = json.loads((builds.APPS / name / builds.EXPECTED).read_text(encoding="utf-8"))
    platform.set_for_user(**expected.get("env", {}))
    first, second = tmp_path / "one/app", tmp_path / "the other/deeper/app"

    said = [_compile(platform, source, app) for app in (first, second)]

    assert PASSWORD not in "".join(said)
    assert [] == _files_with(first, str(first), str(platform.cache), PASSWORD)
    assert [] == trees.difference(first, second)
    moved = second.rename(tmp_path / "moved")
    subprocess.run(("chmod", "-R", "a-w", moved), check=True)
    found = _run(base_image, moved, ("sh", "-c", BOTH_WAYS, BY_PROFILE, *expected["run"]))
    assert (f"{expected['prints']}{BETWEEN}{expected['prints']}", "") == found


@pytest.mark.parametrize("name", FROM_NOTHING, indirect=True)
def test_a_build_with_an_empty_cache_is_the_same(
    source: Path, platform: Platform, mirror: Path, index: str, tmp_path: Path
) -> None:
    # Else the version of the last build would be the reason for one, and the default for the other.
    (source / ".python-version").write_text("3.13\n")
    empty = Platform.make(tmp_path / "empty", mirror, index, None)
    for at, app in ((platform, "warm/app"), (empty, "cold/app")):
        at.set_for_user(COLOUR="crimson")
        _compile(at, source, tmp_path / app)

    assert [] == trees.difference(tmp_path / "warm", tmp_path / "cold")


@pytest.mark.parametrize("name", BY_PIP, indirect=True)
def test_pip_gives_the_same_as_uv(source: Path, platform: Platform, tmp_path: Path) -> None:
    _compile(platform, source, tmp_path / "uv/app")
    platform.set_for_user(TAMPU_INSTALLER="pip")
    _compile(platform, source, tmp_path / "a pip/app")

    assert [] == trees.difference(tmp_path / "uv/app/.tampu/site", tmp_path / "a pip/app/.tampu/site")


def _compile(platform: Platform, source: Path, app: Path) -> str:
    app.parent.mkdir(parents=True)
    shutil.copytree(source, app, symlinks=True)
    result = platform.compile(app)
    return result.out + result.err


def _files_with(tree: Path, *texts: str) -> list[str]:
    patterns = [word for text in texts for word in ("-e", text)]
    found = subprocess.run(("grep", "-rlF", *patterns, tree), check=False, capture_output=True, text=True)
    return found.stdout.splitlines()


def _run(image: str, app: Path, words: tuple[str, ...]) -> tuple[str, str]:
    ended = containers.run(image, *words, mounts={app: "/app:ro"}, options=containers.locked_down())
    return ended.stdout, ended.stderr


def _remove(place: Path) -> None:
    subprocess.run(("chmod", "-R", "u+w", place), check=True)
    shutil.rmtree(place)
