"""The apps, built by us, and one environment that has them and the other servers too."""

from __future__ import annotations

import os
import random
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

from commands import done
from house import APPS, HOUSE, lock_of
from serve_cells import APACHE, FILES, MODULES, WORKERS, Ours, Rival
from workshop import install, make_environment

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from build_stage import Stage as BuildStage
    from serve_cells import Cell, Server
    from workshop import Workshop

RIVALS = APPS / "rivals"
PROFILE = 'cd "$HOME"; for file in .profile.d/*.sh; do . "$file"; done; exec env -0'
IMPORT = "import time; t = time.perf_counter(); import {module}; print(time.perf_counter() - t)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    work: Path
    python: str
    rivals: Path
    library: str

    @classmethod
    def set_up(cls, workshop: Workshop, cells: Iterable[Cell]) -> Stage:
        build, work = workshop.stage, workshop.place("serve")
        stage = cls(
            work=work,
            python=build.python_version,
            rivals=work / "rivals",
            library=str(build.python.parents[1] / "lib"),
        )
        make_environment(stage.rivals, build.python)
        install(stage.rivals, "rivals", "--compile-bytecode")
        if any(server.name == APACHE for cell in cells for server in cell.servers):
            stage._add_apache()
        for app in {cell.app: None for cell in cells}:
            stage._build(app, build)
        return stage

    def command(self, server: Server, port: int) -> tuple[str, ...]:
        if isinstance(server, Rival):
            first, *others = server.command.format(port=port, root=self.work / f"root-{port}").split()
            return (str(self.rivals / "bin" / first), *others)
        return ("bash", "-c", _web_line())

    def environ(self, server: Server, app: str, port: int) -> Mapping[str, str]:
        shared = {"PATH": os.defpath, "PORT": str(port), "TMPDIR": str(self.work), "WEB_CONCURRENCY": str(WORKERS)}
        if isinstance(server, Ours):
            return _profiled({**shared, "HOME": str(self.built(app))})
        del shared["WEB_CONCURRENCY"]
        own = {"HOME": str(self.work), "PYTHONPATH": f"{self.sources(app)}:{RIVALS}", "LD_LIBRARY_PATH": self.library}
        return {**shared, **own}

    def folder(self, server: Server, app: str) -> Path:
        """Where it is started."""
        return self.built(app) if isinstance(server, Ours) else self.sources(app)

    def built(self, app: str) -> Path:
        return self.work / "built" / app

    def sources(self, app: str) -> Path:
        return self.work / "sources" / app

    def import_seconds(self, app: str) -> float:
        """How long the app's own module takes to import, with all that it imports, in an interpreter that runs."""
        code = IMPORT.format(module=MODULES[app])
        command = (str(self.built(app) / ".tampu" / "run"), "python", "-c", code)
        env = {"PATH": os.defpath, "HOME": str(self.built(app))}
        return float(done(command, env, folder=self.built(app)))

    def _add_apache(self) -> None:
        """Built for a Python that was moved, and names the place where it was."""
        constraints = ("--build-constraints", lock_of("mod_wsgi"))
        install(self.rivals, "mod_wsgi", *constraints, environ={"LIBRARY_PATH": self.library})

    def _build(self, app: str, build: BuildStage) -> None:
        source, place = self.sources(app), self.built(app)
        shutil.copytree(APPS / app, source)
        _add_static_files(source / "static")
        shutil.copytree(source, place)
        environ = {**build.environ, "TAMPU_MIRROR": str(build.mirror), "HOME": str(self.work)}
        compile_app = (str(HOUSE / "bin" / "compile"), str(place), str(build.seed))
        done(compile_app, environ)


def _profiled(environ: Mapping[str, str]) -> Mapping[str, str]:
    """What a platform's own start makes of it, before it comes to the Procfile."""
    made = done(("bash", "-c", PROFILE), environ)
    return dict(pair.split("=", 1) for pair in made.split("\0") if pair)


def _web_line() -> str:
    lines = (HOUSE / "Procfile.default").read_text(encoding="utf-8").splitlines()
    return next(line.removeprefix("web:").strip() for line in lines if line.startswith("web:"))


def _add_static_files(folder: Path) -> None:
    folder.mkdir()
    for name, size in FILES.values():
        (folder / name).write_bytes(random.Random(name).randbytes(size))  # noqa: S311 - bytes to send, not secrets
