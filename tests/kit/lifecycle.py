"""The lifecycle of Cloud Native Buildpacks, in a container that knows no Python but the one that it is lent."""

from __future__ import annotations

import json
import os
import platform
import re
import shutil
import subprocess
import tarfile
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tampu import __version__
from tampu.world import ports
from tests.kit import containers, require, store
from tests.kit.programs import make
from tests.kit.served import free_port

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

HOUSE = Path(__file__).resolve().parents[2]
VERSION = "0.21.0"
MODULE = f"github.com/buildpacks/lifecycle@v{VERSION}"
PLATFORM_API = "0.15"
ID = "tampu/python"
PARTS = ("bin", "config", "lib", "vendor")
# The lifecycle asks for a user that the system knows; this one has no home.
BUILDER = 65534
PATIENCE = 120
REGISTRY = """\
version: 0.1
log: {{level: error}}
storage: {{filesystem: {{rootdirectory: {root}/blobs}}}}
http: {{addr: "127.0.0.1:{port}"}}
"""
ORDER = f'[[order]]\n[[order.group]]\nid = "{ID}"\nversion = "{__version__}"\n'


def programs() -> Path:
    """The folder with `lifecycle` and `launcher`: made once, of their pinned source."""
    require.need("go")
    return store.kept(f"lifecycle-{VERSION}-{platform.machine()}", _make)


def _make(place: Path) -> None:
    asked = ("go", "mod", "download", "-json", MODULE)
    found = subprocess.run(asked, check=False, capture_output=True, cwd=place, text=True)
    if found.returncode:
        require.lack(f"the source of the lifecycle: {found.stdout}{found.stderr}")
    make(place, Path(json.loads(found.stdout)["Dir"]), "./cmd/lifecycle", "./cmd/launcher")


@contextmanager
def registry(place: Path) -> Iterator[str]:
    """The address of one that is for this machine only."""
    require.need("docker-registry")
    port = free_port()
    place.mkdir()
    (place / "config.yml").write_text(REGISTRY.format(root=place, port=port), encoding="utf-8")
    with (place / "log").open("wb") as log:
        process = subprocess.Popen(("docker-registry", "serve", place / "config.yml"), stdout=log, stderr=log)
    try:
        deadline = time.monotonic() + PATIENCE
        while not ports.answers(port):
            assert time.monotonic() < deadline, (place / "log").read_text(encoding="utf-8")
            time.sleep(0.02)
        yield f"127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(PATIENCE)


def push(image: str, name: str) -> str:
    pushed = containers.podman("push", "--quiet", "--format=v2s2", "--tls-verify=false", image, name)
    assert pushed.returncode == 0, pushed.stderr
    return name


def pull(image: str) -> None:
    """As it is by now; what had that name is gone."""
    containers.podman("rmi", "--force", image)
    pulled = containers.podman("pull", "--quiet", "--tls-verify=false", image)
    assert pulled.returncode == 0, pulled.stderr


@dataclass(frozen=True, slots=True, kw_only=True)
class Platform:
    """What a platform keeps for an app from one build to the next."""

    place: Path
    base: str
    run_image: str
    image: str
    mirror: Path
    index: Path
    apt: Path

    @classmethod
    def make(cls, place: Path, base: str, registry: str, mirror: Path, index: Path, apt: Path) -> Platform:
        for name in ("cache", "platform/env", "python"):
            (place / name).mkdir(parents=True)
        buildpack = place / "buildpacks" / ID.replace("/", "_") / __version__
        for part in PARTS:
            shutil.copytree(HOUSE / part, buildpack / part, symlinks=True, ignore=shutil.ignore_patterns("__pycache__"))
        for file in ("Procfile.default", "buildpack.toml"):
            shutil.copy(HOUSE / file, buildpack / file)
        (place / "order.toml").write_text(ORDER, encoding="utf-8")
        with tarfile.open(next(mirror.glob("cpython-3.13*.tar.gz"))) as archive:
            archive.extractall(place / "python")  # noqa: S202 - we made it
        for folder in (mirror, index, apt, apt.with_name("debs")):
            folder.chmod(0o755)
        run_image = push(base, f"{registry}/run:1")
        (place / "run.toml").write_text(f'[[images]]\nimage = "{run_image}"\n', encoding="utf-8")
        made = cls(
            place=place,
            base=base,
            run_image=run_image,
            image=f"{registry}/app",
            mirror=mirror,
            index=index,
            apt=apt,
        )
        made.set_for_user(TAMPU_MIRROR="/mirror", PIP_INDEX_URL="file:///index/simple")
        return made

    def set_for_user(self, **variables: str) -> None:
        for name, value in variables.items():
            (self.place / "platform" / "env" / name).write_text(value, encoding="utf-8")

    def call_as(self, api: str) -> None:
        """Let the buildpack say that it is for that Buildpack API."""
        (file,) = self.place.glob("buildpacks/*/*/buildpack.toml")
        text, lines = re.subn(r'(?m)^api = ".*"$', f'api = "{api}"', file.read_text(encoding="utf-8"))
        assert lines == 1
        file.write_text(text, encoding="utf-8")

    def create(self, app: Path, purpose: str = "production") -> subprocess.CompletedProcess[str]:
        """All phases in one, with the rights of an ordinary user, of a copy of that app; for production, or test."""
        bench = self.place / "bench"
        shutil.rmtree(bench, ignore_errors=True)
        (bench / "layers").mkdir(parents=True)
        shutil.copytree(app, bench / "workspace", symlinks=True)
        _give(bench / "workspace")
        options = ("-app=/workspace", "-cache-dir=/cache", f"-run-image={self.run_image}", "-order=/order.toml")
        user = (f"-uid={BUILDER}", f"-gid={BUILDER}")
        env = {"CNB_EXEC_ENV": purpose}
        return self._run("create", *options, *user, self.image, mounts=self._mounts(bench), env=env)

    def rebase(self) -> subprocess.CompletedProcess[str]:
        """Put the image on what its run image is by now."""
        options = (f"-uid={BUILDER}", f"-gid={BUILDER}", "-report=/tmp/report.toml")
        return self._run("rebase", *options, self.image, mounts={programs(): "/cnb/lifecycle:ro"}, env={})

    def _run(self, *argv: str, mounts: Mapping[Path, str], env: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
        usual = {"CNB_PLATFORM_API": PLATFORM_API, "PATH": f"/python/bin:{containers.PATH}", "CNB_NO_COLOR": "true"}
        lifecycle = ("/cnb/lifecycle/lifecycle", *argv)
        return containers.run(self.base, *lifecycle, mounts=mounts, network="host", env={**usual, **env})

    def _mounts(self, bench: Path) -> dict[Path, str]:
        return {
            programs(): "/cnb/lifecycle:ro",
            self.place / "buildpacks": "/cnb/buildpacks:ro",
            self.place / "order.toml": "/order.toml:ro",
            self.place / "run.toml": "/cnb/run.toml:ro",
            self.place / "platform": "/platform:ro",
            self.place / "python" / "python": "/python:ro",
            self.place / "cache": "/cache",
            self.mirror: "/mirror:ro",
            self.index: "/index:ro",
            self.apt: "/etc/apt:ro",
            self.apt.with_name("debs"): f"{self.apt.with_name('debs')}:ro",
            bench / "workspace": "/workspace",
            bench / "layers": "/layers",
        }


def _give(folder: Path) -> None:
    for path in (folder, *folder.rglob("*")):
        os.chown(path, BUILDER, BUILDER, follow_symlinks=False)
