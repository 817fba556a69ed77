"""The zip for Cloud Foundry: what vendor/package hands to the packager, and what it says where it can't."""

from __future__ import annotations

import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from tests.kit.builds import write_app

SCRIPT = Path(__file__).parents[2] / "vendor" / "package"
# Says what it was called with, and takes the manifest for a zip.
PACKAGER = """#!/bin/sh
echo "$@"
[ -x bin/supply ] || exit 1
while read -r _ file; do [ -f "$(echo "$file" | tr -d '"')" ] || exit 2; done <<END
$(grep '^- "' manifest.yml)
END
echo new >VERSION
cp manifest.yml python_buildpack.zip
"""
FILES = {
    "bin/supply": "#!/bin/sh\n",
    "lib/tampu/cli.py": "",
    "lib/tampu/__pycache__/cli.pyc": "",
    "lib/odd: name.py": "",
    "manifest.yml": "language: python\n",
    "tests/test_it.py": "",
    "VERSION": "1.0\n",
}


@dataclass(frozen=True)
class House:
    root: Path

    def package(self, *words: str) -> subprocess.CompletedProcess[str]:
        command = (sys.executable, "-I", str(self.root / "vendor" / "package"), *words)
        env = {"PATH": f"{self.root}/path:/usr/bin:/bin"}
        return subprocess.run(command, capture_output=True, check=False, cwd=self.root, env=env, text=True)


@pytest.fixture
def house(tmp_path: Path) -> House:
    write_app(tmp_path, {**FILES, "path/buildpack-packager": PACKAGER})
    for name in ("bin/supply", "path/buildpack-packager"):
        (tmp_path / name).chmod(0o755)
    (tmp_path / "vendor").mkdir()
    shutil.copy2(SCRIPT, tmp_path / "vendor" / "package")
    return House(tmp_path)


def listed(archive: Path) -> list[str]:
    names: list[str] = yaml.safe_load(archive.read_text(encoding="utf-8"))["include_files"]
    return names


def test_all_that_belongs_to_it_is_listed(house: House) -> None:
    said = house.package("--out", "made")

    assert (0, "build -any-stack\nmade/python_buildpack.zip\n") == (said.returncode, said.stdout), said.stderr
    assert [
        *("VERSION", "bin/supply", "lib/odd: name.py", "lib/tampu/cli.py", "manifest.yml", "vendor/package"),
    ] == listed(house.root / "made" / "python_buildpack.zip")
    assert ("language: python\n", "1.0\n") == (
        (house.root / "manifest.yml").read_text(),
        (house.root / "VERSION").read_text(),
    )


def test_a_mirror_comes_along(house: House) -> None:
    write_app(house.root / "bundle", {"index.json": "{}", "wheels/alpha.whl": ""})

    said = house.package("--cached", "--mirror", "bundle")

    assert (0, "build -any-stack -cached\npython_buildpack.zip\n") == (said.returncode, said.stdout), said.stderr
    assert {"mirror/index.json", "mirror/wheels/alpha.whl"} < {*listed(house.root / "python_buildpack.zip")}


def test_what_is_no_mirror_is_refused(house: House) -> None:
    said = house.package("--mirror", "lib")

    assert (1, "lib is no mirror: `tampu bundle APP --out lib` makes one.\n") == (said.returncode, said.stderr)


def test_a_packager_that_is_not_there_is_named(house: House) -> None:
    (house.root / "path" / "buildpack-packager").unlink()

    said = house.package()

    assert 1 == said.returncode
    assert "There is no buildpack-packager on PATH: go install github.com/cloudfoundry/" in said.stderr


def test_a_packager_that_fails_leaves_nothing(house: House) -> None:
    (house.root / "bin" / "supply").chmod(0o644)

    said = house.package("--out", "made")

    assert 1 == said.returncode
    assert "buildpack-packager made no zip; the lines above say why.\n" == said.stderr
    assert not (house.root / "made").exists()
