from __future__ import annotations

import io
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from tampu.build.engine import carry_out, in_place, perform
from tampu.build.model import Layer, Step, Target, Task, Work
from tampu.values import replace
from tampu.world import World, files
from tampu.world.cache import Cache, Key
from tampu.world.console import PlainConsole
from tampu.world.downloads import Downloads
from tampu.world.run import Processes

if TYPE_CHECKING:
    from pathlib import Path

GROUND = frozenset({"Python"})


@dataclass
class Site:
    """A place to build in, and what was made there."""

    folder: Path
    made: list[str] = field(default_factory=list)
    out: io.StringIO = field(default_factory=io.StringIO)

    def __post_init__(self) -> None:
        say = PlainConsole(out=self.out, err=self.out)
        fetch = Downloads(environ={}, say=say)
        cache = Cache(self.folder / "cache")
        self.target = Target(app=self.folder, layers=self.folder / "layers")
        self.world = World(run=Processes(say), fetch=fetch, cache=cache, say=say, environ={})

    def step(self, name: str, **parts: str) -> Step:
        def make(work: Work) -> None:
            text = work.place / "parts"
            self.made.append(f"{name} on {text.read_text() if text.exists() else 'nothing'}")
            work.place.mkdir(parents=True, exist_ok=True)
            files.replace(text, " ".join(parts.values()))

        return Step(name=name, title=f"Making {name}", key=Key(parts), make=make, ground=GROUND)

    def carry_out(self, *steps: Step) -> tuple[Layer, ...]:
        self.made.clear()
        return carry_out(steps, self.target, self.world)


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


def test_what_an_earlier_call_has_made_is_there(site: Site) -> None:
    step = site.step("python", Python="3.12")
    (made,) = site.carry_out(step)

    assert (replace(made, reasons=(), seconds=0.0),) == in_place((step,), site.target)


def test_all_is_made_in_order_and_said(site: Site) -> None:
    layers = site.carry_out(site.step("python", Python="3.12"), site.step("site", Python="3.12", lock="a"))

    assert ["python on nothing", "site on nothing"] == site.made
    assert ["python", "site"] == [layer.name for layer in layers]
    assert [("there is none in the cache",)] * 2 == [layer.reasons for layer in layers]
    assert "3.12 a" == (site.target.layers / "site" / "parts").read_text()
    assert [
        *("-----> Making python", "       Needed: there is none in the cache"),
        *("-----> Making site", "       Needed: there is none in the cache"),
    ] == site.out.getvalue().splitlines()


def test_what_is_unchanged_is_taken_from_the_cache(site: Site) -> None:
    site.carry_out(site.step("site", Python="3.12", lock="a"))
    (site.target.layers / "site" / "stray").write_text("")

    (layer,) = site.carry_out(site.step("site", Python="3.12", lock="a"))

    assert ([], ()) == (site.made, layer.reasons)
    assert ["parts"] == [path.name for path in (site.target.layers / "site").iterdir()]
    assert site.out.getvalue().endswith("-----> Making site\n       Unchanged: taken from the cache\n")


def test_what_changed_is_made_on_the_last_one(site: Site) -> None:
    site.carry_out(site.step("site", Python="3.12", lock="a"))

    (layer,) = site.carry_out(site.step("site", Python="3.12", lock="b"))

    assert ["site on 3.12 a"] == site.made
    assert ("lock changed from a to b",) == layer.reasons
    assert site.out.getvalue().endswith("       Needed: lock changed from a to b\n")


def test_on_other_ground_it_is_made_anew(site: Site) -> None:
    site.carry_out(site.step("site", Python="3.12", lock="a"))

    (layer,) = site.carry_out(site.step("site", Python="3.13", lock="b"))

    assert ["site on nothing"] == site.made
    assert ("Python changed from 3.12 to 3.13", "lock changed from a to b") == layer.reasons


def test_what_fails_is_not_kept(site: Site) -> None:
    def fail(work: Work) -> None:
        work.place.mkdir(parents=True)
        (work.place / "half").write_text("")
        raise KeyError

    with pytest.raises(KeyError):
        site.carry_out(Step(name="site", title="Failing", key=Key({"lock": "a"}), make=fail))

    site.carry_out(site.step("site", lock="a"))
    assert ["site on nothing"] == site.made
    assert ["parts"] == [path.name for path in (site.target.layers / "site").iterdir()]


def test_tasks_are_done_in_order_and_timed(site: Site) -> None:
    done: list[str] = []
    tasks = tuple(
        Task(name=name, act=lambda target, _, name=name: done.append(f"{name} in {target.app}")) for name in "ab"
    )

    seconds = perform(tasks, site.target, site.world)

    assert [f"a in {site.folder}", f"b in {site.folder}"] == done
    assert ["a", "b"] == list(seconds)
    assert all(0 <= each < 60 for each in seconds.values())
