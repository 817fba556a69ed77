"""What environments for hosts are made of in tests: packages for other machines, and a world that has uv."""

from __future__ import annotations

import gzip
import io
import tarfile
import zipfile
from typing import TYPE_CHECKING

from tampu.envs import tools
from tampu.platforms.surroundings import open_at_home
from tampu.remote.environments.target import Kind, Target
from tampu.world.console import PlainConsole
from tampu.world.house import house
from tests.kit import toolbox, wheels
from tests.kit.wheels import Package

if TYPE_CHECKING:
    from pathlib import Path

    from tampu.remote.stores.trees import Tree
    from tampu.world import World

LOCK = house() / "vendor" / "tools.lock"
INTEL, ARM = "x86_64", "aarch64"
HELLO = {
    "python": "3.11.2",
    "implementation": "cpython",
    "executable": "/usr/bin/python3.11",
    "machine": "x86_64",
    "system": "linux",
    "libc": "glibc 2.36",
}
# A source that is built for just the machine and the Python that build it.
BACKEND = """\
import os
import pathlib
import sys
import zipfile

TAG = "cp{0}{1}-cp{0}{1}-linux_{2}".format(*sys.version_info[:2], os.uname().machine)
INFO = "tied-1.0.dist-info/"
FILES = {
    "tied.py": f"BUILT_BY = {sys.version_info[:2]}\\n",
    INFO + "METADATA": "Metadata-Version: 2.1\\nName: tied\\nVersion: 1.0\\n",
    INFO + "WHEEL": f"Wheel-Version: 1.0\\nGenerator: tests\\nRoot-Is-Purelib: false\\nTag: {TAG}\\n",
}


def build_wheel(directory, config_settings=None, metadata_directory=None):
    name = f"tied-1.0-{TAG}.whl"
    rows = "".join(f"{path},,\\n" for path in (*FILES, INFO + "RECORD"))
    with zipfile.ZipFile(pathlib.Path(directory, name), "w") as archive:
        for path, text in {**FILES, INFO + "RECORD": rows}.items():
            archive.writestr(path, text)
    return name
"""
PYPROJECT = """\
[build-system]
requires = []
build-backend = "backend"
backend-path = ["."]

[project]
name = "tied"
version = "1.0"
"""


def target(
    python: str = "3.11.2", machine: str = INTEL, libc: int = 36, interpreter: str = "/usr/bin/python3"
) -> Target:
    return Target(python=python, interpreter=interpreter, kind=Kind(system="linux", machine=machine, libc=libc))


def make_index(folder: Path) -> Path:
    """Packages for some machines and Pythons only, among others that are for all."""
    plain = Package(
        name="plain",
        requires=("leaf",),
        commands={"plain": "plain:main"},
        modules={"plain.py": "def main():\n    import leaf\n    print('plain', leaf.__version__)\n"},
        data={"share/plain/page": "hello\n"},
    )
    wheels.wheel(plain, folder)
    wheels.wheel(Package(name="leaf", version="1.0"), folder)
    wheels.wheel(Package(name="Wrong.Name", modules={"other.py": "", "more/__init__.py": ""}), folder)
    for tags in ("cp311-cp311-manylinux_2_17_x86_64", "cp38-cp38-manylinux_2_17_x86_64"):
        tagged(Package(name="native", version="1.0"), tags, folder)
    for tags in ("cp311-cp311-manylinux_2_34_x86_64", "cp311-cp311-manylinux_2_28_aarch64"):
        tagged(Package(name="native", version="2.0"), tags, folder)
    tagged(Package(name="elsewhere"), "cp311-cp311-win_amd64", folder)
    wheels.sdist(Package(name="spoken", commands={"spoken": "spoken:main"}), folder)
    _tied(folder)
    return wheels.index(folder)


def tagged(package: Package, tags: str, folder: Path) -> Path:
    """A wheel that says it is for these; what is in it says so, too."""
    made = wheels.wheel(package, folder)
    place = folder / f"{package.stem}-{tags}.whl"
    with zipfile.ZipFile(made) as old, zipfile.ZipFile(place, "w") as new:
        for name in old.namelist():
            data = old.read(name)
            if name.endswith(".py"):
                data += f"TAGS = '{tags}'\n".encode()
            if not name.endswith("RECORD"):
                new.writestr(name, data)
        new.writestr(f"{package.stem}.dist-info/RECORD", "".join(f"{name},,\n" for name in old.namelist()))
    made.unlink()
    return place


def _tied(folder: Path) -> None:
    files = {"backend.py": BACKEND, "pyproject.toml": PYPROJECT, "PKG-INFO": "Metadata-Version: 2.1\nName: tied\n"}
    with (
        gzip.GzipFile(folder / "tied-1.0.tar.gz", "wb", mtime=0) as packed,
        tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as archive,
    ):
        for name, text in files.items():
            member = tarfile.TarInfo(f"tied-1.0/{name}")
            member.size = len(text.encode())
            archive.addfile(member, io.BytesIO(text.encode()))


def open_world(home: Path, index: str, **settings: str) -> World:
    """A user's, with uv at hand as if tampu had installed it; what is said can be read from its `say`."""
    home.mkdir(parents=True, exist_ok=True)
    environ = {"HOME": str(home), "PATH": "/usr/bin:/bin", "PIP_INDEX_URL": index, "UV_HTTP_RETRIES": "0", **settings}
    world = open_at_home(environ, PlainConsole(out=io.StringIO(), err=io.StringIO()))
    key = tools.key_of(LOCK)
    if not (home / "tools").exists():
        world.cache.keep(LOCK.stem, key, toolbox.make_tools(home / "tools").path)
    return world


def lay_out(tree: Tree, place: Path) -> Path:
    """As a host lays an environment out."""
    for path, item in tree.items.items():
        (place / path).parent.mkdir(parents=True, exist_ok=True)
        (place / path).write_bytes(tree.sources[item.sha].read_bytes())
        (place / path).chmod(0o755 if item.runs else 0o644)
    (place / "bin").mkdir(exist_ok=True)
    (place / "bin" / "python").symlink_to(tree.notes["python"])
    home = tree.notes["python"].rpartition("/")[0]
    (place / "pyvenv.cfg").write_text(f"home = {home}\ninclude-system-site-packages = false\n", encoding="utf-8")
    return place
