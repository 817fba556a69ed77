from __future__ import annotations

import json
import shutil
import subprocess
import tarfile
from typing import TYPE_CHECKING

import pytest

from tampu.envs import compiling, movable, python_source
from tampu.world.house import house
from tests.kit import buildpack, builds, interpreters, mirrors, require, store

if TYPE_CHECKING:
    from pathlib import Path

# A whole CPython is compiled, and a busy machine is no failure.
pytestmark = pytest.mark.timeout(3600)
TOOLS = "/usr/sbin:/usr/bin:/sbin:/bin"
PACKAGES = ("python3.11", "python3.13", "python3.12", "python3.14", "python3.10")
NO_HEADER = "source::no-header"
LOADER = ("ld-linux", "libc.so", "libm.so", "libdl.so", "libpthread.so", "librt.so", "libutil.so")
MODULES = "ssl, sqlite3, zlib, bz2, ctypes, hashlib, readline, curses, decimal, pyexpat, ensurepip"
# Where nothing is but a C library, as $ORIGIN needs it.
IN_A_BARE_ROOT = 'mount -t proc proc "$0/proc" && mount --bind /dev "$0/dev" && exec chroot "$0" "$@"'


@pytest.fixture(scope="module")
def own(index: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A mirror with nothing but a Python that bin/python_build made of its source."""
    makers = (compiling, movable, python_source)
    parts = [store.key(maker) for maker in makers]

    def make(place: Path) -> None:
        require.need("cc", "make", "strip", "ldd")
        scratch = tmp_path_factory.mktemp("source")
        (scratch / "nothing").mkdir()
        (scratch / "nothing" / "index.json").write_text(json.dumps({"format": 1, "files": []}))
        mirror, version = mirrors.with_source(scratch / "nothing", scratch / "mirror", "cpython-source", *PACKAGES)
        # What its compiler would do better takes longer than it is worth here.
        ended = python_build(mirror, index, scratch, version, CFLAGS="-O0")
        if NO_HEADER in ended.stderr:
            require.lack(ended.stderr)
        assert 0 == ended.returncode, ended.stdout + ended.stderr
        for file in (*mirror.glob("cpython-[0-9]*"), mirror / "index.json"):
            shutil.copyfile(file, place / file.name)

    return store.kept(f"own-python-{'-'.join(parts)}", make)


def python_build(mirror: Path, index: str, home: Path, *words: str, **more: str) -> subprocess.CompletedProcess[str]:
    env = {"HOME": str(home), "PATH": TOOLS, "TAMPU_MIRROR": str(mirror), "PIP_INDEX_URL": index, **more}
    argv = (str(buildpack.python()), "-I", "-S", str(house() / "bin" / "python_build"), *words)
    return subprocess.run(argv, env=env, cwd="/", capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def unpacked(own: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    (archive,) = own.glob("cpython-[0-9]*.tar.gz")
    place = tmp_path_factory.mktemp("unpacked")
    with tarfile.open(archive) as tar:
        tar.extractall(place, filter="tar")
    return place / "python"


def test_an_app_is_built_with_it_and_runs(own: Path, index: str, seed: Path, tmp_path: Path) -> None:
    platform = builds.Platform.make(tmp_path / "a platform", own, index, seed)
    (version,) = mirrors.patches(own).values()
    files = {"requirements.txt": "alpha\n", "runtime.txt": f"python-{version}\n", "Procfile": "worker: true\n"}
    app = builds.write_app(tmp_path / "app", files)
    built = platform.compile(app)
    moved = app.rename(tmp_path / "moved")
    argv = (moved / ".tampu" / "python" / "bin" / "python3", "-c", f"import alpha, sys, {MODULES}; print(sys.version)")

    assert f"Python {version} from the mirror {own.as_uri()}/: runtime.txt asks for" in built.out
    assert subprocess.run(argv, check=True, capture_output=True, text=True).stdout.startswith(f"{version} ")


def test_it_runs_where_nothing_is_but_a_c_library(unpacked: Path, tmp_path: Path) -> None:
    require.need_root()
    require.need("unshare", "chroot", "ldd")
    root = tmp_path / "root"
    for folder in ("proc", "dev"):
        (root / folder).mkdir(parents=True)
    shutil.copytree(unpacked, root / "anywhere", symlinks=True)
    for library in of_the_c_library(unpacked / "bin" / "python3"):
        (root / library[1:]).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(library, root / library[1:])
        (root / library[1:]).chmod(0o755)
    program = f"import {MODULES}, sys; print(sys.prefix)"
    argv = ("unshare", "--mount", "sh", "-c", IN_A_BARE_ROOT, root, "/anywhere/bin/python3", "-B", "-c", program)
    ended = subprocess.run(argv, check=False, capture_output=True, text=True)

    assert "/anywhere\n" == ended.stdout, ended.stderr


def of_the_c_library(program: Path) -> list[str]:
    """Of modules, too; some of these are a part of libc nowadays, and none of them is needed then."""
    binaries = (program, *(program.parents[1] / "lib").rglob("*.so*"))
    said = subprocess.run(("ldd", *binaries), check=True, capture_output=True, text=True).stdout
    words = {word for word in said.split() if word.startswith("/") and not word.endswith(":")}
    return sorted(word for word in words if word.rpartition("/")[2].startswith(LOADER))


def test_it_knows_nothing_of_the_place_where_it_was_made(unpacked: Path) -> None:
    said = [
        path
        for path in unpacked.rglob("*")
        if path.is_file() and any(word in path.read_bytes() for word in (b"/tampu/work/", b"file-prefix-map=/install"))
    ]

    assert [] == said


def test_one_at_hand_gives_the_same_bytes_each_time(index: str, unpacked: Path, tmp_path: Path) -> None:
    prefix = _at_hand() or unpacked
    for name in ("one", "two"):
        ended = python_build(tmp_path / name, index, tmp_path, "--from", str(prefix))
        assert 0 == ended.returncode, ended.stdout + ended.stderr
    one, two = ((tmp_path / name / "index.json").read_text() for name in ("one", "two"))

    assert mirrors.patches(tmp_path / "one")
    assert one == two


def _at_hand() -> Path | None:
    """An old one, if there is any."""
    found = interpreters.installed()
    return next((found[version] for version in sorted(found)), None)
