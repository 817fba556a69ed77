"""What an image of an app is put on: by default the distribution that has built it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tampu.envs.distribution import THIS
from tampu.platforms.image_names import read_reference
from tampu.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tampu.envs.distribution import Distribution

LINE = re.compile(r"""^(ID|VERSION_ID|VERSION_CODENAME|UBUNTU_CODENAME)=["']?([^"'\n]*)""", re.MULTILINE)
WORD = re.compile(r"[a-z0-9][a-z0-9._-]*")
# Names of images, by what distributions call themselves; those of one family have the same libraries.
NAMES = {
    "almalinux": "almalinux",
    "alpine": "alpine",
    "amzn": "amazonlinux",
    "fedora": "fedora",
    "rhel": "almalinux",
    "rocky": "rockylinux",
}
# Whatever was built runs on it, if that machine was not newer.
USUAL = "debian:stable-slim"


@dataclass(frozen=True, slots=True, kw_only=True)
class Base:
    image: str
    because: str


def read_base(option: str | None, distribution: Distribution = THIS) -> Base:
    if option is not None:
        return Base(image=read_reference("--base", option), because="--base says so")
    release = distribution.release
    text = release.read_text(encoding="utf-8", errors="replace") if release.is_file() else ""
    told = {name: value for name, value in LINE.findall(text) if WORD.fullmatch(value)}
    image = _image(told)
    if image is None:
        return Base(image=USUAL, because="no image is known of this machine's distribution; --base names another")
    return Base(image=image, because="this machine, where the app is built, has the same libraries")


def _image(told: Mapping[str, str]) -> str | None:
    """Short names, which buildah and podman know the places of."""
    if "UBUNTU_CODENAME" in told:
        return f"ubuntu:{told['UBUNTU_CODENAME']}"
    if told.get("ID") == "debian" and "VERSION_CODENAME" in told:
        return f"debian:{told['VERSION_CODENAME']}-slim"
    name = NAMES.get(told.get("ID", ""))
    return f"{name}:{told['VERSION_ID']}" if name and "VERSION_ID" in told else None
