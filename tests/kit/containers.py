"""Containers of our own: a podman that shares nothing with the machine's, and an image without any Python."""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

from tests.kit import require, sources, store

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

NETWORK = "10.97.0.0/24"
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
PATIENCE = 300
# Soft and hard must be equal, and neither above what this process may have.
OPEN_FILES = min(16384, resource.getrlimit(resource.RLIMIT_NOFILE)[1])
PROCESSES = 16384
STORAGE = """\
[storage]
driver = "overlay"
graphroot = "{root}/graph"
runroot = "{root}/run"
"""
CONTAINERS = """\
[containers]
default_ulimits = ["nofile={files}:{files}", "nproc={processes}:{processes}"]
cgroupns = "private"
[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
events_logger = "file"
[network]
network_backend = "netavark"
default_subnet = "{network}"
network_config_dir = "{root}/networks"
"""


def run(
    image: str,
    *argv: str,
    mounts: Mapping[Path, str] | None = None,
    options: tuple[str, ...] = (),
    network: str = "none",
    env: Mapping[str, str] | None = None,
) -> subprocess.CompletedProcess[str]:
    """Run it in a container that is gone afterwards; `mounts` is {folder here: "/there"} or {…: "/there:ro"}."""
    words = [f"--network={network}", *options]
    words += [f"--volume={source}:{place}" for source, place in (mounts or {}).items()]
    words += [f"--env={name}={value}" for name, value in (env or {}).items()]
    return podman("run", "--rm", *words, image, *argv)


def locked_down(user: str = "65534:65534") -> tuple[str, ...]:
    """Options of a container that may do little: no root, no capabilities, nothing to write to but /tmp."""
    return (f"--user={user}", "--read-only", "--cap-drop=ALL", "--security-opt=no-new-privileges")


def podman(*argv: str) -> subprocess.CompletedProcess[str]:
    """Run a podman command over our own storage."""
    return subprocess.run(
        ("podman", *argv),
        check=False,
        capture_output=True,
        env=environment(),
        text=True,
        timeout=PATIENCE,
    )


def environment() -> dict[str, str]:
    """What makes a podman ours, for those who start it themselves."""
    require.need_root()
    require.need("podman", "runc")
    name = f"podman-{store.key(sys.modules[__name__])}"
    config = store.kept(name, _configure)
    return {
        **{name: value for name, value in os.environ.items() if not name.startswith("CONTAINER")},
        "CONTAINERS_CONF": str(config / "containers.conf"),
        "CONTAINERS_STORAGE_CONF": str(config / "storage.conf"),
    }


def base_image() -> str:
    """The smallest system of the machine's own release, which has no Python; made once and kept."""
    require.need("mmdebstrap")
    release = sources.codename()
    image = f"localhost/tampu-tests-{release}:{store.key(sources)}"
    with store.alone("base-image"):
        if podman("image", "exists", image).returncode:
            _make_base_image(release, image)
    return image


def _configure(place: Path) -> None:
    root = store.root() / "podman"
    (place / "storage.conf").write_text(STORAGE.format(root=root), encoding="utf-8")
    settings = CONTAINERS.format(root=root, files=OPEN_FILES, processes=PROCESSES, network=NETWORK)
    (place / "containers.conf").write_text(settings, encoding="utf-8")


def _make_base_image(release: str, image: str) -> None:
    bench = store.root() / "base-image"
    bench.mkdir(exist_ok=True)
    (bench / "sources.list").write_text(sources.own_sources(release), encoding="utf-8")
    options = [f"--dpkgopt=path-exclude=/usr/share/{folder}/*" for folder in ("man", "locale", "doc")]
    clean = '--customize-hook=rm -rf "$1"/var/lib/apt/lists/* "$1"/var/cache/apt/*.bin'
    make = ("mmdebstrap", "--quiet", "--variant=minbase", *options, clean, release)
    made = subprocess.run(
        (*make, bench / "base.tar", bench / "sources.list"), check=False, capture_output=True, text=True
    )
    assert made.returncode == 0, made.stderr
    added = podman("import", "--quiet", "--change", f"ENV PATH={PATH}", str(bench / "base.tar"), image)
    assert added.returncode == 0, added.stderr
    shutil.rmtree(bench)
