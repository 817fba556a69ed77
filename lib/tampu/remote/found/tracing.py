"""`--trace`: the files that one run on this machine really touched."""

from __future__ import annotations

import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from tampu.remote.found.data_files import NO_DATA, DataFile
from tampu.world.run import Command

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tampu.remote.found.tree import Project
    from tampu.world.run import Runner

TRACER = Path(__file__).with_name("tracer.py")
HINT = "A trace needs a run of the script on this machine: mend what stopped it, or leave --trace out."
READ = "r"


def traced(runner: Runner, project: Project, started: Command) -> tuple[DataFile, ...]:
    """`started` is how the script is started here: a Python, the script and its words."""
    python, *words = started.argv
    with TemporaryDirectory(prefix="tampu-trace-") as folder:
        notes = Path(folder) / "notes"
        # Bytecode would be written beside what is only looked at.
        argv = (python, "-B", str(TRACER), str(notes), *words)
        runner.run(Command(argv=argv, cwd=started.cwd, env=started.env, hint=HINT))
        lines = notes.read_text(encoding="utf-8").splitlines()
    return tuple(_files(project, started.cwd, [json.loads(line) for line in lines]))


def _files(project: Project, cwd: Path, notes: list[tuple[str, str, str]]) -> Iterator[DataFile]:
    """What it made itself before it read it need not be there."""
    written: set[str] = set()
    for what, place, name in notes:
        path = Path(name)
        lies = any(path.is_relative_to(folder) for folder in (project.root, cwd))
        reads = what == READ and name not in written
        if what != READ:
            written.add(name)
        if lies and not path.is_dir() and not NO_DATA & set(path.parts) and (reads or what != READ):
            where, _, line = place.rpartition(":")
            why = f"a run on this machine, {project.shown(Path(where))}:{line}" if line else "a run on this machine"
            yield DataFile(path=path, reads=reads, writes=what != READ, why=why)
