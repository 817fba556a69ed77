"""An nginx of the machine's distribution, with the libraries that it and uWSGI need: what a mirror serves."""

from __future__ import annotations

import gzip
import re
import shutil
import subprocess
import tarfile
import tempfile
from pathlib import Path

from tests.kit import require

EPOCH = 315532801
LDD_LINE = re.compile(r"^\s*(\S+) => (/\S+) \(", re.MULTILINE)
VERSION = re.compile(r"nginx/(\S+)")
OF_EVERY_MACHINE = re.compile(r"(ld-linux|lib(c|m|dl|rt|pthread|resolv))\b")
SOURCES = Path("/etc/apt")
KINDS = {
    ".list": (re.compile(r"^deb(-src)?(?=\s)", re.MULTILINE), "{}"),
    ".sources": (re.compile(r"^Types:.*$", re.MULTILINE), "Types: {}"),
}
SETTINGS = ("APT::Sandbox::User=", "Debug::NoLocking=1", "Acquire::Languages=none")
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


def make_source(place: Path) -> None:
    """`nginx.tar.gz` as its authors published it, and a file `version`; the distribution keeps it for its own build."""
    require.need("apt-get")
    with tempfile.TemporaryDirectory(dir=place) as bench:
        apt = _apt(Path(bench), "deb-src")
        # What is its distribution's own beside it is of no interest, and may be missing.
        words = ("source", "--download-only", "--only-source", "nginx")
        subprocess.run((*apt, *words), cwd=bench, check=False, capture_output=True)
        found = sorted(Path(bench).glob("nginx_*.orig.tar.gz"))
        if not found:
            require.lack("the source of nginx from the distribution")
        found[0].rename(place / "nginx.tar.gz")
        (place / "version").write_text(found[0].name.split("_")[1].removesuffix(".orig.tar.gz"), encoding="utf-8")


def _of_the_distribution(bench: Path) -> Path:
    apt = _apt(bench, "deb")
    for name in ("nginx", "nginx-core"):
        subprocess.run((*apt, "download", name), cwd=bench, check=False, capture_output=True)
    for package in bench.glob("*.deb"):
        _ask("dpkg-deb", "-x", package, bench / "root")
    program = bench / "root" / "usr" / "sbin" / "nginx"
    if not program.is_file():
        require.lack("an nginx from the distribution")
    return program


def _apt(bench: Path, kind: str) -> tuple[str, ...]:
    """An apt of our own that knows what the machine's sources have of that kind."""
    for folder in ("state/lists/partial", "cache/archives/partial", "apt"):
        (bench / folder).mkdir(parents=True)
    (bench / "state" / "status").touch()
    (bench / "last.conf").write_text("#clear APT::Update;\n", encoding="utf-8")
    for source in (*SOURCES.glob("*.list"), *SOURCES.glob("*.d/*.list"), *SOURCES.glob("*.d/*.sources")):
        pattern, words = KINDS[source.suffix]
        text = pattern.sub(words.format(kind), source.read_text(encoding="utf-8"))
        (bench / "apt" / source.name).write_text(text, encoding="utf-8")
    places = {
        "Dir::State": bench / "state",
        "Dir::State::status": bench / "state" / "status",
        "Dir::Cache": bench / "cache",
        "Dir::Etc::SourceList": "/dev/null",
        "Dir::Etc::SourceParts": bench / "apt",
    }
    settings = (*(f"{name}={place}" for name, place in places.items()), *SETTINGS)
    apt = ("apt-get", "-q", "-c", str(bench / "last.conf"), *(f"-o{setting}" for setting in settings))
    subprocess.run((*apt, "update"), cwd=bench, check=False, capture_output=True)
    return apt


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
