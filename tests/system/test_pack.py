"""An image of an app by `pack`, with a builder that has nothing but this buildpack, and no network."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from tests.kit import cloudfoundry, containers, images, lifecycle, mirrors, pack

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.kit.pack import Pack

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "flask"
LEFT_OUT = shutil.ignore_patterns(".tampu", "__pycache__")
BUILDER, APP, BASE = (f"images.example/tampu-tests-pack/{name}:{os.getpid()}" for name in ("builder", "app", "base"))
USER = f"{lifecycle.BUILDER}:{lifecycle.BUILDER}"
ENVIRONMENT = (f"ENV CNB_USER_ID={lifecycle.BUILDER}", f"ENV CNB_GROUP_ID={lifecycle.BUILDER}", f"USER {USER}")


@pytest.fixture
def packer(base_image: str, mirror: Path, patches: dict[str, str], tmp_path: Path) -> Iterator[Pack]:
    """It knows a builder of our base image and of this buildpack, which brings its own mirror."""
    buildpack = cloudfoundry.checkout(
        tmp_path / "tampu", mirrors.with_bootstrap(mirror, tmp_path / "mirror", patches["3.13"])
    )
    shutil.copyfile(EXAMPLE.parents[1] / "buildpack.toml", buildpack / "buildpack.toml")
    images.changed(base_image, BASE, *ENVIRONMENT)
    try:
        with pack.served(tmp_path / "pack") as packer:
            packer.create_builder(BUILDER, buildpack, BASE)
            yield packer
    finally:
        containers.podman("rmi", "--force", APP, BUILDER, BASE)


def test_an_image_is_made_by_pack(packer: Pack, index: str, tmp_path: Path) -> None:
    app = shutil.copytree(EXAMPLE, tmp_path / "app", ignore=LEFT_OUT)
    shelf = Path(urlsplit(index).path).parent
    packages = ("--env=PIP_INDEX_URL=file:///index/simple", f"--volume={shelf}:/index:ro")

    said = images.made(packer.build(APP, app, BUILDER, *packages))

    assert "Adding layer 'tampu/python:site'" in said
    assert f"Successfully built image '{APP}'" in said
    images.serves(APP, "<h1>Hello from Flask</h1>")
    told = images.made(packer("inspect", APP))
    assert "tampu/python" in told
    assert "web (default)" in told

    unchanged = images.made(packer.build(APP, app, BUILDER, *packages))

    assert "Reusing layer 'tampu/python:site'" in unchanged
    assert "Adding layer 'tampu/python" not in unchanged
