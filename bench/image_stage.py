"""What both share: a storage of images, a slim system, an image of it with Python and pip, and wheels."""

from __future__ import annotations

import shutil
import tarfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from build_stage import SIXTEEN
from commands import done
from house import APPS

from tests.kit import containers, shelf

if TYPE_CHECKING:
    from collections.abc import Mapping

    from build_stage import Stage as BuildStage
    from workshop import Workshop

PLAIN, RIVALS = APPS / "image", APPS / "rivals"
SYSTEM, PYTHON = "localhost/tampu-bench-system:1", "localhost/tampu-bench-python:1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    work: Path
    build: BuildStage

    @classmethod
    def set_up(cls, workshop: Workshop) -> Stage:
        work = workshop.place("image")
        stage = cls(work=work, build=workshop.stage)
        wanted = ("-r", str(SIXTEEN / "one_more.lock"), "-r", str(RIVALS / "requirements.lock"))
        fetch = (str(stage.build.python), str(stage.build.pip), "download", "--quiet", "--dest", str(work / "wheels"))
        done((*fetch, *wanted), stage.build.client_environ)
        shelf.make_index(work / "wheels", work / "index")
        stage._configure_podman()
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
        return done(("podman", *words), self.environ).strip()

    def _configure_podman(self) -> None:
        """It shares nothing with the machine's, nor with that of the tests."""
        root = self.work / "podman"
        settings = {"files": containers.OPEN_FILES, "processes": containers.PROCESSES, "network": containers.NETWORK}
        (self.work / "storage.conf").write_text(containers.STORAGE.format(root=root), encoding="utf-8")
        (self.work / "containers.conf").write_text(
            containers.CONTAINERS.format(root=root, **settings), encoding="utf-8"
        )

    def _load_system(self) -> None:
        archive = str(self.work / "system.tar")
        containers.podman("save", "--quiet", "--output", archive, containers.base_image())
        loaded = self.podman("load", "--quiet", "--input", archive)
        self.podman("tag", loaded.rpartition(" ")[2], SYSTEM)

    def _make_plain_python(self) -> None:
        context = self.work / "plain"
        with tarfile.open(next(Path(self.build.mirror).glob(f"cpython-{self.build.python_version}-*"))) as archive:
            archive.extractall(context)  # noqa: S202 - the mirror is ours
        words = ("--network=none", f"--build-arg=SYSTEM={SYSTEM}", f"--file={PLAIN}/Containerfile.base")
        self.podman("build", "--quiet", *words, f"--tag={PYTHON}", str(context))
        shutil.rmtree(context)
