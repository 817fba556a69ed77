from __future__ import annotations

import hashlib
import json
import tarfile
from typing import TYPE_CHECKING

import pytest

from tests.kit import containers

if TYPE_CHECKING:
    from pathlib import Path

MODULES = (
    "ssl",
    "sqlite3",
    "ctypes",
    "bz2",
    "lzma",
    "readline",
    "curses",
    "uuid",
    "zlib",
    "decimal",
    "pyexpat",
    "venv",
)
SELF_TEST = f"""
import importlib, json, sys
for name in {MODULES}:
    importlib.import_module(name)
print(json.dumps([sys.version.split()[0], sys.prefix, sys.flags.no_site]))
"""


@pytest.fixture(scope="module", params=["3.11", "3.12", "3.13"])
def version(request: pytest.FixtureRequest, patches: dict[str, str]) -> str:
    return patches[request.param]


@pytest.fixture(scope="module")
def moved(version: str, mirror: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The mirror's archive, unpacked at a place that it wasn't made for."""
    folder = tmp_path_factory.mktemp("moved")
    folder.chmod(0o755)
    (archive,) = mirror.glob(f"*{version}*")
    with tarfile.open(archive) as packed:
        packed.extractall(folder)  # noqa: S202 - we made it
    return folder / "python"


def test_runs_at_another_place_as_another_user_and_read_only(moved: Path, version: str, base_image: str) -> None:
    ended = containers.run(
        base_image,
        *("/elsewhere/bin/python3", "-I", "-B", "-c", SELF_TEST),
        mounts={moved: "/elsewhere:ro"},
        options=containers.locked_down(),
    )

    assert ended.returncode == 0, ended.stderr
    assert [version, "/elsewhere", 0] == json.loads(ended.stdout)


def test_makes_environments_with_pip(moved: Path, base_image: str) -> None:
    script = "/elsewhere/bin/python3 -m venv /tmp/venv && /tmp/venv/bin/python -m pip --version"
    ended = containers.run(
        base_image,
        *("sh", "-c", script),
        mounts={moved: "/elsewhere:ro"},
        options=containers.locked_down(),
    )

    assert ended.returncode == 0, ended.stderr
    assert "from /tmp/venv/lib/" in ended.stdout


def test_holds_nothing_that_an_app_has_no_use_for(moved: Path) -> None:
    found = {path.name for path in moved.rglob("*")}

    assert set() == found & {"__pycache__", "test", "tests", "tkinter", "idlelib", "turtledemo", "pip", "setuptools"}


def test_the_index_knows_the_archive(mirror: Path, version: str) -> None:
    listed = {file["version"]: file for file in json.loads((mirror / "index.json").read_text())["files"]}
    file = listed[version]

    assert file["sha256"] == hashlib.sha256((mirror / file["file"]).read_bytes()).hexdigest()


def test_the_base_image_has_no_python(base_image: str) -> None:
    ended = containers.run(base_image, "sh", "-c", "ls /usr/bin/python* /usr/local/bin/python* /usr/lib/python*")

    assert ended.stdout == ""
