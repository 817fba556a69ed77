"""What both share: a storage of images, a slim system, an image of it with Python and pip, and wheels."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tarfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from stage import HOUSE, SIXTEEN, mirror_to_use
from stage import Stage as BuildStage

if TYPE_CHECKING:
    from collections.abc import Mapping

PLAIN = HOUSE / "bench" / "apps" / "image"
RIVALS = HOUSE / "bench" / "apps" / "rivals"
SYSTEM, PYTHON = "localhost/tampu-bench-system:1", "localhost/tampu-bench-python:1"
# As for the tests: an index of wheels, and a podman that shares nothing with the machine's.
MAKE = """
import sys
from pathlib import Path
from tests.kit import containers, shelf
place = Path(sys.argv[1])
shelf.make_index(place / "wheels", place / "index")
containers.podman("save", "--quiet", "--output", str(place / "system.tar"), containers.base_image())
(place / "storage.conf").write_text(containers.STORAGE.format(root=place / "podman"))
settings = {"files": containers.OPEN_FILES, "processes": containers.PROCESSES, "network": containers.NETWORK}
(place / "containers.conf").write_text(containers.CONTAINERS.format(root=place / "podman", **settings))
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    work: Path
    build: BuildStage

    @classmethod
    def set_up(cls, work: Path, mirror: str | None) -> Stage:
        stage = cls(work=work, build=BuildStage.set_up(work, mirror_to_use(mirror, work)))
        wanted = ("-r", str(SIXTEEN / "one_more.lock"), "-r", str(RIVALS / "requirements.lock"))
        fetch = (str(stage.build.python), str(stage.build.pip), "download", "--quiet", "--dest", str(work / "wheels"))
        run((*fetch, *wanted), stage.build.client_environ)
        subprocess.run((HOUSE / ".venv" / "bin" / "python", "-c", MAKE, work), cwd=HOUSE, check=True)
        stage._load_system()
        stage._make_plain_python()
        return stage

    @property
    def environ(self) -> Mapping[str, str]:
        return {
            **self.build.environ,
            "CONTAINERS_CONF": str(self.work / "containers.conf"),
            "CONTAINERS_STORAGE_CONF": str(self.work / "storage.conf"),
        }

    @property
    def index(self) -> Path:
        return self.work / "index"

    def podman(self, *words: str) -> str:
        return run(("podman", *words), self.environ).strip()

    def _load_system(self) -> None:
        loaded = self.podman("load", "--quiet", "--input", str(self.work / "system.tar"))
        self.podman("tag", loaded.rpartition(" ")[2], SYSTEM)

    def _make_plain_python(self) -> None:
        context = self.work / "plain"
        with tarfile.open(next(Path(self.build.mirror).glob(f"cpython-{self.build.python_version}-*"))) as archive:
            archive.extractall(context)  # noqa: S202 - the mirror is ours
        words = ("--network=none", f"--build-arg=SYSTEM={SYSTEM}", f"--file={PLAIN}/Containerfile.base")
        self.podman("build", "--quiet", *words, f"--tag={PYTHON}", str(context))
        shutil.rmtree(context)


def run(command: tuple[str, ...], environ: Mapping[str, str]) -> str:
    done = subprocess.run(command, env=environ, check=False, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{' '.join(command)} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    return done.stdout
