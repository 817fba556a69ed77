"""What some apps in tests/apps can't hold themselves: locks with hashes, wheels, packages behind a login."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.kit import web, wheels
from tests.kit.wheels import Package

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import ExitStack
    from pathlib import Path

    from tests.kit.builds import Platform

LOCKED = {"alpha": "1.0", "gamma": "1.0"}
PASSWORD = "s3cr3t-of-the-index"  # noqa: S105 - of a server that lives for one test
POETRY_PACKAGE = """
[[package]]
name = "{name}"
version = "{version}"
description = ""
optional = false
python-versions = "*"
groups = ["main"]
files = [{{file = "{file}", hash = "sha256:{sha256}"}}]
"""
PDM_PACKAGE = """
[[package]]
name = "{name}"
version = "{version}"
groups = ["default"]
files = [{{file = "{file}", hash = "sha256:{sha256}"}}]
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """The copied app, the platform that will build it, an index to lock against, and what ends with the test."""

    app: Path
    platform: Platform
    index: Path
    stack: ExitStack

    def write(self, name: str, text: str) -> None:
        (self.app / name).write_text(text, encoding="utf-8")

    def packages(self) -> list[dict[str, str]]:
        return [self._package(name, version) for name, version in LOCKED.items()]

    def _package(self, name: str, version: str) -> dict[str, str]:
        file = f"{name}-{version}-py3-none-any.whl"
        sha256 = hashlib.sha256((self.index / file).read_bytes()).hexdigest()
        return {"name": name, "version": version, "file": file, "sha256": sha256}


def prepare(name: str, bench: Bench) -> None:
    if name in PREPARATIONS:
        PREPARATIONS[name](bench)


def _hashed(bench: Bench) -> None:
    lines = [f"{it['name']}=={it['version']} \\\n    --hash=sha256:{it['sha256']}\n" for it in bench.packages()]
    bench.write("requirements.txt", "".join(lines))


def _uv_lock(bench: Bench) -> None:
    _uv(bench, "lock")


def _pylock(bench: Bench) -> None:
    _uv(bench, "export", "--quiet", "--format", "pylock.toml", "--no-emit-project", "--output-file", "pylock.toml")
    (bench.app / "uv.lock").unlink()


def _uv(bench: Bench, *words: str) -> None:
    site = bench.stack.enter_context(web.serve(bench.index))
    where = ("--no-cache", "--no-config", "--default-index", f"{site.url}/simple", "--python", sys.executable)
    env = {name: value for name, value in os.environ.items() if not name.startswith("UV_")}
    argv = (sys.executable, "-m", "uv", *words, *where)
    ended = subprocess.run(argv, check=False, capture_output=True, cwd=bench.app, env=env, text=True)
    assert ended.returncode == 0, ended.stderr


def _poetry_lock(bench: Bench) -> None:
    packages = "".join(POETRY_PACKAGE.format(**package) for package in bench.packages())
    metadata = '[metadata]\nlock-version = "2.1"\npython-versions = ">=3.11,<3.14"\ncontent-hash = ""\n'
    bench.write("poetry.lock", f"{packages}\n{metadata}")


def _pdm_lock(bench: Bench) -> None:
    packages = "".join(PDM_PACKAGE.format(**package) for package in bench.packages())
    metadata = '[metadata]\ngroups = ["default"]\nstrategy = ["inherit_metadata"]\nlock_version = "4.5.0"\n'
    bench.write("pdm.lock", f"{metadata}{packages}")


def _pipenv_lock(bench: Bench) -> None:
    default = {
        package["name"]: {"hashes": [f"sha256:{package['sha256']}"], "version": f"=={package['version']}"}
        for package in bench.packages()
    }
    meta = {"pipfile-spec": 6, "requires": {"python_version": "3.13"}, "sources": []}
    bench.write("Pipfile.lock", json.dumps({"_meta": meta, "default": default, "develop": {}}, indent=4))


def _vendor(bench: Bench) -> None:
    (bench.app / "vendor").mkdir()
    for package in bench.packages():
        shutil.copyfile(bench.index / package["file"], bench.app / "vendor" / package["file"])


def _private_index(bench: Bench) -> None:
    folder = bench.platform.user_env.parent / "private"
    wheels.wheel(Package(name="secret-recipe", version="7.0"), folder)
    wheels.index(folder)
    site = bench.stack.enter_context(web.serve(folder, login=f"me:{PASSWORD}"))
    bench.platform.set_for_user(PIP_EXTRA_INDEX_URL=f"{site.url_with_login}/simple")


PREPARATIONS: dict[str, Callable[[Bench], None]] = {
    "requirements_hashed": _hashed,
    "uv_lock": _uv_lock,
    "pylock_toml": _pylock,
    "poetry_lock": _poetry_lock,
    "pdm_lock": _pdm_lock,
    "pipenv_lock": _pipenv_lock,
    "vendored_wheels": _vendor,
    "private_index": _private_index,
}
