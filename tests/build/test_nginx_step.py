from __future__ import annotations

import hashlib
import io
import json
import os
import tarfile
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from tampu.build.engine import carry_out_one
from tampu.build.model import Target
from tampu.build.steps.nginx import Decision, NoNginx, decide
from tampu.envs.nginx import NginxDoesNotStart, NoNginxInside
from tampu.values import replace
from tampu.world import World, files
from tampu.world.cache import Cache
from tampu.world.console import PlainConsole
from tampu.world.downloads import Downloads
from tampu.world.run import Processes
from tests.kit import distribution
from tests.kit.distribution import Deb

if TYPE_CHECKING:
    from pathlib import Path

    from tampu.build.model import Layer
    from tampu.envs.distribution import Distribution
    from tampu.world.fetch import Pin

MACHINE = os.uname().machine
TOOLS = "/usr/sbin:/usr/bin:/sbin:/bin"
SAYS = "#!/bin/sh\necho nginx version: nginx/{version} >&2\n"
BROKEN = "#!/bin/sh\necho libssl.so.9: cannot open shared object file >&2\nexit 127\n"
# A compiler that makes nothing of its source, and a make that makes an nginx of nothing.
COMPILER = {
    "cc": "#!/bin/sh\nexit 0\n",
    "make": "#!/bin/sh\nmkdir objs && cp ./configure objs/nginx\n",
    "strip": "#!/bin/sh\n",
}


def program(place: Path, text: str = SAYS, version: str = "1.2.3") -> Path:
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(text.replace("{version}", version))
    place.chmod(0o755)
    return place


def packed(place: Path, files: dict[str, str]) -> str:
    """The sha256 of the archive that it makes there."""
    with tarfile.open(place, "w:gz") as tar:
        for name, text in files.items():
            member = tarfile.TarInfo(name)
            member.size, member.mode = len(text), 0o755
            tar.addfile(member, io.BytesIO(text.encode()))
    return hashlib.sha256(place.read_bytes()).hexdigest()


@dataclass
class Bench:
    """An app, a fork of tampu, a machine and its mirror; `asked` is what was asked of the network."""

    place: Path
    machine: Distribution
    path: str = TOOLS
    local: bool = False
    online: bool = True
    mirrored: list[dict[str, str]] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    settings: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        (self.place / "mirror").mkdir()
        self.say = PlainConsole(out=io.StringIO(), err=io.StringIO())
        self.real = Downloads(environ={}, say=self.say)
        self.cache = Cache(self.place / "cache")

    def get(self, pin: Pin, into: Path) -> None:
        self.asked.append(f"get {pin.url.rpartition('/')[2]}")
        self.real.get(pin, into)

    def read(self, url: str) -> str:
        self.asked.append(f"read {url.rpartition('/')[2]}")
        return self.real.read(url)

    def reaches(self, url: str) -> bool:
        self.asked.append(f"reaches {url.rpartition('/')[2]}")
        return self.online

    @property
    def world(self) -> World:
        environ = {"PATH": self.path, **self.settings}
        return World(run=Processes(self.say), fetch=self, cache=self.cache, say=self.say, environ=environ)

    @property
    def target(self) -> Target:
        app = self.place / "app"
        return Target(app=app, layers=app / ".tampu", local=self.local)

    @property
    def fork(self) -> Path:
        return self.place / "fork"

    def mirror(self, version: str, files: dict[str, str], name: str = "nginx", arch: str = MACHINE) -> None:
        """One more file for the mirror."""
        file = f"{name}-{version}.tar.gz"
        sha256 = packed(self.place / "mirror" / file, files)
        self.mirrored.append({"name": name, "version": version, "arch": arch, "file": file, "sha256": sha256})
        index = json.dumps({"format": 1, "files": self.mirrored})
        (self.place / "mirror" / "index.json").write_text(index)
        self.settings["TAMPU_MIRROR"] = str(self.place / "mirror")

    def decide(self) -> Decision:
        return decide(self.target, self.world, self.machine, self.fork)

    def made(self) -> Layer:
        step = self.decide().step
        assert step
        return carry_out_one(step, self.target, self.world)

    def refusals(self) -> list[str]:
        with pytest.raises(NoNginx) as caught:
            self.decide()
        return [line.strip() for line in caught.value.advice.removeprefix("Found:").split("\nExpected")[0].splitlines()]


def text_of(layer: Layer) -> str:
    return (layer.path / "bin" / "nginx").read_text()


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Distribution:
    """One whose nginx is in the package of that name, as on Debian, and tells of a library that it needs."""
    nginx = {"usr/sbin/nginx": SAYS.replace("{version}", "1.22.1").encode()}
    expat = {"usr/lib/x86_64-linux-gnu/libexpat.so.1": b"expat"}
    packages = (
        Deb(name="nginx", version="1.22.1-9", section="httpd", depends="libssl9, libc6, iproute2", files=nginx),
        Deb(name="libssl9", section="libs", depends="libc6", files={"usr/lib/libssl.so.9": b"ssl"}),
        Deb(name="libexpat1", section="libs", files=expat),
        Deb(name="libc6", section="libs", files={"lib/libc.so.6": b"never to be brought"}),
        Deb(name="iproute2", section="net"),
    )
    return distribution.make(tmp_path_factory.mktemp("debian"), *packages)


@pytest.fixture(scope="module")
def poor(tmp_path_factory: pytest.TempPathFactory) -> Distribution:
    return distribution.make(tmp_path_factory.mktemp("poor"), Deb(name="libexpat1", section="libs"))


@pytest.fixture
def bench(tmp_path: Path, machine: Distribution) -> Bench:
    return Bench(tmp_path, machine)


@pytest.fixture
def alone(tmp_path: Path, poor: Distribution) -> Bench:
    """Neither the mirror nor the distribution has one."""
    return Bench(tmp_path, poor)


@pytest.fixture
def building(alone: Bench) -> Bench:
    """With a compiler, and a mirror that has a source."""
    for name, text in COMPILER.items():
        program(alone.place / "programs" / name, text)
    alone.path = f"{alone.place}/programs:{TOOLS}"
    alone.mirror("1.28.0", {"nginx-1.28.0/configure": SAYS.replace("{version}", "1.28.0")}, "nginx-source", "any")
    return alone


def test_an_apps_own_goes_before_any_other(bench: Bench) -> None:
    program(bench.target.app / "bin" / "nginx")
    program(bench.fork / "bin" / "nginx")
    decision = bench.decide()

    assert "nginx 1.2.3 from the app's own bin/nginx" == decision.choice.what
    assert decision.step is None


def test_on_a_laptop_an_apps_own_is_a_layer_as_the_stack_lives_elsewhere(bench: Bench) -> None:
    bench.local = True
    program(bench.target.app / "bin" / "nginx")

    assert SAYS.replace("{version}", "1.2.3") == text_of(bench.made())


def test_an_apps_own_that_can_not_be_executed_is_told(bench: Bench) -> None:
    program(bench.target.app / "bin" / "nginx").chmod(0o644)
    program(bench.fork / "bin" / "nginx", version="1.4.0")
    decision = bench.decide()

    assert "nginx 1.4.0 from bin/nginx of this tampu" == decision.choice.what
    assert "the app's bin/nginx can't be executed" == decision.choice.because


@pytest.mark.parametrize("text", [BROKEN, "#!/bin/sh\necho hello\n"])
def test_an_apps_own_that_does_not_start(text: str, bench: Bench) -> None:
    program(bench.target.app / "bin" / "nginx", text)

    with pytest.raises(NginxDoesNotStart) as caught:
        bench.decide()

    assert "the app's bin/nginx to start here" in caught.value.advice
    assert any(words in caught.value.advice for words in ("libssl.so.9", "hello"))


def test_a_forks_own_goes_before_mirrors_and_packages(bench: Bench) -> None:
    bench.mirror("1.9.9", {"bin/nginx": SAYS})
    program(bench.fork / "bin" / "nginx", version="1.4.0")
    layer = bench.made()

    assert SAYS.replace("{version}", "1.4.0") == text_of(layer)
    assert [] == bench.asked


def test_a_forks_other_nginx_is_another_layer(bench: Bench) -> None:
    program(bench.fork / "bin" / "nginx", version="1.4.0")
    bench.made()
    program(bench.fork / "bin" / "nginx", f"{SAYS}# another one\n", "1.4.0")

    assert ("content changed",) == bench.made().reasons


def test_the_mirrors_newest_for_this_kind_of_machine(bench: Bench) -> None:
    bench.mirror("1.9.9", {"bin/nginx": SAYS.replace("{version}", "1.9.9")})
    bench.mirror("1.22.1", {"bin/nginx": SAYS.replace("{version}", "1.22.1"), "lib/libssl.so.9": "ssl"})
    bench.mirror("1.30.0", {"bin/nginx": BROKEN}, arch="pdp11")
    decision = bench.decide()
    layer = bench.made()

    assert f"nginx 1.22.1 from the mirror file://{bench.place}/mirror/" == decision.choice.what
    assert "the app has no bin/nginx, and this tampu none" == decision.choice.because
    assert ["bin", "lib"] == sorted(path.name for path in layer.path.iterdir())
    assert "ssl" == (layer.path / "lib" / "libssl.so.9").read_text()


def test_a_mirrors_archive_without_an_nginx_leaves_nothing(bench: Bench) -> None:
    bench.mirror("1.9.9", {"lib/libssl.so.9": "ssl"})

    with pytest.raises(NoNginxInside):
        bench.made()
    assert not (bench.target.layers / "nginx").exists()


def test_what_was_decided_last_time_asks_nobody(bench: Bench) -> None:
    bench.mirror("1.22.1", {"bin/nginx": SAYS})
    before = bench.decide()
    bench.made()
    bench.asked.clear()
    after = bench.decide()
    layer = bench.made()

    assert before.choice == after.choice
    assert ((), []) == (layer.reasons, bench.asked)


def test_a_mirror_that_changed_is_asked_again(bench: Bench) -> None:
    bench.mirror("1.22.1", {"bin/nginx": SAYS})
    bench.made()
    bench.mirror("1.28.0", {"bin/nginx": SAYS})

    assert "nginx 1.28.0" in bench.decide().choice.what


def test_what_is_remembered_and_gone_is_made_again(bench: Bench) -> None:
    bench.mirror("1.22.1", {"bin/nginx": SAYS})
    bench.made()
    step = bench.decide().step
    assert step
    files.remove(bench.cache.root / "layers")

    assert SAYS == text_of(carry_out_one(step, bench.target, bench.world))


def test_the_distributions_with_the_libraries_that_it_needs(bench: Bench) -> None:
    decision = bench.decide()
    layer = bench.made()

    assert "nginx 1.22.1 from the packages of Tests 7" == decision.choice.what
    assert "the app has no bin/nginx, and this tampu none; TAMPU_MIRROR is not set" == decision.choice.because
    assert "1.22.1" in text_of(layer)
    assert ["libexpat.so.1"] == [path.name for path in (layer.path / "lib").iterdir()]


def test_a_package_whose_nginx_does_not_start_leaves_nothing(bench: Bench) -> None:
    broken = Deb(name="nginx", files={"usr/sbin/nginx": BROKEN.encode()})
    bench.machine = distribution.make(bench.place / "broken", broken)

    with pytest.raises(NginxDoesNotStart):
        bench.made()
    assert not (bench.target.layers / "nginx").exists()


def test_a_package_without_a_program(bench: Bench) -> None:
    bench.machine = distribution.make(bench.place / "empty", Deb(name="nginx"))

    with pytest.raises(NoNginxInside, match="Tests 7"):
        bench.made()


def test_of_the_distribution_only_libraries_come_along(bench: Bench) -> None:
    bench.decide()
    memo = json.loads((bench.cache.root / "memos" / "nginx.json").read_text())

    assert "libexpat1=1.0-1 libssl9=1.0-1 nginx=1.22.1-9" == json.loads(memo["text"])["identity"]


def test_a_mirror_without_nginx_gives_way(bench: Bench) -> None:
    bench.mirror("3.12.1", {"bin/python3": ""}, "python")
    decision = bench.decide()

    assert "nginx 1.22.1 from the packages of Tests 7" == decision.choice.what
    assert f"mirror/ has none for {MACHINE}" in decision.choice.because


def test_one_is_built_where_none_is_to_be_had(building: Bench) -> None:
    decision = building.decide()
    layer = building.made()

    assert "nginx 1.28.0 from its own source" == decision.choice.what
    assert "; the packages of Tests 7 have none" in decision.choice.because
    assert "1.28.0" in text_of(layer)


def test_all_that_was_tried_is_told(alone: Bench) -> None:
    alone.path = "/invalid"

    assert [
        "the app has no bin/nginx, and this tampu none",
        "TAMPU_MIRROR is not set",
        "this machine has no apt to get its distribution's from",
        "none can be built from its source without cc",
    ] == alone.refusals()


def test_for_another_kind_of_machine_only_a_mirror_can_have_one(bench: Bench) -> None:
    there = replace(bench.target, machine="pdp11")

    with pytest.raises(NoNginx) as caught:
        decide(there, bench.world, bench.machine, bench.fork)

    assert f"none for pdp11 can be made on a machine of {MACHINE}" in caught.value.advice
    bench.mirror("1.30.0", {"bin/nginx": SAYS}, arch="pdp11")
    decision = decide(there, bench.world, bench.machine, bench.fork)
    assert ("it is for pdp11", True) == (decision.choice.because, decision.choice.what.startswith("nginx 1.30.0 "))


def test_a_machine_that_nobody_answers(building: Bench) -> None:
    building.online = False
    building.machine = replace(building.machine, sources=building.place)
    *_, packages, source = building.refusals()

    assert "the packages of Tests 7 can't be reached (no source of packages in /etc/apt)" == packages
    assert source.startswith("the source of nginx 1.28.0 can't be reached (file://")
