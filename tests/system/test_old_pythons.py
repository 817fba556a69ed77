from __future__ import annotations

import json
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.kit import buildpack, builds, containers, mirrors, olden, require, trees
from tests.kit.builds import Platform

if TYPE_CHECKING:
    from pathlib import Path

REQUIREMENTS = "Flask==1.1.4\nMarkupSafe==1.1.1\nolddays\n-e ./projects\n"
# A process of its own: what serves an app is another matter.
APP = {
    "Procfile": "web: python wsgi.py\n",
    "wsgi.py": "import flask\n",
    "requirements.txt": REQUIREMENTS,
    "projects/setup.py": 'from setuptools import setup\n\nsetup(name="own", version="1.0", packages=["own"])\n',
    "projects/own/__init__.py": "WORD = 'mine'\n",
}
CHECK = """
import json, sys, sysconfig, flask, markupsafe._speedups, own
library = sysconfig.get_path("purelib")
print(json.dumps([sys.prefix, library, markupsafe._speedups.__file__[-3:], flask.__version__, own.WORD]))
"""
COMMANDS = f"python -c '{CHECK}' && olddays && flask --version | tail -n 1 && greet"
WITH_COMPILER = {"PATH": f"{buildpack.python().parent}:/usr/bin:/bin"}


class Old:
    """An app on that series of Python, built once."""

    def __init__(self, series: str, platform: Platform, app: Path) -> None:
        self.series = series
        self.version = mirrors.patches(platform.mirror)[series]
        self.platform = platform
        self.app = builds.write_app(app, {**APP, "runtime.txt": f"python-{self.version}\n"})
        result = platform.call("compile", self.app, WITH_COMPILER)
        assert result.code == 0, result.out + result.err


@pytest.fixture(scope="module", params=olden.SERIES)
def old(
    request: pytest.FixtureRequest,
    old_mirror: Path,
    old_index: str,
    seed: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Old:
    require.need("gcc")
    place = tmp_path_factory.mktemp("old")
    return Old(request.param, Platform.make(place, old_mirror, old_index, seed), place / "one" / "app")


def test_runs_elsewhere_as_another_user_and_read_only(old: Old, base_image: str, tmp_path: Path) -> None:
    moved = _copied(old.app, tmp_path / "moved")
    subprocess.run(("chmod", "-R", "a-w", moved), check=True)

    said = containers.run(
        base_image,
        *("/app/.tampu/run", "sh", "-c", COMMANDS),
        mounts={moved: "/app:ro"},
        options=containers.locked_down(),
    )

    assert (0, "") == (said.returncode, said.stderr)
    first, *others = said.stdout.splitlines()
    library = f"/app/.tampu/site/lib/python{old.series}/site-packages"
    assert ["/app/.tampu/site", library, ".so", "1.1.4", "mine"] == json.loads(first)
    sums = "(3, '1.0')" if old.series == "2.7" else "3 1.0"
    assert [sums, "Werkzeug 1.0.1", "str"] == others
    subprocess.run(("chmod", "-R", "u+w", moved), check=True)


def test_a_copy_without_times_is_not_written_to(old: Old, tmp_path: Path) -> None:
    copied = tmp_path / "copied"
    shutil.copytree(old.app, copied, symlinks=True, copy_function=shutil.copyfile)
    subprocess.run(("chmod", "-R", "+x", copied / ".tampu"), check=True)
    before = _times(copied)

    said = subprocess.run(
        (copied / ".tampu" / "run", "python", "-c", CHECK), check=True, capture_output=True, text=True
    )

    assert json.loads(said.stdout)[-1] == "mine"
    assert before == _times(copied)


def test_a_second_build_changes_nothing_and_asks_nobody(old: Old) -> None:
    require.need("unshare")
    before = _times(old.app)

    again = old.platform.call_through((str(shutil.which("unshare")), "--net"), "compile", old.app)

    assert (0, 2) == (again.code, again.out.count("Unchanged: taken from the cache")), again.out + again.err
    assert before == _times(old.app)


@pytest.mark.parametrize("old", ["2.7", "3.6"], indirect=True)
def test_two_builds_at_two_places_have_the_same_bytes(
    old: Old, old_mirror: Path, old_index: str, seed: Path, tmp_path: Path
) -> None:
    other = Old(old.series, Platform.make(tmp_path, old_mirror, old_index, seed), tmp_path / "deep" / "er" / "app")

    assert [] == trees.difference(old.app / ".tampu" / "python", other.app / ".tampu" / "python")
    assert [] == trees.difference(old.app / ".tampu" / "site", other.app / ".tampu" / "site")
    named = subprocess.run(
        ("grep", "-rlF", "-e", str(tmp_path), other.app), check=False, capture_output=True, text=True
    )
    assert "" == named.stdout


@pytest.mark.parametrize("old", ["3.6"], indirect=True)
def test_pip_of_its_time_gives_the_same_as_uv(old: Old, old_mirror: Path, old_index: str, tmp_path: Path) -> None:
    # The same Python, for both.
    platform = Platform.make(tmp_path, old_mirror, old_index, old.platform.cache)
    platform.set_for_user(TAMPU_INSTALLER="pip")

    by_pip = Old(old.series, platform, tmp_path / "app")

    assert [] == trees.difference(old.app / ".tampu" / "site", by_pip.app / ".tampu" / "site")


def _copied(app: Path, place: Path) -> Path:
    subprocess.run(("cp", "-a", app, place), check=True)
    return place


def _times(app: Path) -> dict[str, int]:
    layers = (app / ".tampu" / name for name in ("python", "site"))
    return {str(path): path.lstat().st_mtime_ns for layer in layers for path in layer.rglob("*")}
