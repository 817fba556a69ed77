"""The apps, built by us, and one environment that has them and the other servers too."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

from serve_cells import FILES, MODULES, WORKERS, Ours, Rival
from stage import HOUSE, mirror_to_use
from stage import Stage as BuildStage

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from serve_cells import Server

APPS = HOUSE / "bench" / "apps"
RIVALS = APPS / "rivals"
PROFILE = 'cd "$HOME"; for file in .profile.d/*.sh; do . "$file"; done; exec env -0'
IMPORT = "import time; t = time.perf_counter(); import {module}; print(time.perf_counter() - t)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    work: Path
    python: str
    environment: Path

    @classmethod
    def set_up(cls, work: Path, mirror: str | None) -> Stage:
        build = BuildStage.set_up(work, mirror_to_use(mirror, work))
        stage = cls(work=work, python=build.python_version, environment=work / "rivals")
        for app in MODULES:
            stage._build(app, build)
        uv, env = str(build.uv), {**build.client_environ, "UV_CACHE_DIR": str(work / "uv")}
        packages = ("--require-hashes", "--compile-bytecode", "-r", str(RIVALS / "requirements.lock"))
        for words in (
            ("venv", "--python", str(build.python), str(stage.environment)),
            ("pip", "install", "--python", str(stage.environment), *packages),
        ):
            subprocess.run((uv, *words), env=env, check=True, capture_output=True)
        return stage

    def command(self, server: Server, port: int) -> tuple[str, ...]:
        if isinstance(server, Rival):
            first, *others = server.command.format(port=port).split()
            return (str(self.environment / "bin" / first), *others)
        return ("bash", "-c", _web_line())

    def environ(self, server: Server, app: str, port: int) -> Mapping[str, str]:
        shared = {"PATH": os.defpath, "PORT": str(port), "TMPDIR": str(self.work), "WEB_CONCURRENCY": str(WORKERS)}
        if isinstance(server, Ours):
            return _profiled({**shared, "HOME": str(self.built(app))})
        del shared["WEB_CONCURRENCY"]
        return {**shared, "HOME": str(self.work), "PYTHONPATH": f"{self.sources(app)}:{RIVALS}"}

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
        ended = subprocess.run(command, cwd=self.built(app), env=env, check=True, stdout=subprocess.PIPE, text=True)
        return float(ended.stdout)

    def _build(self, app: str, build: BuildStage) -> None:
        source, place = self.sources(app), self.built(app)
        shutil.copytree(APPS / app, source)
        _add_static_files(source / "static")
        shutil.copytree(source, place)
        environ = {**build.environ, "TAMPU_MIRROR": str(build.mirror), "HOME": str(self.work)}
        compile_app = (str(HOUSE / "bin" / "compile"), str(place), str(build.seed))
        done = subprocess.run(compile_app, env=environ, check=False, capture_output=True, text=True)
        if done.returncode:
            raise SystemExit(done.stdout + done.stderr)


def _profiled(environ: Mapping[str, str]) -> Mapping[str, str]:
    """What a platform's own start makes of it, before it comes to the Procfile."""
    made = subprocess.run(("bash", "-c", PROFILE), env=environ, check=True, stdout=subprocess.PIPE, text=True).stdout
    return dict(pair.split("=", 1) for pair in made.split("\0") if pair)


def _web_line() -> str:
    lines = (HOUSE / "Procfile.default").read_text(encoding="utf-8").splitlines()
    return next(line.removeprefix("web:").strip() for line in lines if line.startswith("web:"))


def _add_static_files(folder: Path) -> None:
    folder.mkdir()
    for name, size in FILES.values():
        (folder / name).write_bytes(random.Random(name).randbytes(size))  # noqa: S311 - bytes to send, not secrets
