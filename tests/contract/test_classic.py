"""The entry points as Heroku-style platforms call them."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING

import pytest
import yaml

from tests.kit import buildpack as kit
from tests.kit.builds import names, write_app

if TYPE_CHECKING:
    from pathlib import Path

    from tests.kit.builds import Platform

BROKEN = {"requirements.txt": "alpha==1.0\nalpha==2.0\n"}
SECRET = "correct-horse-battery"  # noqa: S105 - whose leaking is tested


def run(app: Path, *words: str) -> str:
    return subprocess.check_output((app / ".tampu/run", *words), text=True)


def test_an_app_is_detected_by_its_files(app: Path) -> None:
    result = kit.call("detect", app)

    assert (0, "Python\n", "") == (result.code, result.out, result.err)


def test_a_folder_without_python_is_declined_with_a_reason(tmp_path: Path) -> None:
    write_app(tmp_path / "js", {"package.json": "{}"})

    result = kit.call("detect", tmp_path / "js")

    assert (1, "") == (result.code, result.out)
    assert "Found:    package.json\n" in result.err
    assert {"package.json"} == names(tmp_path / "js")


def test_what_is_built_runs(app: Path, platform: Platform) -> None:
    result = platform.compile(app)

    assert "-----> Installing packages with uv\n" in result.out
    assert "alpha 1.0\n" == run(app, "python", "app.py")


def test_platforms_that_know_no_env_dir(app: Path, platform: Platform, index: str) -> None:
    env = {**platform.environ, "PIP_INDEX_URL": index}

    result = kit.call("compile", app, platform.cache, env=env)

    assert 0 == result.code, result.err
    assert "alpha 1.0\n" == run(app, "python", "app.py")


def test_an_env_dir_that_is_not_there(app: Path, platform: Platform, index: str) -> None:
    env = {**platform.environ, "PIP_INDEX_URL": index}

    result = kit.call("compile", app, platform.cache, platform.user_env / "nowhere", env=env)

    assert 0 == result.code, result.err


def test_folders_named_from_where_one_stands(app: Path, platform: Platform, tmp_path: Path) -> None:
    (tmp_path / "stage").mkdir()
    env = {**kit.hostile(tmp_path / "stage", {"python3": kit.python()}), **platform.environ}

    argv = (kit.BIN / "compile", "app", "a platform/cache", "a platform/env")
    ended = subprocess.run(argv, check=False, capture_output=True, cwd=tmp_path, env=env, text=True)

    assert 0 == ended.returncode, ended.stderr
    assert "alpha 1.0\n" == run(app, "python", "app.py")


@pytest.mark.parametrize("entry", ["compile", "test-compile"])
@pytest.mark.parametrize("words", [(), ("{app}",), ("{app}", "x", "x", "x"), ("/nowhere", "x")], ids=len)
def test_other_arguments_than_a_platform_gives(entry: str, words: tuple[str, ...], app: Path) -> None:
    result = kit.call(entry, *(word.format(app=app) for word in words))

    assert (2, "") == (result.code, result.out)
    assert f"Expected: bin/{entry} BUILD_DIR CACHE_DIR [ENV_DIR]\n" in result.err
    assert "Traceback" not in result.err


@pytest.mark.parametrize("entry", ["release", "report"])
def test_no_arguments_at_all(entry: str) -> None:
    result = kit.call(entry)

    assert (2, "") == (result.code, result.out)
    assert f"Expected: bin/{entry} BUILD_DIR" in result.err


def test_release_says_yaml_and_nothing_else(app: Path) -> None:
    result = kit.call("release", app)

    assert (0, "") == (result.code, result.err)
    assert {"addons": [], "default_process_types": {}} == yaml.safe_load(result.out)


def test_report_of_a_build_that_went_well(app: Path, platform: Platform, patches: dict[str, str]) -> None:
    platform.compile(app)

    result = platform.call("report", app)
    told = json.loads(result.out)

    assert (0, "") == (result.code, result.err)
    assert (patches["3.13"], "uv") == (told["python_version"], told["package_manager"])
    assert "failure_reason" not in told


def test_report_of_a_build_that_failed(platform: Platform, tmp_path: Path) -> None:
    broken = write_app(tmp_path / "broken", BROKEN)

    failed = platform.call("compile", broken)
    told = json.loads(platform.call("report", broken).out)

    assert 1 == failed.code
    assert f"({told['failure_reason']})" in failed.err


def test_report_before_any_build(app: Path, tmp_path: Path) -> None:
    result = kit.call("report", app, tmp_path / "cache")

    assert (0, {}) == (result.code, json.loads(result.out))


def test_errors_go_to_stderr_and_steps_to_stdout(platform: Platform, tmp_path: Path) -> None:
    result = platform.call("compile", write_app(tmp_path / "broken", BROKEN))

    assert " !     Error: " in result.err
    assert " !  " not in result.out
    assert "----->" not in result.err
    assert "Traceback" not in result.out + result.err


def test_a_build_for_tests_has_what_tests_need(app: Path, platform: Platform) -> None:
    write_app(app, {"requirements-test.txt": "beta\n"})

    platform.compile(app)
    for_users = run(app, "python", "-c", "import importlib.util as u; print(bool(u.find_spec('beta')))")
    tested = platform.call("test-compile", app)

    assert ("False\n", 0) == (for_users, tested.code)
    assert "1.0\n" == run(app, "python", "-c", "import beta; print(beta.__version__)")


def test_what_users_set_is_never_shown_nor_kept(app: Path, platform: Platform) -> None:
    write_app(app, {"bin/post_compile": 'echo "token: $TOKEN"\n'})
    platform.set_for_user(TOKEN=SECRET)

    result = platform.compile(app)
    found = subprocess.run(("grep", "-rl", SECRET, app, platform.cache), check=False, capture_output=True, text=True)

    assert "token: [redacted]\n" in result.out
    assert SECRET not in result.out + result.err
    assert "" == found.stdout


def test_variables_that_would_break_a_build_are_not_taken_from_users(app: Path, platform: Platform) -> None:
    write_app(app, {"bin/post_compile": "env > seen.txt\n"})
    platform.set_for_user(PATH="/nowhere", PYTHONPATH="/nowhere", LD_PRELOAD="/nowhere.so", GIT_DIR="/nowhere", OWN="x")

    platform.compile(app)
    seen = dict(line.split("=", 1) for line in (app / "seen.txt").read_text().splitlines() if "=" in line)

    assert "x" == seen["OWN"]
    assert set() == seen.keys() & {"PYTHONPATH", "PYTHONHOME", "LD_PRELOAD", "GIT_DIR"}
    assert seen["PATH"].startswith(f"{app}/.tampu/site/bin:{app}/.tampu/python/bin:")


def test_later_buildpacks_find_the_environment(app: Path, platform: Platform, buildpack: Path) -> None:
    compiled = platform.call(str(buildpack / "bin/compile"), app)
    script = '. "$1/export"; command -v python; echo "$PATH"'
    found = subprocess.check_output(("sh", "-uec", script, "sh", buildpack), env={"PATH": "/usr/bin:/bin"}, text=True)

    assert 0 == compiled.code, compiled.err
    layers = app / ".tampu"
    assert [f"{layers}/python/bin/python", f"{layers}/site/bin:{layers}/python/bin:/usr/bin:/bin"] == found.split()


def test_processes_find_the_environment_and_what_users_set_stays(app: Path, platform: Platform) -> None:
    platform.compile(app)
    moved = app.rename(app.with_name("moved"))
    script = 'cd "$HOME"; for file in .profile.d/*.sh; do . "$file"; done; python app.py; printenv "$@"'
    names = ("PATH", "LANG", "PYTHONUNBUFFERED", "WEB_CONCURRENCY", "PYTHONHASHSEED")
    own = {"HOME": str(moved), "PATH": "/usr/bin:/bin", "LANG": "C", "WEB_CONCURRENCY": "7", "PYTHONHASHSEED": "5"}
    told = subprocess.check_output(("bash", "-ec", script, "bash", *names), env=own, text=True).splitlines()

    path = f"{moved}/.tampu/site/bin:{moved}/.tampu/python/bin:/usr/bin:/bin"
    assert ["alpha 1.0", path, "C", "1", "7", "5"] == told
