"""Apps staged and started as Cloud Foundry does, on a machine that has no Python, and no network while it is staged."""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
import yaml

from tests.kit import builds, cloudfoundry, mirrors
from tests.kit.cloudfoundry import Cell, Staged

if TYPE_CHECKING:
    from collections.abc import Callable

HOUSE = Path(__file__).resolve().parents[2]
EXAMPLES = HOUSE / "examples"
ANSWERED = """
launch "$START" >&2 & pid=$!
ask='import time, urllib.request as r
for _ in range(3000):
    try:
        print(r.urlopen("http://127.0.0.1:8080/").read().decode())
        break
    except OSError:
        time.sleep(0.01)
else:
    print("no answer")'
"$DEPS_DIR/0/bin/python" -c "$ask"
kill -TERM $pid; wait $pid; echo "ended with $?"
"""
LAST_ONE = {
    "bin/supply": '#!/bin/sh\ncommand -v "$3/00/bin/python"\n',
    "bin/finalize": '#!/bin/sh\nset -e\nindex=$4\necho "index $index"\n'
    '"$3/00/bin/python" "$1/check.py"\n'
    "echo 'export PATH=$DEPS_DIR/00/bin:$PATH' >\"$5/000_multi-supply.sh\"\n"
    'cp "$3/00/profile.d/tampu.sh" "$5/00_tampu.sh"\n',
    "bin/release": "#!/bin/sh\necho 'default_process_types: {task: python check.py}'\n",
}
ALPHA = {"requirements.txt": "alpha==1.0\n", "check.py": "import alpha\n\nprint('alpha', alpha.__version__)\n"}
NOTHING = {"bin/supply": '#!/bin/sh\nmkdir "$3/$4/bin"\n'}


def pack(place: Path, files: dict[str, str]) -> Path:
    builds.write_app(place, files)
    for name in files:
        (place / name).chmod(0o755)
    return place


@pytest.fixture(scope="module")
def ours(mirror: Path, patches: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """This buildpack, as a zip for those without a network has it."""
    place = tmp_path_factory.mktemp("buildpack")
    carried = mirrors.with_bootstrap(mirror, place / "mirror", patches["3.13"])
    return cloudfoundry.packaged(HOUSE, place / "zip", f"--mirror={carried}")


@pytest.fixture
def cached(mirror: Path, patches: dict[str, str], tmp_path: Path) -> Path:
    """This buildpack, as a zip with all that its manifest lists has it: here, one Python and a source of nginx."""
    house = cloudfoundry.checkout(tmp_path / "house")
    version = patches["3.13"]
    python = _pin(mirror / f"cpython-{version}-{mirrors.ARCH}.tar.gz")
    pythons = json.loads((house / "vendor" / "pythons.json").read_text(encoding="utf-8"))
    arches = {arch: {version: python} for arch in (mirrors.ARCH, "x86_64")}
    nginx = {"default": "1.0.0", "pins": {"1.0.0": _pin(EXAMPLES / "flask" / "app.py")}}
    (house / "vendor" / "pythons.json").write_text(json.dumps({**pythons, "pins": arches}), encoding="utf-8")
    (house / "vendor" / "nginx.json").write_text(json.dumps(nginx), encoding="utf-8")
    (house / "vendor" / "bootstrap").write_text(f"{mirrors.ARCH} {version} {python['url']} {python['sha256']}\n")
    subprocess.run((sys.executable, "-I", house / "vendor" / "update", "manifest"), check=True)
    return cloudfoundry.packaged(house, tmp_path / "zip", "--cached")


def _pin(file: Path) -> dict[str, str]:
    return {"url": file.as_uri(), "sha256": hashlib.sha256(file.read_bytes()).hexdigest()}


@pytest.fixture
def cell(base_image: str, index: str, tmp_path: Path) -> Cell:
    folder = Path(urlsplit(index).path).parent
    return Cell(place=tmp_path / "cell", image=base_image, mounts={folder: "/index:ro"})


@pytest.fixture
def stage(cell: Cell, ours: Path) -> Callable[..., Staged]:
    def stage(app: Path, **others: Path) -> Staged:
        return cell.stage(app, {"tampu": ours, **others}, {"PIP_INDEX_URL": "file:///index/simple"})

    return stage


def test_an_app_answers_where_no_python_was(cell: Cell, stage: Callable[..., Staged], ours: Path) -> None:
    staged = stage(EXAMPLES / "flask")

    assert 0 == staged.code, staged.out + staged.err
    assert staged.out.startswith("Python\n")
    released = cell.on_staging('"$1/bin/release" /tmp/contents*/app', {"tampu": ours}, {})
    assert cell.processes() == yaml.safe_load(released.out)["default_process_types"]
    assert "Fetched from the mirror that this tampu carries: TAMPU_MIRROR names no other" in staged.out
    ended = cell.launch(ANSWERED, {"START": cell.processes()["web"]})

    assert ended.stdout.endswith("ended with 0\n"), ended.stdout + ended.stderr
    assert "<html" in ended.stdout


def test_a_cached_buildpack_brings_python(cell: Cell, cached: Path, tmp_path: Path) -> None:
    app = builds.write_app(tmp_path / "app", {**ALPHA, "Procfile": "web: python check.py\n"})

    staged = cell.stage(app, {"tampu": cached}, {"PIP_INDEX_URL": "file:///index/simple"})

    assert 0 == staged.code, staged.out + staged.err
    assert re.search(r"Downloading python .* from file:///tmp/buildpacks/tampu/dependencies/", staged.out)
    ended = cell.launch('launch "$START"', {"START": cell.processes()["web"]})
    assert "alpha 1.0\n" == ended.stdout, ended.stderr


def test_python_for_another_buildpack(cell: Cell, stage: Callable[..., Staged], tmp_path: Path) -> None:
    app = builds.write_app(tmp_path / "app", ALPHA)
    others = {f"nothing{number}": pack(tmp_path / f"nothing{number}", NOTHING) for number in range(1, 9)}

    staged = stage(app, **others, last=pack(tmp_path / "last", LAST_ONE))

    assert 0 == staged.code, staged.out + staged.err
    assert staged.out.endswith("index 09\nalpha 1.0\n")
    ended = cell.launch('launch "$START"', {"START": cell.processes()["task"]})
    assert "alpha 1.0\n" == ended.stdout, ended.stderr
    (app_then,) = (cell.place / "vcap").glob("app")
    assert {"requirements.txt", "check.py"} == builds.names(app_then)


@pytest.mark.parametrize(
    ("files", "code"),
    [
        ({"README": ""}, 222),
        ({"requirements.txt": "alpha==1.0\nalpha==2.0\n"}, 225),
        ({"requirements.txt": "", "wsgi.py": "application = print\n", "current/x": ""}, 226),
    ],
    ids=["detect", "supply", "finalize"],
)
def test_failures_are_those_that_the_platform_knows(
    files: dict[str, str], code: int, stage: Callable[..., Staged], tmp_path: Path
) -> None:
    staged = stage(builds.write_app(tmp_path / "app", files))

    assert code == staged.code, staged.out + staged.err
    assert re.search(r"^ !     ", staged.err, re.MULTILINE)
    assert "Traceback" not in staged.err
