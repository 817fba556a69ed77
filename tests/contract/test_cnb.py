"""The entry points as a lifecycle of Cloud Native Buildpacks calls them."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from tampu.values import replace
from tests.kit import buildpack as kit
from tests.kit import mirrors, trees
from tests.kit.builds import clone, names, write_app
from tests.kit.restoring import restore

if TYPE_CHECKING:
    from pathlib import Path

    from tests.kit.builds import Platform

PROGRAM = "import alpha\n\nprint('alpha', alpha.__version__)\n"
SECRET = "correct-horse-battery"  # noqa: S105 - whose leaking is tested


@dataclass(frozen=True, slots=True, kw_only=True)
class Lifecycle:
    """The folders that it hands out, and the environment that it lets through."""

    app: Path
    layers: Path
    platform: Path
    surroundings: dict[str, str]

    def call(self, entry: str, *argv: str) -> kit.Result:
        ended = subprocess.run(
            (kit.BIN / entry, *argv),
            check=False,
            capture_output=True,
            cwd=self.app,
            env=self.environ,
            stdin=subprocess.DEVNULL,
            encoding="utf-8",
        )
        return kit.Result(code=ended.returncode, out=ended.stdout, err=ended.stderr)

    @property
    def environ(self) -> dict[str, str]:
        return {
            **self.surroundings,
            "CNB_BUILDPACK_DIR": str(kit.BIN.parent),
            "CNB_BUILD_PLAN_PATH": str(self.platform / "plan.toml"),
            "CNB_LAYERS_DIR": str(self.layers),
            "CNB_PLATFORM_DIR": str(self.platform),
            "CNB_TARGET_ARCH": "amd64",
            "CNB_TARGET_OS": "linux",
        }

    def detect(self) -> kit.Result:
        return self.call("detect", str(self.platform), str(self.platform / "plan.toml"))

    def build(self) -> kit.Result:
        return self.call("build", str(self.layers), str(self.platform), str(self.platform / "plan.toml"))

    def set_for_user(self, **variables: str) -> None:
        write_app(self.platform / "env", variables)


@pytest.fixture
def app(tmp_path: Path) -> Path:
    return write_app(tmp_path / "workspace", {"requirements.txt": "alpha==1.0\n", "app.py": PROGRAM})


@pytest.fixture
def lifecycle(app: Path, platform: Platform, index: str, tmp_path: Path) -> Lifecycle:
    """One that has restored what holds tampu's own tools."""
    (tmp_path / "stage").mkdir()
    surroundings = kit.hostile(tmp_path / "stage", {"python3": kit.python()})
    lifecycle = Lifecycle(
        app=app, layers=tmp_path / "layers", platform=tmp_path / "a platform" / "x", surroundings=surroundings
    )
    clone(platform.cache, lifecycle.layers / "tampu-cache")
    lifecycle.set_for_user(TAMPU_MIRROR=str(platform.mirror), PIP_INDEX_URL=index)
    return lifecycle


def test_an_app_is_detected_where_a_lifecycle_starts_the_program(lifecycle: Lifecycle) -> None:
    assert kit.Result(code=0, out="Python\n", err="") == lifecycle.detect()
    assert {"env"} == names(lifecycle.platform)


def test_another_app_is_none_of_ours_and_that_is_no_fault(lifecycle: Lifecycle, tmp_path: Path) -> None:
    other = write_app(tmp_path / "js", {"package.json": "{}"})

    result = replace(lifecycle, app=other).detect()

    assert (100, "") == (result.code, result.out)
    assert "Found:    package.json\n" in result.err
    assert "in js\n" in result.err


def test_what_is_built_runs_and_a_build_without_a_change_makes_nothing(lifecycle: Lifecycle, tmp_path: Path) -> None:
    first = lifecycle.build()
    assert 0 == first.code, first.out + first.err
    fresh = write_app(tmp_path / "again", {"requirements.txt": "alpha==1.0\n", "app.py": PROGRAM})
    again = replace(lifecycle, app=fresh, layers=restore(lifecycle.layers, tmp_path / "restored"))

    second = again.build()

    assert 0 == second.code, second.out + second.err
    assert 2 == second.out.count("Unchanged: taken from the cache")
    for name in ("python", "site", "tampu"):
        assert trees.digest(lifecycle.layers / name / "bin") == trees.digest(again.layers / name / "bin")
    program = (again.layers / "python/bin/python3", "app.py")
    assert "alpha 1.0\n" == subprocess.check_output(program, cwd=fresh, env={}, text=True)


def test_a_build_leaves_a_cache_as_it_found_it(lifecycle: Lifecycle, app: Path, tmp_path: Path) -> None:
    """What is not changed is not stored again."""
    assert 0 == lifecycle.build().code
    once = replace(lifecycle, layers=restore(lifecycle.layers, tmp_path / "once"))
    before = {path: path.read_bytes() for path in files_of(once.layers / "tampu-cache")}
    shutil.rmtree(app / ".tampu")

    assert 0 == once.build().code

    assert before == {path: path.read_bytes() for path in files_of(once.layers / "tampu-cache")}


def files_of(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def test_an_error_is_told_in_our_words_and_secrets_are_not(lifecycle: Lifecycle, app: Path) -> None:
    lifecycle.set_for_user(TOKEN=SECRET)
    write_app(app, {"requirements.txt": f"alpha==1.0\nalpha==2.0\n--token {SECRET}\n"})

    result = lifecycle.build()

    assert 1 == result.code
    assert " !     Error: " in result.err
    assert SECRET not in result.out + result.err
    assert "Traceback" not in result.err
    assert not (lifecycle.layers / "launch.toml").exists()


def test_what_a_user_has_set_is_seen_by_the_app_s_own_code_only(lifecycle: Lifecycle, app: Path) -> None:
    lifecycle.set_for_user(PYTHONPATH="/nowhere", GREETING="ahoy")
    write_app(app, {"bin/post_compile": '#!/bin/sh\necho "it is $GREETING"\n'})
    (app / "bin" / "post_compile").chmod(0o755)

    result = lifecycle.build()

    assert 0 == result.code, result.out + result.err
    assert "it is ahoy\n" in result.out


def test_a_builder_without_python_and_a_user_without_a_home(
    lifecycle: Lifecycle, mirror: Path, patches: dict[str, str], tmp_path: Path
) -> None:
    (tmp_path / "bare").mkdir()
    bare = {**kit.hostile(tmp_path / "bare", {}), "HOME": "/proc/nobody", "TMPDIR": str(tmp_path / "bare")}
    without = replace(lifecycle, surroundings=bare)
    bootable = mirrors.with_bootstrap(mirror, tmp_path / "mirror", patches["3.13"])
    lifecycle.set_for_user(TAMPU_MIRROR=str(bootable))

    detected, built = without.detect(), without.build()

    assert (0, "Python\n") == (detected.code, detected.out), detected.err
    assert 0 == built.code, built.out + built.err
    assert "No Python 3.10 or newer here: fetching Python 3.13" in built.err
    assert any((lifecycle.layers / "tampu-cache" / "bootstrap").glob("3.13*/bin/python3"))


def test_somebody_who_is_no_lifecycle(tmp_path: Path) -> None:
    result = kit.call("build", tmp_path)

    assert (2, "") == (result.code, result.out)
    assert "Expected: bin/build by a lifecycle, which sets CNB_LAYERS_DIR and CNB_PLATFORM_DIR\n" in result.err
