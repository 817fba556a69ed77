"""Who makes an image, and what is said when that fails; tests/system has the real ones make one."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pytest

from tampu.platforms.image_base import Base
from tampu.platforms.image_builder import NoBuilder, NotMade, UnfitBase, command, find_builder, lay, make
from tampu.platforms.image_content import CHECKED, CHECKING
from tampu.world import World
from tampu.world.cache import Cache
from tampu.world.console import PlainConsole
from tampu.world.downloads import Downloads
from tampu.world.run import Processes

if TYPE_CHECKING:
    from pathlib import Path

BASE = Base(image="debian:bookworm-slim", because="it is the same")


@pytest.fixture
def world(tmp_path: Path) -> World:
    say = PlainConsole(io.StringIO(), io.StringIO())
    return World(
        run=Processes(say),
        fetch=Downloads(environ={}, say=say),
        cache=Cache(tmp_path / "cache"),
        say=say,
        environ={"PATH": "/usr/bin:/bin"},
    )


def program(place: Path, name: str, script: str = "") -> str:
    place.mkdir(exist_ok=True)
    path = place / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return str(path)


def test_buildah_is_taken_before_podman(tmp_path: Path) -> None:
    podman = program(tmp_path, "podman")
    assert podman == find_builder({"PATH": str(tmp_path)})

    buildah = program(tmp_path, "buildah")
    assert buildah == find_builder({"PATH": str(tmp_path)})


@pytest.mark.parametrize("environ", [{}, {"PATH": "/nowhere"}], ids=str)
def test_a_machine_with_neither(environ: dict[str, str]) -> None:
    with pytest.raises(NoBuilder):
        find_builder(environ)


def test_one_layer_of_one_time_and_no_network(tmp_path: Path) -> None:
    (tmp_path / "layers.id").write_text("sha256:0f0f\n")

    words = command("/usr/bin/buildah", tmp_path, "shop:1", 1700000000, {}).argv

    assert ("/usr/bin/buildah", "build") == words[:2]
    assert {"--layers=false", "LAYERS=0f0f", "--timestamp", "1700000000", "--network", "none", "shop:1"} < set(words)
    assert str(tmp_path) == words[-1]


def test_layers_that_are_kept_for_the_next_image_and_have_the_same_time_in_each(tmp_path: Path) -> None:
    words = lay("/usr/bin/podman", tmp_path, {}).argv

    assert {"--layers", "315532801", str(tmp_path / "layers.id"), str(tmp_path / "Containerfile.layers")} < set(words)
    assert "--tag" not in words


def test_one_that_makes_it_says_nothing_more(tmp_path: Path, world: World) -> None:
    make(program(tmp_path / "bin", "buildah", "touch layers.id"), tmp_path, "shop:1", BASE, 0, world)


@pytest.mark.parametrize(
    ("said", "found"),
    [
        (f"echo '{CHECKING}'; echo noise; echo \"version 'GLIBC_2.38' not found\"", "version 'GLIBC_2.38' not found"),
        (f"echo '{CHECKING}'; echo 'Illegal instruction'", "Illegal instruction"),
        (f"echo '{CHECKING}'", "it can't be started there"),
        (f"echo '{CHECKING}'; echo '{'x' * 90}: not found'", f"{'x' * 90}…"),
    ],
)
def test_a_base_that_does_not_run_the_app(said: str, found: str, tmp_path: Path, world: World) -> None:
    with pytest.raises(UnfitBase, match=BASE.image) as caught:
        make(program(tmp_path / "bin", "buildah", f"{said}; exit 1"), tmp_path, "shop:1", BASE, 0, world)

    assert f"Found:    {found}\n" in caught.value.advice


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ("echo pulling; echo 'no such image'", "no such image"),
        ("true", "ended with exit code 125"),
        (f"echo '{CHECKING}'; echo '{CHECKED}'; echo 'disk full'", "disk full"),
    ],
)
def test_one_that_can_not_make_it(said: str, found: str, tmp_path: Path, world: World) -> None:
    with pytest.raises(NotMade, match="buildah could not make the image") as caught:
        make(program(tmp_path / "bin", "buildah", f"{said}; exit 125"), tmp_path, "shop:1", BASE, 0, world)

    assert f"Found:    {found}\n" in caught.value.advice
