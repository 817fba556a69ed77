from __future__ import annotations

import hashlib
import io
import json
import os
import tarfile
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from tampu.envs.compiling import NotBuilt, ProgramMissing, UnknownVersion, choose
from tampu.envs.movable import NoPrefix
from tampu.envs.python_source import CPYTHON, HeadersMissing, OtherSource
from tampu.envs.runtime import DoesNotStart
from tampu.platforms import python_build
from tampu.platforms.python_build import NoFolder
from tampu.platforms.surroundings import Usage, open_at_home
from tampu.world.console import PlainConsole
from tampu.world.house import house
from tests.kit import require

if TYPE_CHECKING:
    from pathlib import Path

TOOLS = "/usr/sbin:/usr/bin:/sbin:/bin"
VERSION = "3.10.99"
# Its configure is the Python that comes out in the end, with what it was asked for.
SAYS = '#!/bin/sh\necho "# $PWD $CFLAGS $@" > asked\necho "CPython 3.10.99"\n'
BROKEN = '#!/bin/sh\ncase "$*" in *--prefix*) touch asked ;; *) echo no such library >&2; exit 1 ;; esac\n'
REFUSES = "#!/bin/sh\necho 'configure: error: no acceptable C compiler'\nexit 1\n"
MAKE = """\
case $1 in altbininstall)
    place=${5#DESTDIR=}/install
    mkdir -p $place/bin $place/lib/python3.10
    cat configure asked > $place/bin/python3.10 && chmod 755 $place/bin/python3.10
    cp asked $place/lib/python3.10/os.py
esac
"""
COMPILER = {"cc": "exit 0", "make": MAKE, "strip": "exit 0"}


@dataclass
class Bench:
    """A machine with a compiler that makes a Python of nothing, and a mirror with that nothing."""

    place: Path
    environ: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.out = io.StringIO()
        self.say = PlainConsole(out=self.out, err=self.out)
        self.mirror.mkdir()
        (self.place / "programs").mkdir()
        for name, text in COMPILER.items():
            self.set_program(name, text)
        self.set_source(SAYS)
        self.environ |= {
            "PATH": f"{self.place}/programs:{TOOLS}",
            "HOME": str(self.place),
            "TAMPU_MIRROR": str(self.mirror),
        }

    @property
    def mirror(self) -> Path:
        return self.place / "mirror"

    @property
    def source(self) -> Path:
        return self.mirror / "source.tar.gz"

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.source.read_bytes()).hexdigest()

    def set_program(self, name: str, text: str) -> None:
        program = self.place / "programs" / name
        program.write_text(f"#!/bin/sh\n{text}\n")
        program.chmod(0o755)

    def set_source(self, configure: str, header: str = f'#define PY_VERSION "{VERSION}"\n') -> None:
        with tarfile.open(self.source, "w:gz") as tar:
            for name, text in {"configure": configure, "Include/patchlevel.h": header}.items():
                member = tarfile.TarInfo(f"Python-{VERSION}/{name}")
                member.size, member.mode = len(text), 0o755
                tar.addfile(member, io.BytesIO(text.encode()))
        entry = {"name": "cpython-source", "version": VERSION, "arch": "any", "file": self.source.name}
        document = {"format": 1, "files": [{**entry, "sha256": self.sha256}]}
        (self.mirror / "index.json").write_text(json.dumps(document))

    def build(self, *argv: str | Path) -> None:
        assert 0 == python_build.main([str(word) for word in argv], self.environ, self.say)

    def made(self) -> dict[str, str]:
        """What the archive has that the mirror offers: each link's target, each file's text."""
        listed = json.loads((self.mirror / "index.json").read_text())["files"]
        (entry,) = (file for file in listed if file["name"] == "python")
        assert (VERSION, os.uname().machine) == (entry["version"], entry["arch"])
        with tarfile.open(self.mirror / entry["file"]) as tar:
            return {member.name: member.linkname or _text(tar, member) for member in tar if not member.isdir()}


def _text(tar: tarfile.TarFile, member: tarfile.TarInfo) -> str:
    file = tar.extractfile(member)
    assert file
    return file.read().decode()


@pytest.fixture(scope="module")
def tools(index: str, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Where packages come from, and a cache that has the tools after the first build."""
    return {"PIP_INDEX_URL": index, "XDG_CACHE_HOME": str(tmp_path_factory.mktemp("cache"))}


@pytest.fixture
def bench(tools: dict[str, str], tmp_path: Path) -> Bench:
    require.need("make", "strip", "ldd")
    bench = Bench(tmp_path)
    bench.environ |= tools
    return bench


def test_a_python_of_a_mirrors_source_is_put_into_that_mirror(bench: Bench) -> None:
    bench.build(VERSION)
    made = bench.made()

    assert made["python/bin/python3.10"].startswith(SAYS)
    assert ["python3.10", "python3.10"] == [made["python/bin/python"], made["python/bin/python3"]]
    assert " --enable-shared --with-ensurepip=no --without-static-libpython " in made["python/lib/python3.10/os.py"]
    assert f"Apps that are built with TAMPU_MIRROR={bench.mirror} can have it\n" in bench.out.getvalue()


def test_it_says_nothing_of_where_it_was_made(bench: Bench) -> None:
    bench.environ["CFLAGS"] = "-march=native"
    bench.build(VERSION)

    words = bench.made()["python/lib/python3.10/os.py"].split()
    assert ["#", "/install", "-g0", "-march=native", "--prefix=/install"] == words[:5]


def test_an_optimized_one(bench: Bench) -> None:
    bench.build(VERSION, "--optimized")

    assert bench.made()["python/lib/python3.10/os.py"].endswith(" --enable-optimizations --with-lto\n")


def test_a_source_that_is_named(bench: Bench) -> None:
    bench.environ["TAMPU_MIRROR"] = f"file://{bench.place}/new/index.json"
    bench.build("--source", bench.source, "--sha256", bench.sha256.upper(), VERSION)

    assert f"Python {VERSION} is in {bench.place}/new/cpython-{VERSION}-" in bench.out.getvalue()


def test_a_series_is_its_newest_known_version(bench: Bench) -> None:
    del bench.environ["TAMPU_MIRROR"]
    world = open_at_home(bench.environ, bench.say)

    assert ["2.7.18", "3.10.12", "3.13.7"] == [choose(CPYTHON, asked, world).version for asked in ("2.7", "3.10", "")]
    assert choose(CPYTHON, "3.8.10", world).url.startswith("https://www.python.org/")
    with pytest.raises(UnknownVersion):
        choose(CPYTHON, "3.1", world)


def test_without_a_mirror_it_goes_into_the_one_that_a_fork_carries() -> None:
    assert house() / "mirror" == python_build.mirror_folder("")


@pytest.mark.parametrize(
    ("configure", "error", "said"),
    [(REFUSES, NotBuilt, "no acceptable C compiler"), (BROKEN, DoesNotStart, "no such library")],
)
def test_what_fails_leaves_the_mirror_as_it_was(
    configure: str, error: type[NotBuilt | DoesNotStart], said: str, bench: Bench
) -> None:
    bench.set_source(configure)
    before = sorted(bench.mirror.iterdir()), (bench.mirror / "index.json").read_text()

    with pytest.raises(error) as caught:
        bench.build(VERSION)
    assert said in caught.value.advice
    assert before == (sorted(bench.mirror.iterdir()), (bench.mirror / "index.json").read_text())


@pytest.mark.parametrize(
    ("header", "found"),
    [('#define PY_VERSION "3.10.98"\n', "Python 3.10.98"), ("", "no version in Include/patchlevel.h")],
)
def test_the_source_of_another_version(header: str, found: str, bench: Bench) -> None:
    bench.set_source(SAYS, header)

    with pytest.raises(OtherSource) as caught:
        bench.build(VERSION)
    assert caught.value.advice.startswith(f"Found:    {found}\n")


def test_an_archive_of_something_else(bench: Bench) -> None:
    with tarfile.open(bench.source, "w:gz") as tar:
        tar.addfile(tarfile.TarInfo("nginx-1.28.0/configure"))

    with pytest.raises(OtherSource):
        bench.build("--source", bench.source, "--sha256", bench.sha256, VERSION)


def test_headers_that_are_missing_are_named_with_their_packages(bench: Bench) -> None:
    bench.set_program("cc", 'case "$*" in *ffi.h* | *uuid.h*) exit 1; esac')

    with pytest.raises(HeadersMissing) as caught:
        bench.build(VERSION)
    assert "without ffi.h, uuid/uuid.h\n" in caught.value.advice
    assert caught.value.advice.endswith("libffi-dev uuid-dev")


@pytest.mark.parametrize("argv", [[VERSION], ["--from", "{prefix}"]])
def test_a_machine_without_the_programs_for_it(argv: list[str], bench: Bench) -> None:
    bench.build(VERSION)
    bench.environ["PATH"] = "/invalid"
    prefix = _prefix(bench.place / "prefix", "echo CPython 3.10.99")

    with pytest.raises(ProgramMissing):
        bench.build(*(word.format(prefix=prefix) for word in argv))


def _prefix(place: Path, answer: str, library: str = "lib/python3.10/os.py") -> Path:
    for path in (place / "bin" / "python3.10", place / library):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"#!/bin/sh\n{answer}\n")
        path.chmod(0o755)
    (place / "bin" / "python3").symlink_to("python3.10")
    return place


def test_one_that_is_at_hand(bench: Bench) -> None:
    prefix = _prefix(bench.place / "prefix", f"echo CPython {VERSION} # {bench.place}/prefix/lib")
    bench.build("--from", prefix)

    assert f"#!/bin/sh\necho CPython {VERSION} # /install/lib\n" == bench.made()["python/bin/python3.10"]


@pytest.mark.parametrize(
    ("answer", "library", "why"),
    [
        ("echo PyPy 3.10.99", "lib/python3.10/os.py", "another Python than CPython"),
        ("exit 1", "lib/python3.10/os.py", "a Python that doesn't start"),
        (f"echo CPython {VERSION}", "pyvenv.cfg", "no lib/python3.10/os.py"),
    ],
)
def test_a_folder_without_a_python_of_its_own(answer: str, library: str, why: str, bench: Bench) -> None:
    prefix = _prefix(bench.place / "prefix", answer, library)

    with pytest.raises(NoPrefix) as caught:
        bench.build("--from", prefix)
    assert f"Found:    {why} in {prefix}\n" in caught.value.advice


@pytest.mark.parametrize("folder", ["/usr", "/usr/../usr", "/nowhere"])
def test_a_folder_that_everybody_shares_or_that_is_not_there(folder: str, bench: Bench) -> None:
    with pytest.raises(NoPrefix):
        bench.build("--from", folder)


@pytest.mark.parametrize(
    "argv",
    [
        ["3.8", "3.9"],
        ["--jit", "3.13"],
        ["--from"],
        ["--from", "/opt/python", "3.8.10"],
        ["--from", "/opt/python", "--optimized"],
        ["--source", "a.tgz", "3.8.10"],
        ["--sha256", "0" * 64, "3.8.10"],
        ["--source", "a.tgz", "--sha256", "0" * 64],
        ["--source", "a.tgz", "--sha256", "0" * 64, "3.8"],
        ["--source", "a.tgz", "--sha256", "0" * 63, "3.8.10"],
    ],
)
def test_arguments_that_it_does_not_take(argv: list[str], bench: Bench) -> None:
    with pytest.raises(Usage):
        bench.build(*argv)


def test_a_mirror_that_is_no_folder(bench: Bench) -> None:
    bench.environ["TAMPU_MIRROR"] = "https://somebody:secret@mirror.example/pythons"

    with pytest.raises(NoFolder) as caught:
        bench.build(VERSION)
    assert "secret" not in caught.value.advice
