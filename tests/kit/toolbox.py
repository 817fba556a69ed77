"""The tools layer as a build would have it, made of what the tests' own environment has."""

from __future__ import annotations

import importlib.util
import shutil
import sysconfig
from importlib.metadata import version
from pathlib import Path

from tampu.envs.tools import Tools
from tests.kit import require

NAMES = ("uv", "pip")


def make_tools(place: Path) -> Tools:
    """uv and pip, linked into that folder."""
    uv = shutil.which("uv", path=sysconfig.get_path("scripts"))
    if uv is None:
        require.lack("uv")
    (place / "bin").mkdir(parents=True)
    (place / "bin" / "uv").symlink_to(str(uv))
    (place / "pip").symlink_to(_package("pip"))
    return Tools(place, {name: version(name) for name in NAMES})


def setuptools() -> Path:
    """The folder of a wheel of setuptools that needs nothing else to build with."""
    return _package("virtualenv") / "seed" / "wheels" / "embed"


def _package(name: str) -> Path:
    spec = importlib.util.find_spec(name)
    if spec is None or spec.origin is None:
        require.lack(name)
    return Path(str(spec and spec.origin)).parent
