from __future__ import annotations

import io
import os
from typing import TYPE_CHECKING

import pytest

from tampu.build.engine import carry_out_one
from tampu.build.environ import apply
from tampu.build.model import Target
from tampu.build.steps.apt import apt, decide
from tampu.envs.apt import AptFailed
from tampu.values import replace
from tampu.world import World
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

TOOLS = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin"}
PACKAGES = (
    Deb(name="lost", lost=True),
    Deb(name="tool", depends="libone", files={"usr/bin/tool": b"#!/bin/sh\n"}),
    Deb(name="libone", section="libs", files={"usr/lib/libone.so.1": b"one"}),
)


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Distribution:
    return distribution.make(tmp_path_factory.mktemp("distribution"), *PACKAGES)


@pytest.fixture
def world(tmp_path: Path) -> World:
    say = PlainConsole(out=io.StringIO(), err=io.StringIO())
    fetch = Downloads(environ={}, say=say)
    return World(run=Processes(say), fetch=fetch, cache=Cache(tmp_path / "cache"), say=say, environ=TOOLS)


@pytest.fixture
def target(tmp_path: Path) -> Target:
    return Target(app=tmp_path / "app", layers=tmp_path / "app" / ".tampu")


def made(target: Target, world: World, machine: Distribution, *names: str) -> Layer:
    return carry_out_one(apt(names, world.environ, machine), target, world)


def test_the_layer_has_what_was_asked_for_and_what_that_needs(
    target: Target, world: World, machine: Distribution
) -> None:
    layer = made(target, world, machine, "tool")

    assert ["bin", "lib"] == sorted(path.name for path in (layer.path / "usr").iterdir())
    assert ("there is none in the cache",) == layer.reasons


def test_programs_libraries_and_headers_are_found_there(target: Target, world: World, machine: Distribution) -> None:
    layer = made(target, world, machine, "tool")
    building = apply(layer.env, {"PATH": "/bin"}, layers=target.layers, app=target.app)
    usr = f"{target.layers}/apt/usr"

    assert f"{usr}/bin:/bin" == building["PATH"]
    assert building["LD_LIBRARY_PATH"] == building["LIBRARY_PATH"]
    assert f"{usr}/lib" == building["LD_LIBRARY_PATH"].split(":")[-1]
    assert building["CPATH"].startswith(f"{usr}/include:")
    assert f"{usr}/share/pkgconfig" in building["PKG_CONFIG_PATH"].split(":")
    assert {"PATH", "LD_LIBRARY_PATH"} == {each.name for each in layer.env if each.scope.name == "BOTH"}


def test_packages_that_can_not_be_fetched_leave_nothing(target: Target, world: World, machine: Distribution) -> None:
    with pytest.raises(AptFailed):
        made(target, world, machine, "tool", "lost")

    assert not (target.layers / "apt").exists()


def test_the_same_packages_on_the_same_machine_ask_nobody(target: Target, world: World, machine: Distribution) -> None:
    made(target, world, machine, "tool", "libone")
    offline = replace(world, environ={"PATH": "/invalid"})

    assert () == made(target, offline, machine, "libone", "tool", "tool").reasons


def test_another_package_is_another_layer(target: Target, world: World, machine: Distribution) -> None:
    made(target, world, machine, "tool")

    assert ("packages changed from tool to libone",) == made(target, world, machine, "libone").reasons


def test_a_machine_with_other_packages_may_need_more(target: Target, world: World, machine: Distribution) -> None:
    made(target, world, machine, "tool")
    fuller = machine.status.with_name("fuller")
    fuller.write_text("Package: libone\nStatus: install ok installed\nVersion: 1.0-1\nArchitecture: all\n")
    layer = made(target, world, replace(machine, status=fuller), "tool")

    assert ("packages of this machine changed",) == layer.reasons
    assert ["bin"] == [path.name for path in (layer.path / "usr").iterdir()]


def test_a_machine_that_keeps_no_such_record(world: World, machine: Distribution) -> None:
    step = apt(("tool",), world.environ, replace(machine, status=machine.status / "nowhere"))

    assert "" == step.key.parts["packages of this machine"]
    assert os.uname().machine == step.key.parts["CPU"]


def test_nothing_is_decided_where_nothing_is_asked_for(target: Target, world: World, machine: Distribution) -> None:
    decision = decide((), target, world, machine)

    assert ((), (), (), {}) == (decision.choices, decision.steps, decision.env, decision.ground)


def test_what_dotcloud_yml_names_is_told(target: Target, world: World, machine: Distribution) -> None:
    decision = decide(("tool", "libone"), target, world, machine)

    assert ["Packages of Tests 7: tool, libone"] == [choice.what for choice in decision.choices]
    assert ["apt"] == [step.name for step in decision.steps]
    assert decision.env == decision.steps[0].env
    assert {"system packages": decision.steps[0].key.digest} == decision.ground


def test_a_laptop_without_apt_is_left_as_it_is(target: Target, world: World, machine: Distribution) -> None:
    elsewhere = replace(world, environ={"PATH": "/invalid"})
    decision = decide(("tool",), replace(target, local=True), elsewhere, machine)

    assert ["Not installed: tool"] == [choice.what for choice in decision.choices]
    assert () == decision.steps
    assert 1 == len(decide(("tool",), replace(target, local=True), world, machine).steps)
