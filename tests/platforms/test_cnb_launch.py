from __future__ import annotations

import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tampu.build.environ import apply
from tampu.build.model import EnvVar, Mode, Scope
from tampu.facts.toml import read_toml
from tampu.platforms.cnb_launch import environment_files, launch_toml
from tampu.world import files
from tests.kit.require import need

if TYPE_CHECKING:
    from collections.abc import Mapping

LAYERS, APP = Path("/layers/tampu_python"), Path("/workspace")
CHANGES = (
    EnvVar("PATH", "{layers}/apt/usr/bin", Mode.PREPEND),
    EnvVar("PATH", "{layers}/site/bin:{layers}/python/bin", Mode.PREPEND),
    EnvVar("CPATH", "{layers}/apt/usr/include", Mode.PREPEND, Scope.BUILD),
    EnvVar("NLTK_DATA", "{app}/nltk_data", Mode.PREPEND, Scope.LAUNCH),
    EnvVar("LANG", "C.UTF-8", Mode.DEFAULT),
    EnvVar("LANG", "en_US.UTF-8", Mode.DEFAULT),
    EnvVar("WORD", "{app} as it is\n", verbatim=True),
    EnvVar("WORD", "{app} of the last one", verbatim=True),
)
WEB_AND_WORKER = {"worker": "python work.py", "web": 'gunicorn "app:app"'}


@pytest.fixture(params=["bash", "dash"])
def shell(request: pytest.FixtureRequest) -> str:
    need(request.param)
    return str(request.param)


def processes(text: str) -> list[dict[str, object]]:
    found = read_toml(text, "launch.toml")["processes"]
    assert isinstance(found, list)
    return found


def launched(place: Path, env: Mapping[str, str], folder: str) -> dict[str, str]:
    """What a launcher makes of the files of a layer."""
    result = dict(env)
    for file in sorted(path for path in (place / folder).iterdir() if path.is_file()):
        name, _, mode = file.name.partition(".")
        old, value = result.get(name, ""), file.read_text()
        delim = place / folder / f"{name}.delim"
        if mode == "override" or (mode == "default" and not old):
            result[name] = value
        elif mode == "prepend":
            result[name] = value + (delim.read_text() + old if old else "")
    return result


def at_launch(shell: str, place: Path, env: Mapping[str, str], *changes: EnvVar) -> dict[str, object]:
    """What the program says to a launcher."""
    files.write(place, environment_files(changes, layers=LAYERS, app=APP))
    program, told = place / "exec.d" / "tampu", place / "told"
    assert program.stat().st_mode & 0o111
    ended = subprocess.run(
        ("bash", "-c", 'exec "$0" "$1" 3>"$2"', shell, program, told),
        check=True,
        capture_output=True,
        env={"PATH": "/usr/bin:/bin", **env},
    )
    assert (b"", b"") == (ended.stdout, ended.stderr)
    return dict(read_toml(told.read_text(), "told"))


def test_processes_are_lines_of_shell_and_web_starts_by_itself() -> None:
    worker, web = processes(launch_toml(WEB_AND_WORKER, {}).text)

    assert {"type": "worker", "command": ["bash", "-c"], "args": ["python work.py"], "default": False} == worker
    assert {"type": "web", "command": ["bash", "-c"], "args": ['gunicorn "app:app"'], "default": True} == web


@pytest.mark.parametrize(
    ("names", "default"), [(("worker",), ["worker"]), (("worker", "clock"), []), (("worker", "web"), ["web"])]
)
def test_what_starts_by_itself(names: tuple[str, ...], default: list[str]) -> None:
    found = processes(launch_toml(dict.fromkeys(names, "true"), {}).text)

    assert default == [each["type"] for each in found if each["default"]]


def test_labels_and_no_process_at_all() -> None:
    text = launch_toml({}, {"tampu.python": "3.13.0"}).text

    assert {"labels": [{"key": "tampu.python", "value": "3.13.0"}]} == read_toml(text, "launch.toml")


@pytest.mark.parametrize("scope", [Scope.BUILD, Scope.LAUNCH])
@pytest.mark.parametrize("env", [{}, {"PATH": "/bin", "LANG": "de_DE", "CPATH": "/usr/include", "NLTK_DATA": "/data"}])
def test_a_launcher_makes_of_it_what_a_shell_would(scope: Scope, env: dict[str, str], tmp_path: Path) -> None:
    files.write(tmp_path, environment_files(CHANGES, layers=LAYERS, app=APP))
    # A default is not one any more once something else has come before it.
    expected = apply(CHANGES, env, layers=LAYERS, app=APP, scope=scope)

    found = launched(tmp_path, env, f"env.{scope.value}")

    assert expected == {name: value for name, value in found.items() if name != "HOME"}


def test_home_is_the_app_for_whoever_runs_it_and_web_has_a_port(tmp_path: Path) -> None:
    files.write(tmp_path, environment_files((), layers=LAYERS, app=APP))

    assert {"HOME": "/workspace"} == launched(tmp_path, {"HOME": "/nonexistent"}, "env.launch")
    assert {"PORT": "8080"} == launched(tmp_path, {}, "env.launch/web")
    assert {"PORT": "80"} == launched(tmp_path, {"PORT": "80"}, "env.launch/web")


def test_what_depends_on_the_container_is_told_at_launch(shell: str, tmp_path: Path) -> None:
    told = at_launch(shell, tmp_path, {"PORT": "8000", "WEB_CONCURRENCY": "3"})

    uid = subprocess.check_output(("id", "-u"), text=True).strip()
    assert {"3", "/tmp", f"/tmp/tampu-{uid}-8000", "8"} < set(told.values())  # noqa: S108 - what is said, not used
    assert {"DYNO_RAM", "TAMPU_DRAIN", "TAMPU_RUN", "TMPDIR", "WEB_CONCURRENCY"} == set(told)


def test_workers_that_nobody_has_set_are_counted(shell: str, tmp_path: Path) -> None:
    told = at_launch(shell, tmp_path, {})

    assert "tampu" == told["WEB_CONCURRENCY_SET_BY"]
    assert int(str(told["WEB_CONCURRENCY"])) > 0


@pytest.mark.parametrize("value", ['a "word" \\ in /tmp', "$(touch /x) `id` ${HOME}", "two\nlines", "é\t\x7f"])
def test_any_value_gets_to_the_launcher(value: str, shell: str, tmp_path: Path) -> None:
    told = at_launch(shell, tmp_path, {"TMPDIR": value})

    assert "".join(letter for letter in value if letter.isprintable()) == told["TMPDIR"]


def test_a_variable_that_is_the_same_as_another(shell: str, tmp_path: Path) -> None:
    same = EnvVar("PORT_WWW", "PORT", Mode.SAME, Scope.LAUNCH)

    assert "8000" == at_launch(shell, tmp_path, {"PORT": "8000"}, same)["PORT_WWW"]
    assert "PORT_WWW" not in at_launch(shell, tmp_path, {}, same)
    assert "80" == at_launch(shell, tmp_path, {"PORT": "8000", "PORT_WWW": "80"}, same)["PORT_WWW"]


def test_the_program_is_good_shell(tmp_path: Path) -> None:
    need("shellcheck")
    files.write(tmp_path, environment_files((EnvVar("A", "B", Mode.SAME),), layers=LAYERS, app=APP))

    checked = subprocess.run(("shellcheck", tmp_path / "exec.d" / "tampu"), check=False, capture_output=True, text=True)

    assert (0, "") == (checked.returncode, checked.stdout)
