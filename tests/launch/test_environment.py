from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tampu.envs.runtime import ENVIRONMENT

PYENV = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
PYTHONS = [Path(sys.executable), *sorted(PYENV.glob("versions/*/bin/python"))]
PROGRAM = """
import json, os, site, sys
series = "python%d.%d" % sys.version_info[:2]
library = os.path.join(sys.argv[1], "python", "lib", series, "site-packages")
own = os.path.join(sys.argv[1], "site", "lib", series, "site-packages")
sys.path.insert(0, library)
sys.path.append(site.USER_SITE or "/nonexistent")
for folder in sys.argv[2:]:
    os.makedirs(own if folder == "own" else os.path.join(sys.argv[1], folder))
before = sys.prefix
import tampu_environment
known = set(sys.path)
tampu_environment.join(known)
tampu_environment.join(None)
print(json.dumps({
    "joined": [name for name in ("prefix", "exec_prefix") if getattr(sys, name) == os.path.join(sys.argv[1], "site")],
    "untouched": sys.prefix == before,
    "based": sys.base_prefix != sys.prefix if hasattr(sys, "base_prefix") else None,
    "added": sys.path.count(own),
    "user": (site.USER_SITE or "/nonexistent") in sys.path and bool(site.USER_SITE),
    "first": site.PREFIXES[0] == sys.prefix,
}))
"""


def _run(python: Path, layers: Path, *folders: str) -> dict[str, object]:
    series = subprocess.run(
        (str(python), "-c", "import sys; print('python%d.%d' % sys.version_info[:2])"),
        check=True,
        capture_output=True,
        text=True,
    ).stdout.strip()
    library = layers / "python" / "lib" / series / "site-packages"
    library.mkdir(parents=True)
    shutil.copyfile(ENVIRONMENT, library / "tampu_environment.py")
    argv = (str(python), "-c", PROGRAM, str(layers), *folders)
    answer: dict[str, object] = json.loads(subprocess.run(argv, check=True, capture_output=True, text=True).stdout)
    return answer


@pytest.mark.parametrize("python", PYTHONS, ids=lambda path: path.parents[1].name)
def test_every_python_joins_the_environment_beside_it(python: Path, tmp_path: Path) -> None:
    expected = {"joined": ["prefix", "exec_prefix"], "based": True, "added": 1}
    told = _run(python, tmp_path, "own")
    assert {**told, **expected, "untouched": False, "user": False, "first": True} == told


@pytest.mark.parametrize("python", PYTHONS[:1])
def test_nothing_changes_without_one(python: Path, tmp_path: Path) -> None:
    told = _run(python, tmp_path)
    assert told["untouched"]
    assert told["added"] == 0
