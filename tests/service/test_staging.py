"""Services that are put into a folder, for a package: nothing of this machine is touched."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING

import pytest

import tampu.service
from tests.kit import builds

if TYPE_CHECKING:
    from pathlib import Path

    from tests.kit.builds import Platform

APP = {
    "shop.py": "import alpha, sys\nprint('alpha', alpha.__version__, sys.argv[1:])\n",
    "requirements.txt": "alpha==1.0\n",
    ".python-version": "3.13\n",
    "lib/__pycache__/old.pyc": "old",
    ".git/config": "secret",
}


@pytest.fixture
def words(
    platform: Platform, index: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> dict[str, str | list[str] | Path]:
    """A wish, and the surroundings in which it can be fulfilled."""
    builds.clone(platform.cache / "tampu", tmp_path / "caches/tampu")
    for name, value in {**platform.environ, "PIP_INDEX_URL": index, "XDG_CACHE_HOME": str(tmp_path / "caches")}.items():
        monkeypatch.setenv(name, value)
    app = builds.write_app(tmp_path / "shop", APP)
    command = ["python", "shop.py", "it's 100% $HOME"]
    return {"user": "tampu-shop", "path_to_files": app, "command": command, "root": tmp_path / "root"}


def paths(root: Path) -> list[str]:
    """Without what is inside of a release."""
    found = {path.relative_to(root).as_posix() for path in root.rglob("*") if not path.is_dir() or path.is_symlink()}
    return sorted(path for path in found if "/releases/" not in path)


@pytest.mark.parametrize(
    ("backend", "its"),
    [
        (
            "systemd",
            [
                "etc/systemd/system/multi-user.target.wants/tampu-shop.service",
                "etc/systemd/system/tampu-shop.service",
            ],
        ),
        ("supervisord", ["etc/supervisor/conf.d/tampu-shop.conf"]),
    ],
)
def test_a_folder_is_filled_filled_again_and_emptied(
    words: dict[str, object], tmp_path: Path, backend: str, its: list[str]
) -> None:
    root = tmp_path / "root"
    words["backend"] = backend
    planned = tampu.service.plan(**words)  # type: ignore[arg-type]
    assert not root.exists()
    tampu.service.init(**words)  # type: ignore[arg-type]
    times = {path: path.lstat().st_ctime_ns for path in root.rglob("*")}
    tampu.service.init(**words)  # type: ignore[arg-type]

    assert times == {path: path.lstat().st_ctime_ns for path in root.rglob("*")}
    journal = json.loads((root / "var/lib/tampu/services/tampu-shop.json").read_text(encoding="utf-8"))
    # The deeper ones first, and always in the same order.
    assert sorted(journal["folders"], key=lambda path: (-len(path), path)) == journal["folders"]
    assert [
        "etc/logrotate.d/tampu-shop",
        *its,
        "usr/local/lib/tampu/tampu-shop/current",
        "var/lib/tampu/services/tampu-shop.json",
    ] == paths(root)
    assert [] == [
        path for path in planned.makes if not (root / path.lstrip("/")).is_symlink() and not (root / path[1:]).exists()
    ]

    tampu.service.remove("tampu-shop", root=root)
    assert [] == list(root.rglob("*"))


def test_a_release_starts_wherever_it_is_and_holds_what_belongs_there(words: dict[str, object], tmp_path: Path) -> None:
    tampu.service.init(**words)  # type: ignore[arg-type]
    home = tmp_path / "root/usr/local/lib/tampu/tampu-shop"
    home.rename(tmp_path / "elsewhere")
    release = tmp_path / "elsewhere/current"

    said = subprocess.check_output((release / "start",), text=True, env={"PATH": "/usr/bin:/bin"})
    assert 'alpha 1.0 ["it\'s 100% $HOME"]\n' == said
    assert {".python-version", ".tampu", "__pycache__", "lib", "requirements.txt", "shop.py", "start"} == builds.names(
        release.resolve()
    )
    assert not (release / "lib/__pycache__").exists()


def test_a_release_that_is_no_longer_started_is_dropped(words: dict[str, object], tmp_path: Path) -> None:
    releases = tmp_path / "root/usr/local/lib/tampu/tampu-shop/releases"
    tampu.service.init(**words)  # type: ignore[arg-type]
    first = builds.names(releases)
    builds.write_app(tmp_path / "shop", {"shop.py": "print('anew')\n"})
    tampu.service.init(**words)  # type: ignore[arg-type]

    assert (1, 1) == (len(first), len(builds.names(releases)))
    assert first != builds.names(releases)
