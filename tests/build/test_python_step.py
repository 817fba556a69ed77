from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from tampu.build.model import Work
from tampu.build.offers import as_text, from_text, offers
from tampu.build.python_match import UnknownSeries
from tampu.build.python_shelf import NothingToBeHad
from tampu.build.steps.python import Decision, OutOfReach, decide
from tampu.envs.machine import Interpreter
from tampu.envs.runtime import DoesNotStart
from tampu.envs.unpack import BrokenArchive
from tampu.values import replace
from tests.build.market import ARCH, SHA256, TODAY, Market, pin

if TYPE_CHECKING:
    from pathlib import Path

REACHES = "reaches https://upstream.example/3.12.7"


@pytest.fixture
def market(tmp_path: Path) -> Market:
    return Market(tmp_path, pinned=("3.12.7", "3.13.0"))


def chosen(market: Market, *asked: str, local: bool = False, last: str | None = None) -> Decision:
    return decide(market.wish(*asked, last=last), market.target(local=local), market.world)


def origin(market: Market, *asked: str, local: bool = False) -> str:
    decision = chosen(market, *asked, local=local)
    return f"{decision.choice.version} from {decision.origin}"


def keep(market: Market, decision: Decision, python: Path | None = None) -> None:
    """What the engine does once the layer is made."""
    tree = market.folder / "made"
    (tree / "bin").mkdir(parents=True)
    (tree / "bin" / "python3.12").write_text("")
    (tree / "bin" / "python3").symlink_to(python or "python3.12")
    market.cache.keep("python", decision.step.key, tree)
    market.asked.clear()


def test_upstream_is_taken_at_its_word(market: Market) -> None:
    assert "3.12.7 from python-build-standalone" == origin(market, "==3.12.*")
    assert [] == market.asked


def test_a_mirror_goes_before_upstream(market: Market) -> None:
    market.set_mirror("3.12.1")

    assert "3.12.1 from the mirror https://mirror.example/pythons/" == origin(market, "==3.12.*")


def test_what_the_mirror_lacks_comes_from_upstream(market: Market) -> None:
    market.set_mirror("3.11.1")

    assert "3.13.0 from python-build-standalone" == origin(market, "==3.13.*")


def test_platforms_never_use_an_interpreter_of_the_machine(market: Market) -> None:
    market.put("3.11.4")

    with pytest.raises(UnknownSeries) as caught:
        chosen(market, "==3.11.*")

    assert "3.12, 3.13" in caught.value.advice
    assert [] == market.asked


def test_a_laptop_asks_whether_upstream_answers(market: Market) -> None:
    market.put("3.12.2")

    assert "3.12.7 from python-build-standalone" == origin(market, "==3.12.*", local=True)
    assert [REACHES] == market.asked


def test_a_laptop_without_a_network_uses_what_it_has(market: Market) -> None:
    market.online = False
    program = market.put("3.12.2")

    decision = chosen(market, "==3.12.*", local=True)

    assert ("3.12.2", "this machine", str(program)) == (decision.choice.version, decision.origin, decision.identity)
    assert [REACHES, "ask python3.12"] == market.asked


def test_a_laptop_has_what_upstream_has_not(market: Market) -> None:
    market.put("3.11.4")

    assert "3.11.4 from this machine" == origin(market, "==3.11.*", local=True)
    assert ["ask python3.11"] == market.asked


def test_a_machine_that_nobody_builds_for(market: Market) -> None:
    market.pinned = ()
    with pytest.raises(NothingToBeHad):
        chosen(market)

    market.put("3.12.2")
    assert "3.12.2 from this machine" == origin(market, local=True)


def test_there_is_one_but_not_from_here(market: Market) -> None:
    market.online = False

    with pytest.raises(OutOfReach) as caught:
        chosen(market, "==3.13.*", local=True)

    assert "Python 3.13.0 can't be had from here" == caught.value.title


def test_what_nobody_has_is_answered_with_all_that_there_is(market: Market) -> None:
    market.set_mirror("3.11.1")
    market.put("3.10.9")

    with pytest.raises(UnknownSeries) as caught:
        chosen(market, "==3.9.*", local=True)

    assert "3.10, 3.11, 3.12, 3.13" in caught.value.advice


def test_a_decision_is_remembered_with_its_layer(market: Market) -> None:
    market.set_mirror("3.12.1")
    first = chosen(market, "==3.12.*")
    keep(market, first)

    again = chosen(market, "==3.12.*")

    assert (first.choice, first.origin, first.identity, first.step.key) == (
        *(again.choice, again.origin, again.identity),
        again.step.key,
    )
    assert [] == market.asked


@pytest.mark.parametrize("change", ["no layer", "another wish", "another mirror", "other pins", "other place"])
def test_what_led_to_a_decision_changed(market: Market, change: str) -> None:
    market.set_mirror("3.12.1", "3.13.0")
    decision = chosen(market, "==3.12.*")
    market.asked.clear()
    if change != "no layer":
        keep(market, decision)
    if change == "another mirror":
        market.environ["TAMPU_MIRROR"] += "/more"
    if change == "other pins":
        market.pinned = ("3.12.8",)

    chosen(market, "==3.13.*" if change == "another wish" else "==3.12.*", local=change == "other place")

    assert 1 == len(market.asked)


def test_a_mirror_in_a_folder_that_got_more(market: Market) -> None:
    mirror = market.folder / "mirror"
    mirror.mkdir()
    (mirror / "index.json").write_text("{}")
    market.set_mirror("3.12.1")
    market.environ["TAMPU_MIRROR"] = str(mirror)
    keep(market, chosen(market, "==3.12.*"))
    market.set_mirror("3.12.1", "3.12.2")
    market.environ["TAMPU_MIRROR"] = str(mirror)
    assert "3.12.1" == chosen(market, "==3.12.*").choice.version

    (mirror / "index.json").write_text('{"changed": true}')

    assert "3.12.2" == chosen(market, "==3.12.*").choice.version


def test_an_interpreter_of_the_machine_that_went_away(market: Market) -> None:
    market.online = False
    gone = market.put("3.12.2")
    keep(market, chosen(market, "==3.12.*", local=True), gone)
    assert "3.12.2" == chosen(market, "==3.12.*", local=True).choice.version
    gone.unlink()
    market.online = True

    assert "3.12.7 from python-build-standalone" == origin(market, "==3.12.*", local=True)


def test_the_series_of_the_last_build_stays(market: Market) -> None:
    market.pinned = ("3.11.9", "3.12.7", "3.13.0")

    assert "3.11.9" == chosen(market, last="3.11.2").choice.version
    assert "3.12.7" == chosen(market).choice.version


def test_a_first_build_without_a_wish_is_remembered_for_the_second(market: Market) -> None:
    market.set_mirror("3.12.1")
    first = chosen(market)
    keep(market, first)

    again = chosen(market, last=first.choice.version)

    assert ([], "3.12.1") == (market.asked, again.choice.version)


def test_the_key_of_the_layer(market: Market) -> None:
    expected = {"Python": "3.12.7", "runtime": SHA256.format(1), "CPU": ARCH, "tampu's layout": "2"}

    step = chosen(market, "==3.12.*").step

    assert expected == dict(step.key.parts)
    assert ("python", "Installing Python 3.12.7") == (step.name, step.title)


def test_a_layer_is_installed_from_its_pin_or_linked(market: Market) -> None:
    place = market.folder / "layers" / "python"
    work = Work(place=place, target=market.target(local=True), world=market.world)
    with pytest.raises(BrokenArchive):
        chosen(market, "==3.12.*").step.make(work)
    assert ["get https://upstream.example/3.12.7"] == market.asked

    market.online = False
    market.put("3.12.2")
    with pytest.raises(DoesNotStart):
        chosen(market, "==3.12.*", local=True).step.make(work)


def test_offers_are_looked_up_one_by_one(market: Market) -> None:
    market.set_mirror("3.12.1")
    market.put("3.12.2")
    found = offers(ARCH, market.pythons, market.target(local=True), market.world)

    mirror, upstream = next(found), next(found)
    assert (True, ["read https://me:hunter22@mirror.example/pythons/index.json"]) == (mirror.at_hand(), market.asked)
    assert upstream.at_hand()
    assert REACHES == market.asked[-1]
    assert ["3.12.2"] == [version for offer in found for version in offer.runtimes]


def test_of_two_equal_interpreters_the_first_on_path_counts(market: Market) -> None:
    market.put("3.12.2")
    other = market.folder / "other"
    other.mkdir()
    (other / "python3").write_text("cpython 3.12.2")
    (other / "python3").chmod(0o755)
    market.environ["PATH"] = f"{other}:{market.environ['PATH']}"

    *_, machine = offers(ARCH, market.pythons, market.target(local=True), market.world)

    assert {"3.12.2": Interpreter(version="3.12.2", path=other / "python3")} == dict(machine.runtimes)


def test_an_offer_survives_being_written_down(market: Market) -> None:
    market.put("3.12.2")
    upstream, machine = offers(ARCH, market.pythons, market.target(local=True), market.world)

    again = from_text(as_text(upstream, "3.12.7"))
    assert ("python-build-standalone", ["3.12.7", "3.13.0"]) == (again.origin, list(again.runtimes))
    assert replace(pin("3.12.7"), url="") == again.runtimes["3.12.7"]
    assert machine.runtimes["3.12.2"] == from_text(as_text(machine, "3.12.2")).runtimes["3.12.2"]


def test_an_end_that_is_near_is_told_even_when_nothing_else_changed(market: Market) -> None:
    keep(market, chosen(market, "==3.12.*"))
    wish = market.wish("==3.12.*")
    later = replace(wish, today=TODAY + timedelta(days=365 * 4))

    (notice,) = decide(later, market.target(local=False), market.world).choice.notices

    assert "python-version::past-end" == notice.name
