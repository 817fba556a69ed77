"""An nginx of the machine's distribution, with the libraries that it and uWSGI need: what a mirror serves."""

from __future__ import annotations

import gzip
import re
import shutil
import subprocess
import tarfile
import tempfile
from pathlib import Path

from tests.kit import require, upstream

EPOCH = 315532801
LDD_LINE = re.compile(r"^\s*(\S+) => (/\S+) \(", re.MULTILINE)
VERSION = re.compile(r"nginx/(\S+)")
OF_EVERY_MACHINE = re.compile(r"(ld-linux|lib(c|m|dl|rt|pthread|resolv))\b")
# The wheel of uWSGI has no expat of its own.
OF_UWSGI = "libexpat.so.1"


def make_nginx(place: Path) -> None:
    """`nginx.tar.gz` with bin/nginx and lib/, and a file `version`."""
    require.need("apt-get", "dpkg-deb", "ldd")
    with tempfile.TemporaryDirectory(dir=place) as bench:
        layer = Path(bench) / "layer"
        (layer / "bin").mkdir(parents=True)
        (layer / "lib").mkdir()
        program = layer / "bin" / "nginx"
        shutil.copyfile(_of_the_distribution(Path(bench)), program)
        program.chmod(0o755)
        for name, path in (*LDD_LINE.findall(_ask("ldd", program)), (OF_UWSGI, _expat())):
            if not OF_EVERY_MACHINE.match(name):
                shutil.copyfile(path, layer / "lib" / name)
        (place / "version").write_text(_version(program), encoding="utf-8")
        _pack(layer, place / "nginx.tar.gz")


def _of_the_distribution(bench: Path) -> Path:
    apt = upstream.apt(bench, "deb")
    for name in ("nginx", "nginx-core"):
        subprocess.run((*apt, "download", name), cwd=bench, check=False, capture_output=True)
    for package in bench.glob("*.deb"):
        _ask("dpkg-deb", "-x", package, bench / "root")
    program = bench / "root" / "usr" / "sbin" / "nginx"
    if not program.is_file():
        require.lack("an nginx from the distribution")
    return program


def _expat() -> str:
    found = sorted(Path("/").glob(f"usr/lib/*/{OF_UWSGI}"))
    if not found:
        require.lack(OF_UWSGI)
    return str(found[0])


def _version(program: Path) -> str:
    ended = subprocess.run((program, "-v"), check=True, capture_output=True, text=True)
    found = VERSION.search(ended.stderr)
    assert found, ended.stderr
    return found[1]


def _pack(layer: Path, archive: Path) -> None:
    with (
        gzip.GzipFile(archive, "wb", compresslevel=6, mtime=0) as packed,
        tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as tar,
    ):
        for path in sorted(layer.rglob("*")):
            tar.add(path, str(path.relative_to(layer)), recursive=False, filter=_anonymous)


def _anonymous(member: tarfile.TarInfo) -> tarfile.TarInfo:
    return member.replace(mtime=EPOCH, mode=0o755, uid=0, gid=0, uname="", gname="", deep=False)


def _ask(*argv: str | Path) -> str:
    return subprocess.run(argv, check=True, capture_output=True, text=True).stdout
