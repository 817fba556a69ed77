"""Programs of the platforms' own, made once of the sources that tests/programs/go.mod and go.sum pin."""

from __future__ import annotations

import hashlib
import os
import platform
import subprocess
from pathlib import Path

from tests.kit import require, store

MODULE = Path(__file__).resolve().parents[1] / "programs"
PACK = "github.com/buildpacks/pack"
PACKAGER = "github.com/cloudfoundry/libbuildpack/packager/buildpack-packager"
BUILD = ("go", "build", "-mod=readonly", "-trimpath", "-buildvcs=false", "-ldflags=-s -w")


def program(package: str) -> Path:
    """The program that this package of theirs is."""
    require.need("go")
    name = package.rpartition("/")[2]
    pinned = hashlib.sha256((MODULE / "go.sum").read_bytes()).hexdigest()[:16]
    return store.kept(f"{name}-{pinned}-{platform.machine()}", lambda place: make(place, MODULE, package)) / name


def make(place: Path, module: Path, *packages: str) -> None:
    """Build these in that module, whose go.sum has the hash of all that they are made of."""
    made = subprocess.run(
        (*BUILD, "-o", place, *packages),
        check=False,
        capture_output=True,
        cwd=module,
        env={**os.environ, "CGO_ENABLED": "0"},
        text=True,
    )
    if made.returncode:
        require.lack(f"the sources of {' and '.join(packages)}: {made.stderr}")
    place.chmod(0o755)
