"""An image that is made with docs/Containerfile, and run with as few rights as possible."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from tests.kit import cloudfoundry, containers, mirrors

if TYPE_CHECKING:
    from collections.abc import Iterator

HOUSE = Path(__file__).resolve().parents[2]
IMAGE = f"localhost/tampu-tests-containerfile:{os.getpid()}"
ASK = """
import time, urllib.request as r
for _ in range(3000):
    try:
        print(r.urlopen("http://127.0.0.1:8000/").read().decode())
        break
    except OSError:
        time.sleep(0.01)
else:
    print("no answer")
"""


def podman(*argv: str) -> str:
    ended = containers.podman(*argv)
    assert 0 == ended.returncode, ended.stdout + ended.stderr
    return ended.stdout


@pytest.fixture(scope="module")
def image(
    base_image: str, index: str, mirror: Path, patches: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    place = tmp_path_factory.mktemp("containerfile")
    carried = mirrors.with_bootstrap(mirror, place / "mirror", patches["3.13"])
    tampu = cloudfoundry.checkout(place / "tampu", carried)
    packages = Path(urlsplit(index).path).parent
    podman(
        *("build", "--network=none", f"--build-context=tampu={tampu}", f"--file={HOUSE}/docs/Containerfile"),
        *(f"--build-arg=IMAGE={base_image}", "--build-arg=PACKAGES=", "--build-arg=PIP_INDEX_URL=file:///index/simple"),
        *(f"--volume={packages}:/index:ro", f"--tag={IMAGE}", str(HOUSE / "examples" / "flask")),
    )
    yield IMAGE
    containers.podman("rmi", "--force", IMAGE)


def test_an_image_answers_and_ends_with_nothing_to_write_to(image: str) -> None:
    options = ("--network=none", "--read-only", "--cap-drop=ALL", "--security-opt=no-new-privileges")
    started = podman("run", "--detach", *options, image).strip()
    try:
        page = podman("exec", started, ".tampu/run", "python", "-c", ASK)
        user = podman("exec", started, "id", "-u")
        podman("stop", "--time=20", started)
        code = podman("inspect", "--format={{.State.ExitCode}}", started)
    finally:
        containers.podman("rm", "--force", started)

    assert ("65534", "0") == (user.strip(), code.strip())
    assert "Hello from Flask" in page
