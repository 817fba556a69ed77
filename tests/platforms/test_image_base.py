from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tampu.envs.distribution import Distribution
from tampu.platforms.image_base import USUAL, read_base
from tampu.platforms.image_names import BadName

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("text", "image"),
    [
        ('ID=debian\nVERSION_ID="12"\nVERSION_CODENAME=bookworm\n', "debian:bookworm-slim"),
        ("ID=ubuntu\nVERSION_ID='24.04'\nVERSION_CODENAME=noble\nUBUNTU_CODENAME=noble\n", "ubuntu:noble"),
        ("ID=linuxmint\nVERSION_ID=22\nVERSION_CODENAME=wilma\nUBUNTU_CODENAME=noble\n", "ubuntu:noble"),
        ('ID="rocky"\nVERSION_ID="9.4"\n', "rockylinux:9.4"),
        ("ID=nixos\nVERSION_ID=25.05\n", USUAL),
        ("ID=fedora\n", USUAL),
        ("ID=fedora\nVERSION_ID=43\n", "fedora:43"),
        ("ID=debian\nPRETTY_NAME=sid\n", USUAL),
        ('ID="x y"\nVERSION_ID=1\n', USUAL),
        ("", USUAL),
    ],
)
def test_an_image_of_the_machines_own_distribution(text: str, image: str, tmp_path: Path) -> None:
    release = tmp_path / "os-release"
    release.write_text(text)

    assert image == read_base(None, Distribution(release=release)).image


def test_a_machine_that_does_not_say_what_it_is(tmp_path: Path) -> None:
    base = read_base(None, Distribution(release=tmp_path / "nowhere"))

    assert USUAL == base.image
    assert "--base" in base.because


def test_an_image_that_was_asked_for() -> None:
    assert "python:3.13" == read_base("python:3.13").image
    with pytest.raises(BadName):
        read_base("python 3.13")
