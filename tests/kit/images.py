"""Images of apps, started where they may do next to nothing."""

from __future__ import annotations

import time
import urllib.request
from contextlib import contextmanager
from typing import TYPE_CHECKING

from tampu.world import ports
from tests.kit import containers
from tests.kit.served import free_port

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator

# Nobody whom the image knows.
STRICT = (*containers.locked_down("54321:54321"), "--read-only-tmpfs=false", "--tmpfs=/tmp")
PATIENCE = 120


def made(ended: subprocess.CompletedProcess[str]) -> str:
    """What it said while all went well."""
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout + ended.stderr


def serves(image: str, text: str) -> None:
    """As anybody, on a disk that can't be written to, without any capability; and it ends in order."""
    with started(image) as (name, port):
        assert text in page(name, port)
        containers.podman("stop", "--time=30", name)
        assert made(containers.podman("inspect", "--format={{.State.ExitCode}}", name)).strip() == "0"


def says(image: str, *command: str) -> str:
    """What another command than the app's prints there."""
    return made(containers.run(image, *command[1:], options=(*STRICT, f"--entrypoint={command[0]}")))


@contextmanager
def started(image: str) -> Iterator[tuple[str, int]]:
    """The container of that image's web process, and the port that it has been given."""
    port = free_port()
    options = (*STRICT, "--network=host", f"--env=PORT={port}")
    name = made(containers.podman("run", "--detach", "--quiet", *options, image)).strip()
    try:
        yield name, port
    finally:
        containers.podman("rm", "--force", "--time=0", name)


def page(name: str, port: int) -> str:
    deadline = time.monotonic() + PATIENCE
    while not ports.answers(port):
        assert time.monotonic() < deadline, containers.podman("logs", name).stdout
        time.sleep(0.05)
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=PATIENCE) as answer:
        text: bytes = answer.read()
    return text.decode()


def changed(image: str, name: str, *changes: str) -> None:
    """The same with other settings, such as `ENV NAME=value`."""
    container = made(containers.podman("create", "--quiet", image, "true")).strip()
    try:
        options = (f"--change={change}" for change in changes)
        made(containers.podman("commit", "--quiet", *options, container, name))
    finally:
        containers.podman("rm", "--force", container)
