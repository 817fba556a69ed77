"""`tampu bundle`, and builds of a machine that reaches nobody: no index is set, and each proxy leads nowhere."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.kit import buildpack as kit
from tests.kit.builds import clone, names, write_app
from tests.kit.bundles import entries

if TYPE_CHECKING:
    from tests.kit.buildpack import Result

NOBODY = dict.fromkeys(("http_proxy", "https_proxy", "all_proxy"), "http://127.0.0.1:1")
PROJECT = """
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"

[project]
name = "ours"
version = "1.0"
"""
APP = {
    "requirements.txt": "beta\ndelta\n-e ./ours\n",
    "runtime.txt": "python-3.13\n",
    "ours/pyproject.toml": PROJECT,
    "ours/ours/__init__.py": "NAME = 'ours'\n",
    "app.py": "import alpha, delta, ours\n\nprint(alpha.__version__, delta.__version__, ours.NAME)\n",
}


@pytest.fixture(scope="module")
def settings(mirror: Path, index: str, seed: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """A machine with a mirror and an index near it, where tampu's tools are installed."""
    caches = tmp_path_factory.mktemp("caches")
    clone(seed / "tampu", caches / "tampu")
    return {"TAMPU_MIRROR": str(mirror), "PIP_INDEX_URL": index, "XDG_CACHE_HOME": str(caches)}


@pytest.fixture(scope="module")
def bundled(settings: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Result]:
    """An app with a source archive and a project of its own, its bundle beside it; read only."""
    app = write_app(tmp_path_factory.mktemp("work") / "app", APP)
    return app, kit.call("tampu", "bundle", app, env=settings)


def alone(bundle: Path, tmp_path: Path) -> dict[str, str]:
    return {**NOBODY, "TAMPU_MIRROR": str(bundle), "XDG_CACHE_HOME": str(tmp_path / "caches")}


def test_what_a_bundle_is_for_is_told(bundled: tuple[Path, Result]) -> None:
    app, result = bundled

    assert 0 == result.code, result.out + result.err
    assert f"TAMPU_MIRROR={app}-bundle tampu build APP" in result.out
    assert set(APP) >= {*names(app)} - {"ours"}


def test_a_bundle_has_all_that_a_build_needs(bundled: tuple[Path, Result]) -> None:
    app, _ = bundled

    kinds = {entry["name"] for entry in entries(app.with_name("app-bundle")).values()}

    assert kinds >= {"python", "package:uv", "package:pip", "package:alpha", "package:delta", "package:hatchling"}
    assert {"bootstrap", "index.json", "wheels"} < names(app.with_name("app-bundle"))


def test_a_build_from_a_bundle_asks_nobody(bundled: tuple[Path, Result], tmp_path: Path) -> None:
    app, _ = bundled
    out = tmp_path / "out"

    result = kit.call("tampu", "build", app, "--out", out, env=alone(app.with_name("app-bundle"), tmp_path))

    assert 0 == result.code, result.out + result.err
    assert f"Nothing but the bundle {app}-bundle is asked" in result.out
    assert "2.0 0.9 ours\n" == subprocess.check_output((out / ".tampu/run", "python", "app.py"), text=True)


def test_a_platform_without_any_python_builds_from_a_bundle(bundled: tuple[Path, Result], tmp_path: Path) -> None:
    app, _ = bundled
    own = write_app(tmp_path / "app", APP)

    result = kit.call_without_python(
        "compile", own, tmp_path / "cache", env=alone(app.with_name("app-bundle"), tmp_path)
    )

    assert 0 == result.code, result.out + result.err
    assert "2.0 0.9 ours\n" == subprocess.check_output((own / ".tampu/run", "python", "app.py"), text=True)


def test_pip_installs_from_a_bundle_too(bundled: tuple[Path, Result], settings: dict[str, str], tmp_path: Path) -> None:
    app, _ = bundled
    out = tmp_path / "out"
    clone(Path(settings["XDG_CACHE_HOME"]) / "tampu", tmp_path / "caches" / "tampu")
    env = {**alone(app.with_name("app-bundle"), tmp_path), "TAMPU_INSTALLER": "pip"}

    result = kit.call("tampu", "build", app, "--out", out, env=env)

    assert 0 == result.code, result.out + result.err
    assert "2.0 0.9 ours\n" == subprocess.check_output((out / ".tampu/run", "python", "app.py"), text=True)


def test_a_second_bundle_is_the_same(bundled: tuple[Path, Result], settings: dict[str, str], tmp_path: Path) -> None:
    app, _ = bundled
    out = clone(app.with_name("app-bundle"), tmp_path / "again")

    result = kit.call("tampu", "bundle", app, "--out", out, "--json", env=settings)

    assert 0 == result.code, result.out + result.err
    made = json.loads(result.out)
    assert (out / "index.json").read_bytes() == (app.with_name("app-bundle") / "index.json").read_bytes()
    assert ("", str(out)) == (made["nginx"], made["bundle"])
    assert {"alpha", "delta", "hatchling"} < {package["name"] for package in made["packages"]}
    assert {"again"} == names(tmp_path)


def test_a_bundle_goes_before_all_indexes(bundled: tuple[Path, Result], tmp_path: Path) -> None:
    app, _ = bundled
    files = {**APP, "requirements.txt": f"--extra-index-url=https://127.0.0.1:1/simple\n{APP['requirements.txt']}"}
    own = write_app(tmp_path / "app", files)
    env = {**alone(app.with_name("app-bundle"), tmp_path), "PIP_INDEX_URL": "https://127.0.0.1:1/other"}

    result = kit.call("tampu", "build", own, env=env)

    assert 0 == result.code, result.out + result.err
    assert "Not asked: what --extra-index-url, PIP_INDEX_URL says." in result.err
