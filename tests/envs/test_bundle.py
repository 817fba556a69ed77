from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tampu.envs.bundle import Unlisted, bundle_of, verify
from tampu.envs.clients import client_settings, uv_options
from tampu.envs.mirror import INDEX, BadIndex
from tampu.world.mishaps import NotFound, WrongHash
from tests.kit import bundles

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture
def folder(mirror: Path, index: str, tmp_path: Path) -> Path:
    return bundles.make_bundle(tmp_path / "a bundle, ours", mirror, index)


@pytest.mark.parametrize("location", [str, Path.as_uri, "{}/".format, lambda folder: f"{folder}/{INDEX}"])
def test_a_folder_with_packages_is_a_bundle(location: Callable[[Path], str], folder: Path) -> None:
    bundle = bundle_of({"TAMPU_MIRROR": location(folder)})

    assert bundle is not None
    assert (folder, folder / "wheels") == (bundle.folder, bundle.wheels)
    assert {"1.0", "2.0"} == {file.pin.version for file in bundle.named("alpha")}
    assert {"package"} == {file.pin.name.partition(":")[0] for file in bundle.packages}


@pytest.mark.parametrize("location", ["", "https://127.0.0.1/mirror", "/nowhere"])
def test_all_else_is_none(location: str) -> None:
    assert bundle_of({"TAMPU_MIRROR": location}) is None


def test_a_mirror_of_pythons_alone_is_none(mirror: Path) -> None:
    assert bundle_of({"TAMPU_MIRROR": str(mirror)}) is None
    assert {} == {
        name: value for name, value in client_settings({"TAMPU_MIRROR": str(mirror)}).items() if "INDEX" in name
    }
    verify({"TAMPU_MIRROR": str(mirror)})


def test_a_folder_outside_is_refused(folder: Path) -> None:
    text = (folder / INDEX).read_text()
    (folder / INDEX).write_text(text.replace('"wheels": "wheels"', '"wheels": "../wheels"'))

    with pytest.raises(BadIndex, match="index"):
        bundle_of({"TAMPU_MIRROR": str(folder)})


def test_a_bundle_goes_before_what_users_have_set(folder: Path) -> None:
    theirs = {"PIP_INDEX_URL": "https://127.0.0.1/simple", "UV_INDEX": "https://127.0.0.1/simple"}

    settings = client_settings({**theirs, "TAMPU_MIRROR": str(folder)})

    place = (folder / "wheels").as_uri()
    assert {"PIP_INDEX_URL", "UV_INDEX", "UV_DEFAULT_INDEX"}.isdisjoint(settings)
    assert (place, place, "1") == (settings["PIP_FIND_LINKS"], settings["UV_FIND_LINKS"], settings["UV_OFFLINE"])
    assert (os.devnull, "1") == (settings["PIP_CONFIG_FILE"], settings["PIP_NO_INDEX"])
    assert ("--no-index",) == uv_options({"TAMPU_MIRROR": str(folder)})


def test_a_whole_bundle_is_trusted(folder: Path) -> None:
    verify({"TAMPU_MIRROR": str(folder)})
    verify({})


def test_an_altered_file_is_refused(folder: Path) -> None:
    wheel = folder / "wheels" / "alpha-1.0-py3-none-any.whl"
    content = wheel.read_bytes()
    wheel.unlink()
    wheel.write_bytes(content + b"!")

    with pytest.raises(WrongHash):
        verify({"TAMPU_MIRROR": str(folder)})


def test_a_lost_file_is_missed(folder: Path) -> None:
    (folder / "wheels" / "alpha-1.0-py3-none-any.whl").unlink()

    with pytest.raises(NotFound):
        verify({"TAMPU_MIRROR": str(folder)})


def test_a_file_that_nobody_vouches_for_is_refused(folder: Path) -> None:
    (folder / "wheels" / "omega-1.0-py3-none-any.whl").write_bytes(b"")

    with pytest.raises(Unlisted) as caught:
        verify({"TAMPU_MIRROR": str(folder)})
    assert "omega-1.0-py3-none-any.whl" in caught.value.advice


@pytest.mark.parametrize("location", ["file://[", "x" * 5000, "a\0b"])
def test_a_location_that_no_folder_has_is_no_bundle(location: str) -> None:
    assert bundle_of({"TAMPU_MIRROR": location}) is None
