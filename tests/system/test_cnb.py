"""Images of Cloud Native Buildpacks, made by the lifecycle itself and started where they may do next to nothing."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.kit import containers, distribution, lifecycle
from tests.kit.builds import write_app
from tests.kit.images import made, says, serves

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.kit.lifecycle import Platform

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "flask"
LEFT_OUT = shutil.ignore_patterns(".tampu", "__pycache__")
LAYERS = ("apt", "nginx", "python", "site", "tampu")
# What test_pack.py has is the oldest that we say we are for; here is the newest. An app that is as it was is there.
NEWEST = "0.12"
GREETING = distribution.Deb(name="greeting", files={"usr/bin/greet": b"#!/bin/sh\necho good morning\n"})
DOTCLOUD = "www:\n  type: python\n  systempackages:\n    - greeting\n"
TESTED = '[project]\nname = "shop"\ndependencies = ["alpha==1.0"]\n[dependency-groups]\ntest = ["toolbox.kit"]\n'
HELLO = "<h1>Hello from Flask</h1>"
NOT_DETECTED, NOT_BUILT = 20, 51
WHERE = "import os, flask; print(os.environ['HOME'], flask.__name__)"


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory, base_image: str, mirror: Path, index: str) -> Iterator[Platform]:
    place = tmp_path_factory.mktemp("cnb")
    packages = Path(index.removeprefix("file://")).parent
    debian = distribution.make(place / "distribution", GREETING)
    with lifecycle.registry(place / "registry") as registry:
        platform = lifecycle.Platform.make(place / "platform", base_image, registry, mirror, packages, debian.sources)
        platform.call_as(NEWEST)
        yield platform
        containers.podman("rmi", "--force", platform.image)


def tells_what_is_in_it(platform: Platform) -> None:
    (found,) = json.loads(made(containers.podman("inspect", platform.image)))
    labels = found["Config"]["Labels"]
    layers = json.loads(labels["io.buildpacks.lifecycle.metadata"])["buildpacks"][0]["layers"]

    assert "3.13" in labels["tampu.python"]
    assert set(LAYERS) == set(layers)
    assert {"Python", "requirements.txt"} < set(layers["site"]["data"]["key"])
    assert ["/cnb/process/web"] == found["Config"]["Entrypoint"]


def has_new_system(platform: Platform, base: str, place: Path) -> None:
    """A run image that was mended is put under the app, whose layers stay as they are."""
    made(containers.podman("create", "--quiet", "--cidfile", str(place / "id"), base, "true"))
    name = (place / "id").read_text()
    mended = f"localhost/tampu-tests-mended:{name[:12]}"
    (place / "mended").write_text("yes\n")
    try:
        made(containers.podman("cp", str(place / "mended"), f"{name}:/etc/mended"))
        made(containers.podman("commit", "--quiet", name, mended))
        lifecycle.push(mended, platform.run_image)
    finally:
        containers.podman("rm", "--force", name)
        containers.podman("rmi", "--force", mended)
    made(platform.rebase())
    lifecycle.pull(platform.image)
    assert "yes\n" == says(platform.image, "cat", "/etc/mended")


def test_an_image_is_made_and_changed_and_its_system_renewed(
    platform: Platform, base_image: str, tmp_path: Path
) -> None:
    app = write_app(Path(shutil.copytree(EXAMPLE, tmp_path / "app", ignore=LEFT_OUT)), {"dotcloud.yml": DOTCLOUD})

    first = made(platform.create(app))
    lifecycle.pull(platform.image)
    assert all(f"Adding layer 'tampu/python:{name}'" in first for name in LAYERS)
    serves(platform.image, HELLO)
    assert "/workspace flask\n" == says(platform.image, "launcher", "python", "-c", WHERE)
    assert "good morning\n" == says(platform.image, "launcher", "greet")
    tells_what_is_in_it(platform)

    (app / "requirements.txt").open("a", encoding="utf-8").write("alpha==1.0\n")
    more = made(platform.create(app))
    assert "Installed 1 package" in more
    reused = [name for name in LAYERS if f"Reusing layer 'tampu/python:{name}'" in more]
    assert ["apt", "nginx", "python", "tampu"] == reused

    has_new_system(platform, base_image, tmp_path)
    serves(platform.image, HELLO)


def test_an_image_to_run_tests_in(platform: Platform, tmp_path: Path) -> None:
    app = write_app(tmp_path / "tested", {"pyproject.toml": TESTED, "wsgi.py": "application = print\n"})

    made(platform.create(app, "test"))

    lifecycle.pull(platform.image)
    assert "toolbox 3.1\n" == says(platform.image, "launcher", "toolbox")
    (found,) = json.loads(made(containers.podman("inspect", platform.image)))
    assert ["/cnb/lifecycle/launcher"] == found["Config"]["Entrypoint"]


def test_what_is_no_app_of_python_is_left_to_others(platform: Platform, tmp_path: Path) -> None:
    ended = platform.create(write_app(tmp_path / "js", {"package.json": "{}"}))

    assert NOT_DETECTED == ended.returncode
    assert "fail: tampu/python@" in ended.stdout


def test_an_app_that_can_t_be_built_is_told_why(platform: Platform, tmp_path: Path) -> None:
    ended = platform.create(write_app(tmp_path / "broken", {"requirements.txt": "alpha==1.0\nalpha==2.0\n"}))

    assert NOT_BUILT == ended.returncode
    assert " !     Error: " in ended.stdout + ended.stderr
    assert "alpha" in ended.stdout + ended.stderr
