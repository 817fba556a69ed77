"""One app on all platforms: none knows of another, and each installs the same to the byte."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.kit import buildpack as kit
from tests.kit import builds, trees
from tests.kit.cloudfoundry import Staging

if TYPE_CHECKING:
    from tests.kit.builds import Platform

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
LEFT_OUT = shutil.ignore_patterns(".tampu", "staticfiles", "__pycache__")
# Its packages come as those of flask do, and there are six times as many files.
LARGE = {"django"}
# Where an app is from there is not the same on all; what leads to it by this link is.
WAY = ".app: points to "
IN_THE_APP = ("/bin/sh", "-c", 'cd "$0" && exec "$1"')


def on_a_classic_platform(app: Path, place: Path, platform: Platform) -> Path:
    shutil.copytree(app, place / "build", ignore=LEFT_OUT)
    platform.compile(place / "build")
    return place / "build" / ".tampu" / "site"


def on_cloud_foundry(app: Path, place: Path, seed: Path, environ: dict[str, str]) -> Path:
    staging = Staging(root=place, environ=environ, cache=builds.clone(seed, place / "cache"))
    shutil.copytree(app, staging.app, ignore=LEFT_OUT)
    result = staging.supply()
    assert 0 == result.code, result.out + result.err
    return staging.layers / "site"


def on_a_lifecycle(app: Path, place: Path, seed: Path, environ: dict[str, str]) -> Path:
    layers = place / "layers"
    builds.clone(seed, layers / "tampu-cache")
    workspace = shutil.copytree(app, place / "workspace", ignore=LEFT_OUT)
    folders = {"CNB_LAYERS_DIR": str(layers), "CNB_PLATFORM_DIR": str(place / "platform")}
    result = kit.call(*IN_THE_APP, workspace, kit.BIN / "build", env={**environ, **folders})
    assert 0 == result.code, result.out + result.err
    return layers / "site"


@pytest.mark.parametrize("name", sorted({path.name for path in EXAMPLES.iterdir()} - LARGE))
def test_packages_are_the_same_to_the_byte(
    name: str, platform: Platform, index: str, seed: Path, tmp_path: Path
) -> None:
    """Their caches have the same tools and the same Python, and no packages of that app."""
    app, environ = EXAMPLES / name, {**platform.environ, "PIP_INDEX_URL": index}

    classic = on_a_classic_platform(app, tmp_path / "classic", platform)
    supplied = on_cloud_foundry(app, tmp_path / "cell", seed, environ)
    native = on_a_lifecycle(app, tmp_path / "native", seed, environ)

    for other in (supplied, native):
        assert [] == [line for line in trees.difference(classic, other) if not line.startswith(WAY)]
