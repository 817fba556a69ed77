from __future__ import annotations

import io
import os
from pathlib import Path

import pytest

from tampu.remote.found.data_files import gathered
from tampu.remote.found.tracing import traced
from tampu.remote.found.tree import project_of
from tampu.world.console import PlainConsole
from tampu.world.run import Command, CommandFailed, Processes
from tests.kit import old_pythons
from tests.kit.builds import write_app

SCRIPT = """
import os, sqlite3, sys, helper
name = sys.argv[1]
open("da" + "ta/" + name).read()
with open("made.txt", "w") as made:
    made.write("1")
open("made.txt").read()
open("log.txt", "a").close()
sqlite3.connect("d" + "b").close()
os.listdir(".")
try:
    open("not-there")
except FileNotFoundError:
    pass
sys.exit(3)
"""


def run(place: Path, python: str, *words: str) -> dict[str, str]:
    script = place / "main.py"
    project = project_of(script, Path("/nowhere"))
    started = Command(argv=(python, str(script), *words), cwd=place, env={"PATH": os.environ["PATH"]})
    found = gathered(traced(Processes(PlainConsole(io.StringIO(), io.StringIO())), project, started))
    return {project.shown(each.path): "r" * each.reads + "w" * each.writes for each in found}


@pytest.mark.parametrize("series", ["3.8", "3.13"])
def test_a_run_tells_what_no_text_does(tmp_path: Path, series: str) -> None:
    write_app(tmp_path, {"main.py": SCRIPT, "helper.py": "", "data/a.csv": "1", "log.txt": "", "pyproject.toml": ""})

    found = run(tmp_path, str(old_pythons.program(series)), "a.csv")

    assert {"data/a.csv": "r", "made.txt": "w", "log.txt": "rw", "db": "w"} == {
        name: what for name, what in found.items() if not name.endswith(".py")
    }
    assert {"main.py", "helper.py"} <= found.keys()


def test_a_script_that_breaks_is_no_trace(tmp_path: Path) -> None:
    write_app(tmp_path, {"main.py": "1 / 0"})

    with pytest.raises(CommandFailed, match="ended with exit code 1"):
        run(tmp_path, str(old_pythons.program("3.13")))
