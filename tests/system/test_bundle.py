"""Builds where the kernel itself says that there is no network."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.kit import buildpack as kit
from tests.kit import require
from tests.kit.builds import clone, write_app

if TYPE_CHECKING:
    from pathlib import Path

APP = {
    "requirements.txt": "beta\ndelta\n",
    "runtime.txt": "python-3.13\n",
    "wsgi.py": (
        "import alpha\n\n\ndef application(environ, start_response):\n"
        "    start_response('200 OK', [('Content-Type', 'text/plain')])\n"
        "    return [alpha.__version__.encode()]\n"
    ),
}
CONNECTED = re.compile(r"connect\(.*AF_INET6?.*")
WITHOUT_NETWORK = ("unshare", "--net")


@pytest.fixture(scope="module")
def app(mirror: Path, index: str, seed: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A web app, and beside it what `tampu bundle` made for it."""
    place = tmp_path_factory.mktemp("bundled")
    clone(seed / "tampu", place / "caches" / "tampu")
    env = {"TAMPU_MIRROR": str(mirror), "PIP_INDEX_URL": index, "XDG_CACHE_HOME": str(place / "caches")}
    write_app(place / "app", APP)
    result = kit.call("tampu", "bundle", place / "app", "--out", place / "bundle", env=env)
    assert 0 == result.code, result.out + result.err
    return place / "app"


@pytest.fixture
def surroundings(app: Path, tmp_path: Path) -> dict[str, str]:
    """Nothing is set but the bundle; the home and its caches are empty."""
    require.need_root()
    require.need(*WITHOUT_NETWORK[:1])
    env = kit.hostile(tmp_path, {"python3": kit.python()})
    return {**env, "TAMPU_MIRROR": str(app.with_name("bundle"))}


def offline(env: dict[str, str], cwd: Path, *words: str | Path) -> subprocess.CompletedProcess[str]:
    argv = (*WITHOUT_NETWORK, "env", f"PATH={env['PATH']}", *words)
    outer = {**env, "PATH": f"{env['PATH']}:{os.environ['PATH']}"}
    return subprocess.run(argv, check=False, capture_output=True, cwd=cwd, env=outer, text=True)


def test_a_web_app_is_built_without_a_network(app: Path, surroundings: dict[str, str], tmp_path: Path) -> None:
    ended = offline(surroundings, tmp_path, kit.BIN / "tampu", "build", app, "--out", tmp_path / "out")

    assert 0 == ended.returncode, ended.stdout + ended.stderr
    asked = ("python", "-c", "import wsgi; print(wsgi.alpha.__version__)")
    run = tmp_path / "out" / ".tampu" / "run"
    assert "2.0\n" == subprocess.check_output((run, *asked), cwd=tmp_path / "out", text=True)
    stack = json.loads((tmp_path / "out/.tampu/stack.json").read_text())
    assert ("uwsgi", True) == (stack["server"], (tmp_path / "out/.tampu/nginx/bin/nginx").is_file())


def test_nobody_is_called_while_building(app: Path, surroundings: dict[str, str], tmp_path: Path) -> None:
    require.need("strace")
    log = tmp_path / "calls"
    watched = (str(shutil.which("strace")), "--follow-forks", "--quiet=all", "--trace=connect", f"--output={log}")

    ended = offline(surroundings, tmp_path, *watched, kit.BIN / "tampu", "build", app, "--out", tmp_path / "out")

    assert 0 == ended.returncode, ended.stdout + ended.stderr
    assert [] == CONNECTED.findall(log.read_text())


def test_all_that_a_bundle_lacks_is_told_at_once(surroundings: dict[str, str], tmp_path: Path) -> None:
    other = write_app(tmp_path / "other", {**APP, "requirements.txt": "beta\nspace.near\ngamma==2.0\n"})

    ended = offline(surroundings, tmp_path, kit.BIN / "tampu", "build", other)

    assert 1 == ended.returncode
    assert ["gamma==2.0", "space.near"] == re.findall(r"(\S+) \(there is none\)", ended.stderr)
    assert not (other / ".tampu").exists()
