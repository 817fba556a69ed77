"""`tampu`, called as people do."""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from tests.kit import buildpack as kit
from tests.kit.builds import clone, names, write_app

if TYPE_CHECKING:
    from pathlib import Path

    from tests.kit.buildpack import Result


@dataclass(frozen=True, slots=True, kw_only=True)
class Laptop:
    """A person's machine: an own cache, a mirror and an index in its settings."""

    env: dict[str, str]

    def tampu(self, *words: str | Path, entry: str = "tampu") -> Result:
        return kit.call(entry, *words, env=self.env)

    def well(self, *words: str | Path) -> Result:
        result = self.tampu(*words)
        assert 0 == result.code, result.out + result.err
        return result


@pytest.fixture
def laptop(mirror: Path, index: str, seed: Path, tmp_path: Path) -> Laptop:
    clone(seed / "tampu", tmp_path / "caches/tampu")
    return Laptop(env={"TAMPU_MIRROR": str(mirror), "PIP_INDEX_URL": index, "XDG_CACHE_HOME": str(tmp_path / "caches")})


def test_an_app_is_built_where_it_is(app: Path, laptop: Laptop) -> None:
    result = laptop.well("build", app)

    assert result.out.endswith(f"       Built {app}/.tampu\n")
    assert "alpha 1.0\n" == subprocess.check_output((app / ".tampu/run", "python", "app.py"), text=True)


def test_a_copy_is_built_and_the_app_stays_as_it_is(app: Path, laptop: Laptop, tmp_path: Path) -> None:
    laptop.well("build", app, "--out", tmp_path / "out")
    laptop.well("build", app, "--out", tmp_path / "out")

    assert {"app.py", "requirements.txt"} == names(app)
    assert "alpha 1.0\n" == subprocess.check_output((tmp_path / "out/.tampu/run", "python", "app.py"), text=True)


@pytest.mark.parametrize("out", ["{app}/inside", "{app}", "{tmp}/used"])
def test_a_copy_never_overwrites_what_is_not_ours(out: str, app: Path, laptop: Laptop, tmp_path: Path) -> None:
    write_app(tmp_path / "used", {"letter.txt": "dear friend"})

    result = laptop.tampu("build", app, "--out", out.format(app=app, tmp=tmp_path))

    assert 2 == result.code
    assert "Choose another folder for --out" in result.err
    assert {"app.py", "requirements.txt"} == names(app)
    assert "dear friend" == (tmp_path / "used/letter.txt").read_text()


def test_a_plan_does_nothing(app: Path, laptop: Laptop) -> None:
    result = laptop.well("build", app, "--plan")

    assert "Packages of pip: requirements.txt is present\n" in result.out
    assert {"app.py", "requirements.txt"} == names(app)


def test_a_plan_for_programs(app: Path, laptop: Laptop, patches: dict[str, str]) -> None:
    result = laptop.well("build", app, "--plan", "--json")

    plan = json.loads(result.out)
    assert (patches["3.13"], "pip", ["python", "site"]) == (
        plan["python"],
        plan["manager"],
        [step["name"] for step in plan["steps"]],
    )


def test_each_step_is_explained(app: Path, laptop: Laptop) -> None:
    first, second = (laptop.well("build", app, "--explain").out for _ in range(2))

    assert "s: there is none in the cache\n" in first
    assert 2 == second.count("s: nothing changed\n")


def test_quiet(app: Path, laptop: Laptop) -> None:
    assert "" == laptop.well("build", app, "--quiet").out


def test_a_doctor_finds_what_would_stop_an_app_and_changes_nothing(app: Path, laptop: Laptop) -> None:
    write_app(app, {"Procfile": "web python app.py\n", "runtime.txt": "python-three\n"})

    ill = laptop.tampu("doctor", app)

    assert 1 == ill.code
    assert 2 == ill.out.count("       problem  ")
    assert "(process::bad-line)" in ill.err
    assert "(python-version::wrong-form)" in ill.err
    assert {"app.py", "requirements.txt", "Procfile", "runtime.txt"} == names(app)


def test_a_doctor_finds_nothing(app: Path, laptop: Laptop) -> None:
    found = json.loads(laptop.well("doctor", app, "--json").out)

    assert found["ok"]
    assert {"Python app", "Python", "Packages", "Procfile", "Disk"} < {check["check"] for check in found["checks"]}


def test_a_command_runs_in_the_environment(app: Path, laptop: Laptop) -> None:
    result = laptop.well("run", app, "--quiet", "--", "python", "-c", "import alpha; print(alpha.__version__, '--')")

    assert "1.0 --\n" == result.out


def test_the_web_process_is_what_runs(app: Path, laptop: Laptop) -> None:
    write_app(app, {"Procfile": "web: python app.py && echo served\n"})

    assert "alpha 1.0\nserved\n" == laptop.well("run", app, "--quiet").out


def test_the_exit_code_of_a_command_is_ours(app: Path, laptop: Laptop) -> None:
    assert 7 == laptop.tampu("run", app, "--", "sh", "-c", "exit 7").code


def test_nothing_to_run(app: Path, laptop: Laptop) -> None:
    result = laptop.tampu("run", app)

    assert 2 == result.code
    assert "tampu run APP -- python app.py" in result.err


@pytest.mark.parametrize(
    "words",
    [(), ("build",), ("biuld", "{app}"), ("build", "{app}", "--fast"), ("build", "{app}", "x"), ("run",)],
    ids=str,
)
def test_a_command_line_that_is_not_ours(words: tuple[str, ...], app: Path, laptop: Laptop) -> None:
    result = laptop.tampu(*(word.format(app=app) for word in words))

    assert (2, "") == (result.code, result.out)
    assert "Expected: tampu " in result.err
    assert "Traceback" not in result.err


def test_an_app_that_is_not_there(laptop: Laptop, tmp_path: Path) -> None:
    result = laptop.tampu("build", tmp_path / "nowhere")

    assert 2 == result.code
    assert "(local::no-app)" in result.err


@pytest.mark.parametrize("words", [("--help",), ("build", "--help"), ("--version",)], ids=str)
def test_help(words: tuple[str, ...], laptop: Laptop) -> None:
    result = laptop.tampu(*words)

    assert (0, "") == (result.code, result.err)
    assert "tampu" in result.out


def test_a_link_to_the_command_is_enough(app: Path, laptop: Laptop, tmp_path: Path) -> None:
    (tmp_path / "links").mkdir()
    (tmp_path / "links/second").symlink_to(kit.BIN / "tampu")
    (tmp_path / "links/first").symlink_to("second")

    result = laptop.tampu("build", app, "--plan", entry=str(tmp_path / "links/first"))

    assert 0 == result.code, result.err
