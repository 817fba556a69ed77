from __future__ import annotations

import io
import os
import subprocess
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tampu.envs import apt
from tampu.envs.apt import AptFailed, AptMissing, AptUnreachable, UnknownPackage, opened, opened_last
from tampu.envs.distribution import Distribution
from tampu.values import replace
from tampu.world import World
from tampu.world.cache import Cache
from tampu.world.console import PlainConsole
from tampu.world.downloads import Downloads
from tampu.world.run import Command, Processes
from tests.kit import distribution, require
from tests.kit.distribution import Deb

if TYPE_CHECKING:
    from collections.abc import Iterator

TOOLS = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin"}
PACKAGES = (
    Deb(name="tool", depends="libone | libother, libthere", files={"usr/bin/tool": b"#!/bin/sh\n"}),
    Deb(name="libone", depends="libtwo (>= 1)", section="libs", files={"lib/any-linux-gnu/libone.so.1": b"one"}),
    Deb(name="libtwo", version="2:1.0+x-1", section="libs", files={"usr/lib/any-linux-gnu/libtwo.so.1": b"two"}),
    Deb(name="libother", depends="libc6 (>= 2.40)"),
    Deb(name="libc6", version="2.41", section="libs"),
    Deb(name="libthere", installed=True, files={"usr/lib/libthere.so.1": b"there"}),
    Deb(name="lost", lost=True),
    Deb(name="quarrel", depends="nobody-has-it"),
)


class Counted(Processes):
    """The runner of real life, which remembers what it was asked."""

    def __init__(self, say: PlainConsole) -> None:
        super().__init__(say)
        self.asked: list[str] = []

    def ask(self, command: Command) -> str:
        self.asked += [word for word in command.argv if word in {"update", "download", "show", "install"}]
        return super().ask(command)


class AsNobody(Counted):
    def ask(self, command: Command) -> str:
        words = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", *command.argv)
        return super().ask(replace(command, argv=words))


@contextmanager
def everybody_may_write() -> Iterator[None]:
    before = os.umask(0)
    yield
    os.umask(before)


class Bench:
    def __init__(self, place: Path, machine: Distribution, runner: type[Counted] = Counted) -> None:
        self.out = io.StringIO()
        say = PlainConsole(out=self.out, err=self.out)
        self.run = runner(say)
        self.machine = machine
        self.cache = Cache(place / 'a cache; of "ours"')
        self.world = World(run=self.run, fetch=Downloads(environ={}, say=say), cache=self.cache, say=say, environ=TOOLS)

    def list_is_there(self) -> bool:
        return (self.cache.folder("apt") / "state" / "lists").is_dir()

    def closure(self, *names: str) -> tuple[str, ...]:
        with opened(self.world, self.machine) as tool:
            return tool.closure(names)

    def unpack(self, place: Path, *names: str) -> list[str]:
        with opened_last(self.world, self.machine) as tool:
            tool.unpack(names, place)
        return sorted(str(path.relative_to(place)) for path in place.rglob("*") if path.is_file())


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Distribution:
    return distribution.make(tmp_path_factory.mktemp("distribution"), *PACKAGES)


@pytest.fixture
def bench(machine: Distribution, tmp_path: Path) -> Bench:
    return Bench(tmp_path, machine)


def test_what_a_package_needs_and_the_machine_lacks_comes_along(bench: Bench) -> None:
    assert ("libone=1.0-1", "libtwo=2:1.0+x-1", "tool=1.0-1") == bench.closure("tool")


def test_what_is_named_comes_along_even_if_the_machine_has_it(bench: Bench) -> None:
    assert ("libthere=1.0-1", "libtwo=2:1.0+x-1") == bench.closure("libthere", "libtwo=2:1.0+x-1")


def test_the_c_library_stays_the_machines_own(bench: Bench) -> None:
    assert ("libother=1.0-1",) == bench.closure("libother", "libc6")


@pytest.mark.parametrize("name", ["nosuch", "tool=9", "libone-"])
def test_a_name_that_the_distribution_does_not_know(bench: Bench, name: str) -> None:
    with pytest.raises(UnknownPackage) as caught:
        bench.closure("libtwo", name)

    assert f"Found:    {name}\n" in caught.value.advice
    assert distribution.NAME in caught.value.title


def test_a_package_whose_needs_nobody_has(bench: Bench) -> None:
    with pytest.raises(AptFailed) as caught:
        bench.closure("quarrel")

    assert "quarrel and what belongs to them" in caught.value.advice


def test_packages_are_described(bench: Bench) -> None:
    with opened(bench.world, bench.machine) as tool:
        known = tool.known("tool", "libtwo", "nosuch")
        nothing = tool.known("nosuch")

    assert {"tool", "libtwo"} == set(known)
    assert ("libone", "libthere") == known["tool"].needs
    assert ("libs", "libtwo=2:1.0+x-1") == (known["libtwo"].section, known["libtwo"].exactly)
    assert {} == nothing


def test_files_are_laid_out_in_one_usr(bench: Bench, tmp_path: Path) -> None:
    files = bench.unpack(tmp_path / "root", *bench.closure("tool"))

    assert ["usr/bin/tool", "usr/lib/any-linux-gnu/libone.so.1", "usr/lib/any-linux-gnu/libtwo.so.1"] == files
    assert os.access(tmp_path / "root/usr/bin/tool", os.X_OK)


def test_the_list_of_packages_is_read_once_and_goes_in_the_end(bench: Bench, tmp_path: Path) -> None:
    bench.unpack(tmp_path / "root", *bench.closure("libtwo"))

    assert 1 == bench.run.asked.count("update")
    assert ["lock"] == [path.name for path in bench.cache.folder("apt").iterdir()]


def test_a_list_from_which_more_was_chosen_stays_until_that_is_there(bench: Bench, tmp_path: Path) -> None:
    with opened(bench.world, bench.machine) as tool:
        tool.hold()
    bench.unpack(tmp_path / "one", *bench.closure("libone"))
    assert bench.list_is_there()

    with opened_last(bench.world, bench.machine) as tool:
        tool.let_go()
    assert not bench.list_is_there()


@pytest.mark.parametrize("age", [apt.FRESH_SECONDS + 1, -3600], ids=["old", "of the future"])
def test_an_old_list_is_read_anew(age: int, bench: Bench) -> None:
    bench.closure("libtwo")
    then = time.time() - age
    os.utime(bench.cache.folder("apt") / "updated", (then, then))
    bench.closure("libtwo")

    assert 2 == bench.run.asked.count("update")


def test_a_package_that_is_listed_and_not_there(bench: Bench, tmp_path: Path) -> None:
    with pytest.raises(AptFailed) as caught:
        bench.unpack(tmp_path / "root", *bench.closure("lost"))

    assert "lost=1.0-1 and what belongs to them" in caught.value.advice


def test_one_of_several_sources_that_does_not_answer_is_told_and_does_no_harm(bench: Bench, tmp_path: Path) -> None:
    more = tmp_path / "apt"
    more.mkdir()
    ours = (bench.machine.sources / "sources.list").read_text()
    (more / "sources.list").write_text(f"{ours}deb [trusted=yes] file:{tmp_path}/nowhere ./\n")
    bench.machine = Distribution(sources=more, status=bench.machine.status)

    assert ("libtwo=2:1.0+x-1",) == bench.closure("libtwo")
    assert "Not all sources of packages answer: " in bench.out.getvalue()
    assert "nowhere" in bench.out.getvalue()


def test_a_machine_without_any_source(bench: Bench, tmp_path: Path) -> None:
    bench.machine = Distribution(sources=tmp_path / "nothing", status=bench.machine.status)

    with pytest.raises(AptUnreachable) as caught:
        bench.closure("libtwo")

    assert "no source of packages in /etc/apt" in caught.value.advice


def test_a_machine_without_apt(bench: Bench) -> None:
    world = World(
        run=bench.run, fetch=bench.world.fetch, cache=bench.cache, say=bench.world.say, environ={"PATH": "/x"}
    )

    with pytest.raises(AptMissing), opened(world, bench.machine):
        pytest.fail("never gets here")


def test_hooks_of_the_machine_are_not_run(bench: Bench, tmp_path: Path) -> None:
    """As those of container images, which empty root's own cache of packages."""
    (tmp_path / "machine.conf").write_text('APT::Update::Post-Invoke { "touch /hooked"; };\n')
    bench.closure("libtwo")
    dump = ("apt-config", "-c", bench.cache.folder("apt") / "last.conf", "dump")
    ended = subprocess.run(dump, env={"APT_CONFIG": str(tmp_path / "machine.conf")}, capture_output=True, check=True)

    assert b"/hooked" not in ended.stdout


def test_anybody_may_build() -> None:
    require.need_root()
    require.need("setpriv")
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        place.chmod(0o777)
        machine = distribution.make(place / "distribution", *PACKAGES)
        with everybody_may_write():
            bench = Bench(place, machine, AsNobody)
            files = bench.unpack(place / "root", *bench.closure("libtwo"))

        assert ["usr/lib/any-linux-gnu/libtwo.so.1"] == files
        assert 65534 == (place / "root" / "usr").stat().st_uid


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ('NAME="Debian GNU/Linux"\nVERSION_ID="12"\n', "Debian GNU/Linux 12"),
        ("PRETTY_NAME='x'\nNAME=Arch\n", "Arch"),
        ("", "this distribution"),
    ],
)
def test_how_a_distribution_is_called(text: str, name: str, tmp_path: Path) -> None:
    (tmp_path / "release").write_text(text)

    assert name == Distribution(release=tmp_path / "release").name
    assert "this distribution" == Distribution(release=tmp_path / "nothing").name
