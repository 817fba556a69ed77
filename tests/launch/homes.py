"""Homes of built apps, as far as a boot needs them."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

HOUSE = Path(__file__).resolve().parents[2]
LAUNCH = HOUSE / "lib" / "tampu" / "launch"
NOBODY = 65534


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    code: int
    out: str
    err: str


@dataclass(frozen=True, slots=True)
class Home:
    """A folder with an app, its launch files and an interpreter; `run` is its run folder."""

    path: Path
    run: Path

    def write(self, name: str, text: str) -> Path:
        path = self.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    def decide(self, **stack: object) -> None:
        self.write(".tampu/stack.json", json.dumps(stack))

    def boot(self, **environ: str) -> Ended:
        return self.call(self.path / "bin" / "dcapproot.sh", **environ)

    def process(self, *names: str) -> Ended:
        python = self.path / ".tampu/python/bin/python3"
        return self.call(python, "-E", "-s", "-S", self.path / ".tampu/launch/process.py", *names)

    def call(self, *argv: str | Path, **environ: str) -> Ended:
        env = {"PATH": "/usr/bin:/bin", "HOME": str(self.path), "TAMPU_RUN": str(self.run), **environ}
        ended = subprocess.run(argv, env=env, cwd=self.path, capture_output=True, text=True, check=False)
        return Ended(code=ended.returncode, out=ended.stdout, err=ended.stderr)

    def links(self) -> dict[str, str]:
        links = (path for path in sorted(self.path.iterdir()) if path.is_symlink())
        return {path.name: os.readlink(path) for path in links}  # noqa: PTH115 - word for word


def make_home(place: Path, run: Path, python: Path = Path(sys.executable)) -> Home:
    home = Home(place, run)
    (place / "bin").mkdir(parents=True)
    shutil.copy(HOUSE / "bin" / "dcapproot.sh", place / "bin")
    shutil.copytree(LAUNCH, place / ".tampu/launch", ignore=shutil.ignore_patterns("__pycache__"))
    (place / ".tampu/python/bin").mkdir(parents=True)
    (place / ".tampu/python/bin/python3").symlink_to(python)
    (place / ".tampu/launch/python").symlink_to("../python/bin/python3")
    home.decide()
    return home


@contextmanager
def locked_folder(*links: tuple[str, str]) -> Iterator[Path]:
    """A folder with a folder `web` and these links in it, as seen by somebody who can't write there."""
    folder = Path(tempfile.mkdtemp()).resolve()
    user = os.geteuid()
    try:
        (folder / "web").mkdir()
        for name, target in links:
            (folder / name).symlink_to(target)
        folder.chmod(0o555)
        if user == 0:
            os.seteuid(NOBODY)
        yield folder
    finally:
        os.seteuid(user)
        folder.chmod(0o755)
        shutil.rmtree(folder)
