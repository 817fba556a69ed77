"""Apps on Pythons whose end of life has passed, on each platform: the stack is kept by a Python of its own."""

from __future__ import annotations

import shlex
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from tampu.values import replace
from tests.contract.test_cnb import Lifecycle
from tests.kit import buildpack as kit
from tests.kit import builds
from tests.kit.builds import Platform, clone, write_app
from tests.kit.cloudfoundry import Staging
from tests.kit.restoring import restore

if TYPE_CHECKING:
    from pathlib import Path

APP = {
    "runtime.txt": "python-3.8\n",
    "requirements.txt": "",
    "wsgi.py": "def application(environ, start_response):\n    start_response('200 OK', [])\n    return []\n",
}
SHOW = "import sys; print('%d.%d' % sys.version_info[:2])"
ASK = f'supervisord --version; python -c "{SHOW}"; "$HOME/.tampu/launch/python" -E -s -S -c "{SHOW}"'
FOUND = ["4.3.0", "3.8", "3.13"]


@pytest.fixture(scope="module")
def built(old_mirror: Path, old_index: str, seed: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """An app as a classic platform builds it, and the cache afterwards; read only."""
    place = tmp_path_factory.mktemp("old")
    platform = Platform.make(place / "platform", old_mirror, old_index, seed)
    app = write_app(place / "app", APP)
    platform.compile(app)
    assert "supervisor_install_duration" in platform.call("report", app).out
    return app, platform.cache


@pytest.fixture
def cache(built: tuple[Path, Path], tmp_path: Path) -> Path:
    return clone(built[1], tmp_path / "cache")


@pytest.fixture
def settings(old_mirror: Path, old_index: str) -> dict[str, str]:
    return {"TAMPU_MIRROR": str(old_mirror), "PIP_INDEX_URL": old_index}


def test_classic(built: tuple[Path, Path], tmp_path: Path) -> None:
    moved = shutil.copytree(built[0], tmp_path / "moved", symlinks=True)

    env = {"HOME": str(moved), "PATH": "/usr/bin:/bin"}
    line = f'. "$HOME/.profile.d/tampu.sh"; {ASK}'
    assert FOUND == subprocess.check_output(("bash", "-c", line), env=env, text=True).split()


def test_cloud_foundry(cache: Path, settings: dict[str, str], tmp_path: Path) -> None:
    staging = Staging(root=tmp_path / "a cell", environ=settings, cache=cache)
    write_app(staging.app, APP)
    for call in (staging.supply, staging.finalize):
        result = call()
        assert 0 == result.code, result.out + result.err
    staging.move()

    assert FOUND == staging.run(ASK).split()


def test_cloud_native_buildpacks(cache: Path, settings: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "stage").mkdir()
    surroundings = kit.hostile(tmp_path / "stage", {"python3": kit.python()})
    app, layers = write_app(tmp_path / "workspace", APP), tmp_path / "layers"
    first = Lifecycle(app=app, layers=layers, platform=tmp_path / "x", surroundings=surroundings)
    clone(cache, layers / "tampu-cache")
    first.set_for_user(**settings)
    result = first.build()
    assert 0 == result.code, result.out + result.err
    (app / ".tampu" / "launch" / "python").resolve(strict=True)

    again = replace(first, app=write_app(tmp_path / "again", APP), layers=restore(layers, tmp_path / "restored"))
    result = again.build()

    assert (0, 4) == (result.code, result.out.count("Unchanged: taken from the cache")), result.out + result.err
    path = (again.layers / "tampu/env.launch/PATH.prepend").read_text()
    env = {"HOME": str(again.app), "PATH": f"{path}:/usr/bin:/bin"}
    assert FOUND == subprocess.check_output(("bash", "-c", ASK), env=env, text=True).split()


def test_a_laptop(cache: Path, settings: dict[str, str], tmp_path: Path) -> None:
    clone(cache / "tampu", tmp_path / "caches" / "tampu")
    app = write_app(tmp_path / "an app", APP)
    built = kit.call("tampu", "build", app, env={**settings, "XDG_CACHE_HOME": str(tmp_path / "caches")})
    assert 0 == built.code, built.out + built.err

    home = app / ".tampu" / "home"
    line = f". {shlex.quote(str(app))}/.tampu/profile.sh; {ASK}"
    env = {"HOME": str(home), "PATH": "/usr/bin:/bin"}
    assert FOUND == subprocess.check_output(("bash", "-c", line), env=env, text=True).split()
    assert {*APP, ".tampu"} == builds.names(app)
