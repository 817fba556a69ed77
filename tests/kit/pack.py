"""`pack`, which builds images with whatever builder it is given, over the socket of our own podman."""

from __future__ import annotations

import io
import os
import subprocess
import tarfile
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tampu import __version__
from tests.kit import containers, images, lifecycle, programs

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PHASES = ("analyzer", "builder", "creator", "detector", "exporter", "restorer")
DESCRIPTOR = """\
[apis.buildpack]
deprecated = []
supported = ["0.10", "0.11", "0.12"]
[apis.platform]
deprecated = []
supported = ["0.13", "0.14", "0.15"]
[lifecycle]
version = "{version}"
"""
BUILDER = """\
[[buildpacks]]
uri = "{buildpack}"
[[order]]
[[order.group]]
id = "{id}"
version = "{version}"
[build]
image = "{image}"
[[run.images]]
image = "{image}"
[lifecycle]
uri = "{lifecycle}"
"""
# Volumes of our podman, which others may use at the same time.
CACHES = {cache: f"tampu-tests-pack-{os.getpid()}-{cache}" for cache in ("build", "launch")}
PATIENCE = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class Pack:
    """One whose home is in `place`."""

    place: Path
    socket: Path

    def create_builder(self, name: str, buildpack: Path, image: str) -> None:
        """With that buildpack in it; apps are built and run on that image."""
        archive = _archived_lifecycle(self.place / "lifecycle.tgz")
        text = BUILDER.format(buildpack=buildpack, id=lifecycle.ID, version=__version__, image=image, lifecycle=archive)
        (self.place / "builder.toml").write_text(text, encoding="utf-8")
        images.made(self("builder", "create", name, f"--config={self.place / 'builder.toml'}", "--pull-policy=never"))

    def build(self, name: str, app: Path, builder: str, *more: str) -> subprocess.CompletedProcess[str]:
        """Without a network: what it needs is in the builder."""
        caches = (f"--cache=type={cache};format=volume;name={volume}" for cache, volume in CACHES.items())
        local = ("--pull-policy=never", "--trust-builder", "--docker-host=inherit", "--network=none")
        return self("build", name, f"--path={app}", f"--builder={builder}", *caches, *local, *more)

    def __call__(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            (programs.program(programs.PACK), *words),
            check=False,
            capture_output=True,
            env={
                **containers.environment(),
                "DOCKER_HOST": f"unix://{self.socket}",
                "NO_COLOR": "true",
                "PACK_HOME": str(self.place / "home"),
            },
            text=True,
            timeout=containers.PATIENCE,
        )


@contextmanager
def served(place: Path) -> Iterator[Pack]:
    """While our podman serves what docker does."""
    place.mkdir()
    socket = place / "socket"
    with (place / "log").open("wb") as log:
        service = subprocess.Popen(
            ("podman", "system", "service", "--time=0", f"unix://{socket}"),
            env=containers.environment(),
            stdout=log,
            stderr=log,
        )
    try:
        deadline = time.monotonic() + PATIENCE
        while not socket.exists():
            assert time.monotonic() < deadline, (place / "log").read_text(encoding="utf-8")
            time.sleep(0.02)
        yield Pack(place=place, socket=socket)
    finally:
        containers.podman("volume", "rm", "--force", *CACHES.values())
        service.terminate()
        service.wait(PATIENCE)


def _archived_lifecycle(archive: Path) -> Path:
    """As it is released: each phase is the same program under another name."""
    made = lifecycle.programs()
    descriptor = DESCRIPTOR.format(version=lifecycle.VERSION).encode()
    with tarfile.open(archive, "w:gz", compresslevel=1) as tar:
        entry = tarfile.TarInfo("lifecycle.toml")
        entry.size = len(descriptor)
        tar.addfile(entry, io.BytesIO(descriptor))
        for name in ("lifecycle", "launcher"):
            tar.add(made / name, f"lifecycle/{name}")
        for name in PHASES:
            entry = tarfile.TarInfo(f"lifecycle/{name}")
            entry.type, entry.linkname = tarfile.SYMTYPE, "lifecycle"
            tar.addfile(entry)
    return archive
