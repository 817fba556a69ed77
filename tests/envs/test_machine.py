from __future__ import annotations

import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tampu.envs.machine import Interpreter, find
from tampu.world.console import PlainConsole
from tampu.world.run import Command, CommandFailed, CommandMissing, Processes

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass
class Machine:
    """A machine of files that only say what they would answer."""

    root: Path
    asked: list[Path] = field(default_factory=list)

    def put(self, place: str, answer: str) -> Path:
        path = self.root / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(answer)
        path.chmod(0o755)
        return path

    def link(self, place: str, target: Path) -> Path:
        path = self.root / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.symlink_to(target)
        return path

    def run(self, command: Command) -> None:
        raise CommandMissing(command, "only answers here")

    def ask(self, command: Command) -> str:
        assert command.argv[1:4] == ("-E", "-s", "-S")
        path = Path(command.argv[0])
        self.asked.append(path)
        answer = path.read_text()
        if answer.startswith("broken"):
            raise CommandFailed(command, 127, answer)
        if answer.startswith("foreign"):
            raise CommandMissing(command, "Exec format error")
        return answer

    def find(self, *folders: str, environ: Mapping[str, str] | None = None) -> dict[str, str]:
        path = ":".join(str(self.root / folder) for folder in folders)
        found = find({"PATH": path, "HOME": str(self.root / "home"), **(environ or {})}, self, self.root)
        return {interpreter.version: str(interpreter.path.relative_to(self.root)) for interpreter in found}


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_nothing_there(machine: Machine) -> None:
    assert {} == machine.find("bin", "missing")


def test_the_search_path_in_its_order(machine: Machine) -> None:
    machine.put("a/python3.10", "cpython 3.10.13\n")
    machine.put("a/python3", "cpython 3.11.2\n")
    machine.put("b/python3.14", "cpython 3.14.0rc1\n")
    assert ["3.14.0rc1", "3.11.2", "3.10.13"] == list(machine.find("b", "a"))


def test_one_that_has_several_names_is_asked_once(machine: Machine) -> None:
    real = machine.put("usr/bin/python3.11", "cpython 3.11.2\n")
    machine.link("usr/bin/python3", real)
    machine.link("bin/python3.11", real)
    machine.link("venv/bin/python3", real)
    assert {"3.11.2": "usr/bin/python3.11"} == machine.find("venv/bin", "bin", "usr/bin")
    assert [real] == machine.asked


@pytest.mark.parametrize(
    "name", ["python", "python2", "python2.7-config", "python3-config", "python3.12t", "python3.12-gdb.py", "pypy3"]
)
def test_other_names_are_not_asked(machine: Machine, name: str) -> None:
    machine.put(f"bin/{name}", "cpython 3.12.1\n")
    assert {} == machine.find("bin")
    assert [] == machine.asked


@pytest.mark.parametrize(
    "answer",
    [
        "cpython 3.5.10\n",
        "cpython 2.6.9\n",
        "cpython 2.7.18\n",
        "pypy 3.10.14\n",
        "",
        "hello\n",
        "broken: no libpython3.12.so",
        "foreign",
    ],
)
def test_those_that_are_no_use(machine: Machine, answer: str) -> None:
    machine.put("bin/python3", answer)
    good = machine.put("bin/python3.12", "cpython 3.12.1\n")
    assert {"3.12.1": str(good.relative_to(machine.root))} == machine.find("bin")


def test_those_whose_end_of_life_has_passed(machine: Machine) -> None:
    for version in ("2.7.18", "3.6.15", "3.7.16", "3.8.18"):
        machine.put(f"home/.pyenv/versions/{version}/bin/python{version[:3]}", f"cpython {version}\n")
    (machine.root / "home/.pyenv/versions/2.7.18/lib/python2.7/site-packages").mkdir(parents=True)
    assert ["2.7.18", "3.6.15", "3.7.16", "3.8.18"] == list(machine.find("bin"))


def test_shims_are_passed_over_for_what_they_stand_for(machine: Machine) -> None:
    machine.put("home/.pyenv/shims/python3.12", "#!/usr/bin/env bash\nexec pyenv exec\n")
    machine.put("home/.pyenv/versions/3.12.1/bin/python3.12", "cpython 3.12.1\n")
    machine.put("home/.pyenv/versions/3.9.18/bin/python3", "cpython 3.9.18\n")
    assert ["3.12.1", "3.9.18"] == list(machine.find("home/.pyenv/shims"))


def test_pyenv_elsewhere(machine: Machine) -> None:
    machine.put("opt/pyenv/versions/3.12.1/bin/python3", "cpython 3.12.1\n")
    machine.put("home/.pyenv/versions/3.9.18/bin/python3", "cpython 3.9.18\n")
    assert ["3.12.1"] == list(machine.find(environ={"PYENV_ROOT": str(machine.root / "opt" / "pyenv")}))


def test_the_usual_places(machine: Machine) -> None:
    machine.put("usr/local/bin/python3.13", "cpython 3.13.0\n")
    machine.put("opt/python3.12/bin/python3.12", "cpython 3.12.1\n")
    machine.put("opt/python/cp311-cp311/bin/python3.11", "cpython 3.11.7\n")
    assert {"3.13.0", "3.12.1", "3.11.7"} == set(machine.find())


def test_what_may_not_be_run_or_read(machine: Machine) -> None:
    machine.put("bin/python3.12", "cpython 3.12.1\n").chmod(0o644)
    machine.link("bin/python3.13", machine.root / "gone")
    (machine.root / "bin" / "python3.11").mkdir()
    assert {} == machine.find("bin")


def test_relative_folders_of_the_search_path_do_not_count(machine: Machine) -> None:
    machine.put("bin/python3", "cpython 3.12.1\n")
    assert () == find({"PATH": "bin::.", "HOME": "/nonexistent"}, machine, machine.root)


def test_the_one_that_runs_this() -> None:
    program = Path(sys.executable).resolve()
    found = find({"PATH": str(program.parent)}, Processes(PlainConsole()))
    assert Interpreter(version=sys.version.split()[0], path=program) in found
