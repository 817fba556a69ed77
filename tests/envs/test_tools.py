from __future__ import annotations

import hashlib
import io
import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tampu.envs.bootstrap import Installer, installers, of_runtime
from tampu.envs.last_resort import NoInstaller, bootstrap_pin, pinned_runtime
from tampu.envs.tools import Tools, ToolsFailed, obtain
from tampu.envs.unpack import unpack
from tampu.world import World
from tampu.world.cache import Cache, Hit, Key
from tampu.world.console import PlainConsole
from tampu.world.downloads import Downloads
from tampu.world.mishaps import NotFound, Refused
from tampu.world.run import Command, CommandFailed, Processes
from tests.kit import gate, mirrors, require
from tests.kit.trees import digest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tampu.world.fetch import Fetcher, Pin

LIB = Path(__file__).resolve().parents[2] / "lib"
PROGRAM = """
import sys
from pathlib import Path
from tampu.envs.last_resort import pinned_runtime
from tampu.envs.tools import obtain
from tampu.world import World
from tampu.world.cache import Cache
from tampu.world.console import PlainConsole
from tampu.world.downloads import Downloads
from tampu.world.run import Processes
say = PlainConsole()
lock, mirror, links, cache = sys.argv[1:]
environ = {"PATH": "/nowhere", "TAMPU_MIRROR": mirror, "PIP_NO_INDEX": "1", "PIP_FIND_LINKS": links}
fetch = Downloads(environ=environ, say=say)
world = World(run=Processes(say), fetch=fetch, cache=Cache(Path(cache)), say=say, environ=environ)
obtain(Path(lock), world, pinned_runtime)
import alpha
print(alpha.__version__)
"""


class Pipless(Processes):
    """A machine whose Python has no pip installed; what its standard library bundles is another matter."""

    def ask(self, command: Command) -> str:
        raise CommandFailed(command, 1, "")


@dataclass
class Recorder:
    """A fetcher that finds nothing, and knows what it was asked for."""

    asked: list[Pin] = field(default_factory=list)

    def get(self, pin: Pin, into: Path) -> None:
        self.asked.append(pin)
        raise NotFound(pin.url, f"no {into.name}")

    def read(self, url: str) -> str:
        raise NotFound(url, "nothing there")

    def reaches(self, url: str) -> bool:
        return not url


@dataclass
class Machine:
    """A machine to install tools on, from a folder of wheels."""

    place: Path
    wheelhouse: Path
    out: io.StringIO = field(default_factory=io.StringIO)

    def __post_init__(self) -> None:
        self.say = PlainConsole(out=self.out, err=self.out)
        self.environ = {
            "PATH": "/nowhere",
            "HOME": str(self.place),
            "PIP_NO_INDEX": "1",
            "PIP_FIND_LINKS": str(self.wheelhouse),
        }
        self.lock = self.place / "tools.lock"
        self.lock.write_text("".join(self.pinned(wheel) for wheel in ("alpha-1.0", "toolbox_kit-3.1")))

    def pinned(self, stem: str) -> str:
        data = (self.wheelhouse / f"{stem}-py3-none-any.whl").read_bytes()
        return f"{stem.replace('-', '==')} \\\n    --hash=sha256:{hashlib.sha256(data).hexdigest()}\n"

    def world(self, run: Processes | None = None, fetch: Fetcher | None = None) -> World:
        return World(
            run=run or Processes(self.say),
            fetch=fetch or Downloads(environ=self.environ, say=self.say),
            cache=Cache(self.place / "cache"),
            say=self.say,
            environ=self.environ,
        )

    def obtain(self, run: Processes | None = None) -> Tools:
        return obtain(self.lock, self.world(run), pinned_runtime)


@pytest.fixture
def machine(tmp_path: Path, wheelhouse: Path) -> Iterator[Machine]:
    before = list(sys.path)
    (tmp_path / "cache").mkdir()
    yield Machine(tmp_path, wheelhouse)
    sys.path[:] = before


def install(installer: Installer, machine: Machine) -> list[str]:
    world = machine.world()
    world.run.run(installer.install(machine.lock, machine.place / "tree", world))
    return sorted(path.name for path in (machine.place / "tree").glob("*.*") if path.name[0] != ".")


def found(machine: Machine, about: str) -> Installer:
    installer = next((each for each in installers(machine.world()) if about in each.about), None)
    if installer is None:
        require.lack(f"{about} for {sys.executable}")
    assert installer
    return installer


@pytest.mark.parametrize("about", ["pip of this machine", "pip-", "uv of this machine"])
def test_each_installer_installs_just_the_lock(machine: Machine, about: str) -> None:
    if uv := shutil.which("uv", path=f"{Path(sys.executable).parent}:{os.environ['PATH']}"):
        machine.environ["PATH"] = str(Path(uv).parent)
    expected = ["alpha-1.0.dist-info", "alpha.py", "toolbox_kit-3.1.dist-info"]

    home = machine.place / "home"
    home.mkdir()
    if os.geteuid() == 0:
        os.chown(home, 1, 1)
    machine.environ["HOME"] = str(home)

    assert expected == install(found(machine, about), machine)
    assert ("", []) == (machine.out.getvalue(), [*home.iterdir()])
    assert (machine.place / "tree" / "share" / "toolbox" / "motd").is_file()


def test_a_machine_that_has_nothing(machine: Machine) -> None:
    assert not [each for each in installers(machine.world(Pipless(machine.say))) if "pip-" not in each.about]


def test_tools_are_installed_once(machine: Machine) -> None:
    tools = machine.obtain()
    assert {"alpha": "1.0", "toolbox_kit": "3.1"} == tools.versions
    assert str(tools.path) in sys.path
    assert "-----> Installing tampu's own tools\n       With pip of this machine\n" == machine.out.getvalue()
    assert (tools.path / "bin" / "uv", tools.path / "pip" / "__pip-runner__.py") == (tools.uv, tools.pip)

    again = machine.obtain(Pipless(machine.say))

    assert tools == again
    assert 1 == machine.out.getvalue().count("----->")
    assert 1 == sys.path.count(str(tools.path))


def test_using_them_alters_nothing(machine: Machine) -> None:
    tools = machine.obtain()
    before = digest(tools.path)

    program = "import sys; sys.path.append(sys.argv[1]); import alpha, toolbox_kit; print(alpha.__version__)"
    used = subprocess.run(
        (sys.executable, "-c", program, tools.path), check=True, capture_output=True, env={}, text=True
    )

    assert ("1.0\n", before) == (used.stdout, digest(tools.path))
    text = machine.lock.read_text(encoding="utf-8")
    parts = {
        "lock": hashlib.sha256(text.encode()).hexdigest(),
        "Python that runs tampu": "{}.{}".format(*sys.version_info[:2]),
    }
    assert Hit(tools.path) == Cache(machine.place / "cache").find("tools", Key(parts))


def test_another_lock_is_another_set(machine: Machine) -> None:
    first = machine.obtain()
    machine.lock.write_text(machine.pinned("alpha-2.0"))

    second = machine.obtain()

    assert ({"alpha": "2.0"}, False) == (second.versions, first.path == second.path)


def test_where_there_is_no_pip_the_bundled_one_does(machine: Machine) -> None:
    found(machine, "pip-")

    machine.obtain(Pipless(machine.say))

    assert "       With pip-" in machine.out.getvalue()


def test_a_file_that_is_not_the_pinned_one(machine: Machine) -> None:
    machine.lock.write_text(f"alpha==1.0 --hash=sha256:{'0' * 64}\n")

    with pytest.raises(ToolsFailed) as caught:
        machine.obtain()

    assert "tools::failed" == caught.value.reason
    assert "DO NOT MATCH THE HASHES" in machine.out.getvalue()
    assert [] == list((machine.place / "cache" / "work").iterdir())
    assert not (machine.place / "cache" / "layers").exists()


def test_tools_that_are_cut_on_their_way(machine: Machine, wheelhouse: Path) -> None:
    with gate.before(wheelhouse) as it:
        it.fault = lambda path, times: None if times or "alpha-1.0" not in path else gate.cut(0.5)
        machine.environ = {"PATH": "/nowhere", "HOME": str(machine.place), "PIP_INDEX_URL": f"{it.url}/simple"}
        tools = machine.obtain()

    assert (tools.path / "alpha.py").is_file()
    assert 2 == sum("alpha-1.0" in path for path in it.asked)


def test_a_source_that_would_run_code_is_no_tool(machine: Machine) -> None:
    data = (machine.wheelhouse / "delta-0.9.tar.gz").read_bytes()
    machine.lock.write_text(f"delta==0.9 --hash=sha256:{hashlib.sha256(data).hexdigest()}\n")

    with pytest.raises(ToolsFailed):
        machine.obtain()


@pytest.fixture(scope="session")
def small_mirror(mirror: Path, patches: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One that also has what no version is, and nothing of it is what it says."""
    folder = tmp_path_factory.mktemp("small")
    index = json.loads((mirror / "index.json").read_text(encoding="utf-8"))
    (file,) = [each for each in index["files"] if each["version"] == patches["3.12"]]
    (folder / file["file"]).symlink_to(mirror / file["file"])
    odd = [{**file, "version": "3.15.0rc1"}, {**file, "version": "3.99.1", "arch": "pdp11"}]
    (folder / "index.json").write_text(json.dumps({**index, "files": [file, *odd]}), encoding="utf-8")
    return folder


def test_the_last_resort_is_the_pip_of_a_pinned_runtime(machine: Machine, small_mirror: Path) -> None:
    machine.environ["TAMPU_MIRROR"] = str(small_mirror)

    installer = pinned_runtime(machine.world())

    assert "of the pinned Python" in installer.about
    assert "No pip here: fetching Python 3.12" in machine.out.getvalue()
    assert ["alpha-1.0.dist-info", "alpha.py", "toolbox_kit-3.1.dist-info"] == install(installer, machine)
    assert installer == pinned_runtime(machine.world(fetch=Offline(machine.world().fetch)))


def test_a_mirror_of_old_pythons_only_has_none_for_tampu(machine: Machine) -> None:
    file = {"name": "python", "version": "2.7.18", "arch": "x86_64", "file": "old.tar.gz", "sha256": "0" * 64}
    (machine.place / "index.json").write_text(json.dumps({"format": 1, "files": [file]}))
    usual = bootstrap_pin("x86_64", machine.world())
    machine.environ["TAMPU_MIRROR"] = str(machine.place)

    assert "2.7.18" != usual.version
    assert usual == bootstrap_pin("x86_64", machine.world())


@pytest.mark.parametrize(
    ("content", "words"),
    [("lib/python3.12/site-packages/pip/__init__.py", ("-m", "pip")), ("lib/python3.12/os.py", None)],
)
def test_a_runtime_without_bundled_wheels(tmp_path: Path, content: str, words: tuple[str, ...] | None) -> None:
    (tmp_path / content).parent.mkdir(parents=True)
    (tmp_path / content).write_text("")

    installer = of_runtime(tmp_path / "bin" / "python3")

    assert words == (installer.words[2:4] if installer else None)


class Offline(Recorder):
    """Still reads the index of a mirror."""

    def __init__(self, behind: Fetcher) -> None:
        super().__init__()
        self.behind = behind

    def read(self, url: str) -> str:
        return self.behind.read(url)


def test_a_build_that_was_quicker_at_the_last_resort(machine: Machine, small_mirror: Path) -> None:
    machine.environ["TAMPU_MIRROR"] = str(small_mirror)

    class Race(Downloads):
        def get(self, pin: Pin, into: Path) -> None:
            super().get(pin, into)
            place = machine.place / "cache" / "bootstrap" / f"{pin.version}-{pin.sha256}"
            unpack(into, place)
            (place / "was here").write_text("")

    fetch = Race(environ=machine.environ, say=machine.say)
    program = Path(pinned_runtime(machine.world(fetch=fetch)).words[0])

    assert (program.parents[1] / "was here").is_file()


def test_a_mirror_without_a_runtime_for_this_machine(machine: Machine) -> None:
    (machine.place / "index.json").write_text('{"format": 1, "files": []}')
    machine.environ["TAMPU_MIRROR"] = str(machine.place)

    with pytest.raises(NoInstaller) as caught:
        pinned_runtime(machine.world())

    assert mirrors.ARCH in caught.value.advice


def test_without_a_mirror_the_runtime_is_the_one_that_we_pinned(machine: Machine) -> None:
    fetch = Recorder()

    with pytest.raises(NotFound):
        pinned_runtime(machine.world(fetch=fetch))

    (pin,) = fetch.asked
    assert pin.url.startswith("https://")
    assert 64 == len(pin.sha256)


def test_a_machine_without_any_pip(machine: Machine, mirror: Path, patches: dict[str, str], small_mirror: Path) -> None:
    (archive,) = mirror.glob(f"cpython-{patches['3.11']}-*")
    unpack(archive, machine.place / "bare")
    (bundled,) = machine.place.glob("bare/lib/python3.11/ensurepip/_bundled")
    shutil.rmtree(bundled)
    python = machine.place / "bare" / "bin" / "python3.11"

    ended = subprocess.run(
        (python, "-S", "-c", PROGRAM, machine.lock, small_mirror, machine.wheelhouse, machine.place / "cache"),
        check=False,
        capture_output=True,
        env={"PYTHONPATH": str(LIB), "PATH": "/nowhere"},
        text=True,
    )

    assert "" == ended.stderr
    assert ["       With pip ", "1.0"] == [
        line[:16] for line in ended.stdout.splitlines() if line[:11] in {"       With", "1.0"}
    ]


class CutOff(Recorder):
    def get(self, pin: Pin, into: Path) -> None:
        raise Refused(pin.url, f"no route for {into.name}")


def test_a_machine_without_pip_and_without_a_way_to_fetch_one(machine: Machine) -> None:
    with pytest.raises(NoInstaller) as caught:
        pinned_runtime(machine.world(fetch=CutOff()))

    assert "no way to fetch one: a server can't be reached" in caught.value.advice
    assert "apt-get install python3-pip" in caught.value.advice
    assert [] == list((machine.world().cache.folder("bootstrap")).iterdir())
