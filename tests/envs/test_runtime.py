from __future__ import annotations

import gzip
import hashlib
import importlib.util
import io
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from tampu.envs.machine import Interpreter, find
from tampu.envs.runtime import DoesNotStart, IncompleteRuntime, WrongVersion, install, link
from tampu.world import World
from tampu.world.cache import Cache
from tampu.world.console import PlainConsole
from tampu.world.downloads import Downloads
from tampu.world.fetch import Pin
from tampu.world.run import Processes
from tests.kit import old_pythons, require, trees

SERIES = ("3.11", "3.12", "3.13")
BARE = {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"}
WHERE = (
    "import sys, sysconfig; paths = [sysconfig.get_path(name) for name in ('purelib', 'platlib', 'scripts')];"
    " print('\\n'.join([sys.prefix] + paths))"
)


@pytest.fixture
def world(tmp_path: Path) -> World:
    say = PlainConsole()
    return World(
        run=Processes(say),
        fetch=Downloads(environ={}, say=say),
        cache=Cache(tmp_path / "cache"),
        say=say,
        environ=BARE,
    )


@pytest.fixture
def layers(tmp_path: Path) -> Path:
    return tmp_path / "layers"


@pytest.fixture(scope="session")
def here() -> Interpreter:
    """The interpreter that these tests run with."""
    program = Path(sys.executable).resolve()
    found = find({"PATH": str(program.parent)}, Processes(PlainConsole()))
    return next(interpreter for interpreter in found if interpreter.path == program)


def pinned(mirror: Path, version: str) -> Pin:
    (archive,) = mirror.glob(f"cpython-{version}-*")
    digest = hashlib.sha256(archive.read_bytes()).hexdigest()
    return Pin(name="python", version=version, url=archive.as_uri(), sha256=digest)


def made(folder: Path, members: dict[str, bytes], version: str = "3.12.1") -> Pin:
    """The pin of an archive that somebody made without much care."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as tar:
        for name, content in members.items():
            member = tarfile.TarInfo(f"python/{name}")
            member.size, member.mode = len(content), 0o755
            tar.addfile(member, io.BytesIO(content))
    archive = folder / f"cpython-{version}-own.tar.gz"
    archive.write_bytes(gzip.compress(packed.getvalue()))
    return pinned(folder, version)


def answer(layers: Path, *words: str, **more: str) -> list[str]:
    argv = (str(layers / "python" / "bin" / "python3"), *words)
    asked = subprocess.run(argv, check=False, capture_output=True, text=True, env={**BARE, **more}, cwd="/")
    assert (0, "") == (asked.returncode, asked.stderr)
    return asked.stdout.splitlines()


def add_site(layers: Path, minor: str) -> Path:
    library = layers / "site" / "lib" / f"python{minor}" / "site-packages"
    library.mkdir(parents=True)
    (library / "hello.py").write_text("WORD = 'hello'\n")
    (library / "counted.pth").write_text("import sys; sys.counted = getattr(sys, 'counted', 0) + 1\n")
    return library


def assert_joined(layers: Path, minor: str) -> None:
    library = add_site(layers, minor)
    site = str(layers / "site")
    assert [site, str(library), str(library), f"{site}/bin"] == answer(layers, "-E", "-s", "-c", WHERE)
    assert ["hello 1"] == answer(
        layers, "-c", "import hello, sys; print(hello.WORD + ' %d' % sys.path.count(sys.path[-1]))"
    )
    (prefixes,) = answer(layers, "-c", "import site; print(' '.join(site.getsitepackages()))")
    assert str(library) == prefixes.split(" ", maxsplit=1)[0]


def installed_with_uv(layers: Path, wheelhouse: Path) -> None:
    if importlib.util.find_spec("uv") is None:
        require.lack("uv")
    python = str(layers / "python" / "bin" / "python3")
    words = ("pip", "install", "--quiet", "--no-config", "--no-cache", "--no-index", "--find-links", str(wheelhouse))
    argv = (sys.executable, "-m", "uv", *words, "--python", python, "toolbox-kit")
    subprocess.run(argv, check=True, env=BARE)


@pytest.mark.parametrize("series", SERIES)
def test_a_runtime_joins_the_environment_beside_it(
    mirror: Path, patches: dict[str, str], wheelhouse: Path, world: World, layers: Path, series: str
) -> None:
    install(pinned(mirror, patches[series]), layers / "python", world)
    python = str(layers / "python")
    assert python == answer(layers, "-c", WHERE)[0]
    assert_joined(layers, series)
    assert ["1"] == answer(layers, "-c", "import sys; print(sys.counted)")
    assert [python] == answer(layers, "-c", "import sys; print(sys.base_prefix)")
    installed_with_uv(layers, wheelhouse)
    assert ["toolbox 3.1"] == answer(layers, "-c", "import toolbox_kit; toolbox_kit.main()")
    assert (layers / "site" / "bin" / "toolbox").is_file()


def test_a_runtime_without_what_no_app_needs(mirror: Path, patches: dict[str, str], world: World, layers: Path) -> None:
    install(pinned(mirror, patches["3.12"]), layers / "python", world)
    library = layers / "python" / "lib" / "python3.12"
    expected = {"tampu.pth", "tampu_environment.py", "__pycache__"}
    assert expected == {path.name for path in (library / "site-packages").iterdir()}
    assert list(library.glob("ensurepip/_bundled/pip-*.whl"))
    programs = {path.name: path.is_symlink() and str(path.readlink()) for path in (layers / "python" / "bin").iterdir()}
    assert {"python": "python3.12", "python3": "python3.12", "python3.12": False} == programs


def test_bytecode_is_ready_and_holds_no_path(mirror: Path, patches: dict[str, str], world: World, layers: Path) -> None:
    install(pinned(mirror, patches["3.12"]), layers / "python", world)
    library = layers / "python" / "lib" / "python3.12"
    made_for = {path.relative_to(library) for path in library.rglob("*.py")}
    compiled = list(library.rglob("*.pyc"))
    assert {path.parent.parent.relative_to(library) / f"{path.name.split('.')[0]}.py" for path in compiled} == made_for
    assert {1} == {path.read_bytes()[4] for path in compiled}
    everything = (path for path in (layers / "python").rglob("*") if path.is_file() and not path.is_symlink())
    assert [] == [path for path in everything if bytes(layers) in path.read_bytes()]


def test_two_runtimes_at_two_places_are_equal(
    mirror: Path, patches: dict[str, str], world: World, tmp_path: Path
) -> None:
    for place in ("one", "somewhere/else/deeper"):
        install(pinned(mirror, patches["3.13"]), tmp_path / place, world)
    difference = ("diff", "-r", "--no-dereference", str(tmp_path / "one"), str(tmp_path / "somewhere/else/deeper"))
    assert "" == subprocess.run(difference, check=False, capture_output=True, text=True).stdout


def test_a_runtime_moves_and_is_never_written_to(
    mirror: Path, patches: dict[str, str], world: World, layers: Path, tmp_path: Path
) -> None:
    install(pinned(mirror, patches["3.12"]), layers / "python", world)
    add_site(layers, "3.12")
    moved = layers.rename(tmp_path / "moved here")
    before = sorted(moved.rglob("*"))
    program = "import hello, json, ssl, asyncio, sys; print(hello.WORD, sys.prefix, json.__file__, sep='\\n')"
    expected = ["hello", f"{moved}/site", f"{moved}/python/lib/python3.12/json/__init__.py"]
    assert expected == answer(moved, "-B", "-c", program)
    assert before == sorted(moved.rglob("*"))


def test_packages_of_the_users_own_home_stay_out(
    mirror: Path, patches: dict[str, str], world: World, layers: Path, tmp_path: Path
) -> None:
    install(pinned(mirror, patches["3.12"]), layers / "python", world)
    add_site(layers, "3.12")
    own = tmp_path / "home" / ".local" / "lib" / "python3.12" / "site-packages"
    own.mkdir(parents=True)
    (own / "hello.py").write_text("WORD = 'wrong'\n")
    home = str(tmp_path / "home")
    program = "import hello, site; print(hello.WORD, site.ENABLE_USER_SITE)"
    assert ["hello False"] == answer(layers, "-c", program, HOME=home)


def test_links_to_this_machine_join_it_likewise(
    here: Interpreter, wheelhouse: Path, world: World, layers: Path
) -> None:
    link(here, layers / "python", world)
    assert_joined(layers, here.version.rpartition(".")[0])
    assert [str(Path(sys.base_prefix).resolve())] == answer(layers, "-c", "import sys; print(sys.base_prefix)")
    installed_with_uv(layers, wheelhouse)
    assert (layers / "site" / "bin" / "toolbox").is_file()
    assert [] == list((layers / "python" / "bin").glob("[Aa]ctivate*"))


@pytest.mark.parametrize("series", ["2.7", "3.6"])
def test_links_to_a_python_of_long_ago(world: World, layers: Path, series: str) -> None:
    found = find({"PATH": str(old_pythons.program(series).parent)}, world.run)
    old = next(each for each in found if each.version.startswith(f"{series}."))
    before = trees.digest(old.path.parents[1])
    link(old, layers / "python", world)
    assert_joined(layers, series)
    assert ["json 2"] == answer(layers, "-c", "import json, sqlite3; print('json ' + json.dumps(2))")
    assert before == trees.digest(old.path.parents[1])


def test_links_to_the_python_of_the_distribution(wheelhouse: Path, world: World, layers: Path) -> None:
    found = [each for each in find({"PATH": "/usr/bin"}, world.run) if each.path.parent == Path("/usr/bin")]
    if not found:
        require.lack("a Python >= 3.9 in /usr/bin")
    link(found[0], layers / "python", world)
    assert_joined(layers, found[0].version.rpartition(".")[0])
    installed_with_uv(layers, wheelhouse)
    assert (layers / "site" / "bin" / "toolbox").is_file()


def test_a_link_to_what_is_no_python(world: World, layers: Path) -> None:
    with pytest.raises(DoesNotStart):
        link(Interpreter(version="3.12.1", path=Path("/bin/false")), layers / "python", world)
    assert not (layers / "python").exists()


def test_a_link_to_another_version_than_it_was(here: Interpreter, world: World, layers: Path) -> None:
    series = here.version.rpartition(".")[0]
    with pytest.raises(WrongVersion) as caught:
        link(Interpreter(version=f"{series}.99", path=here.path), layers / "python", world)
    assert f"Found:    Python {here.version}" in caught.value.as_text()
    assert not (layers / "python").exists()


@pytest.mark.parametrize(
    ("program", "found"),
    [
        (b"#!/bin/sh\necho 'version GLIBC_2.38 not found' >&2; exit 1\n", "GLIBC_2.38"),
        (b"#!/bin/sh\nexit 127\n", "no word from it"),
        (b"\x7fELF of another machine", "Exec format error"),
    ],
    ids=["newer C library", "silent", "other machine"],
)
def test_a_runtime_that_does_not_start(world: World, layers: Path, tmp_path: Path, program: bytes, found: str) -> None:
    pin = made(tmp_path, {"bin/python3.12": program, "lib/python3.12/os.py": b""})
    with pytest.raises(DoesNotStart) as caught:
        install(pin, layers / "python", world)
    assert found in caught.value.as_text()
    assert not (layers / "python").exists()


def test_a_runtime_of_another_version(world: World, layers: Path, tmp_path: Path) -> None:
    pin = made(tmp_path, {"bin/python3.12": b"#!/bin/sh\necho 3.12.0\n", "lib/python3.12/os.py": b""})
    with pytest.raises(WrongVersion) as caught:
        install(pin, layers / "python", world)
    assert "Found:    Python 3.12.0 in cpython-3.12.1-own.tar.gz" in caught.value.as_text()
    assert not (layers / "python").exists()


@pytest.mark.parametrize(
    ("members", "missing"),
    [
        ({"bin/python3.11": b"", "lib/python3.11/os.py": b""}, "bin/python3.12"),
        ({"bin/python3.12": b""}, "lib/python3.12/os.py"),
    ],
    ids=["other series", "no library"],
)
def test_an_archive_that_is_no_runtime(
    world: World, layers: Path, tmp_path: Path, members: dict[str, bytes], missing: str
) -> None:
    with pytest.raises(IncompleteRuntime) as caught:
        install(made(tmp_path, members), layers / "python", world)
    assert f"no {missing} in" in caught.value.as_text()
    assert not (layers / "python").exists()
