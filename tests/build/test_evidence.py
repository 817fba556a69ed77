from __future__ import annotations

import json
import shutil
from datetime import date
from typing import TYPE_CHECKING

import pytest

from tampu import __version__
from tampu.build.choose_python import PythonChoice
from tampu.build.evidence import evidence
from tampu.build.model import Build, Choice, Layer, Outcome
from tampu.facts.python import Request
from tampu.world.cache import Key
from tampu.world.console import Notice
from tests.envs.household import MINOR, House

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

VERSION = f"{MINOR}.9"
SHA256 = "a1" * 32

REQUEST = Request(spec="==3.12.*", origin="runtime.txt", text="python-3.12")


def outcome(
    house: House, seconds: float = 0.0, runtime: str = SHA256, keeper: Mapping[str, str] | None = None
) -> Outcome:
    plan = Build(
        python=PythonChoice(version=VERSION, because="it is asked for", request=REQUEST, notices=()),
        manager="pip",
        choices=(Choice(what=f"Python {VERSION}", because="it is asked for"),),
        steps=(),
        tasks=(),
        env=(),
        processes={"web": "python app.py"},
        notices=(Notice(name="lock::outdated", text="The lock is old."),),
    )
    keys = {"python": {"Python": VERSION, "runtime": runtime}, "site": {"Python": VERSION, "lock": "b" * 64}}
    if keeper:
        keys["keeper"] = dict(keeper)
    layers = tuple(
        Layer(
            name=name,
            path=house.app / ".tampu" / name,
            key=Key(parts),
            env=(),
            reasons=("lock changed",) if seconds else (),
            seconds=seconds,
        )
        for name, parts in keys.items()
    )
    return Outcome(plan=plan, layers=layers, seconds={"collectstatic": seconds})


def texts(house: House, seconds: float = 0.0, runtime: str = SHA256) -> dict[str, str]:
    return {file.path: file.text for file in evidence(outcome(house, seconds, runtime))}


@pytest.fixture
def house(tmp_path: Path) -> House:
    place = House(tmp_path / "one")
    place.install("alpha", {"alpha.py": ""})
    return place


def test_what_was_built_is_written_down(house: House) -> None:
    expected = {
        "tampu": __version__,
        "python": VERSION,
        "python asked for by": "runtime.txt",
        "package manager": "pip",
        "layers": {
            "python": {"Python": VERSION, "runtime": SHA256},
            "site": {"Python": VERSION, "lock": "b" * 64},
        },
        "processes": {"web": "python app.py"},
        "default processes": {},
    }

    assert expected == json.loads(texts(house)["build.json"])


def test_the_same_build_has_the_same_evidence_wherever_and_whenever(house: House, tmp_path: Path) -> None:
    other = House(tmp_path / "other")
    other.install("alpha", {"alpha.py": ""})

    assert texts(house, 0.0) == texts(other, 12.5)
    assert not any(str(tmp_path) in text or str(date.today().year) in text for text in texts(house).values())  # noqa: DTZ011 - any day will do


def test_the_python_that_keeps_an_old_app_is_in_it_with_its_packages(house: House) -> None:
    library = house.app / f".tampu/keeper/site/lib/python{MINOR}/site-packages"
    shutil.copytree(house.site.library, library)
    (library / "alpha-1.0.dist-info").rename(library / "supervisor-4.3.0.dist-info")
    (library / "supervisor-4.3.0.dist-info" / "METADATA").write_text("Name: supervisor\nVersion: 4.3.0\n")
    made = outcome(house, keeper={"Python": f"{MINOR}.10", "runtime": "b" * 64})

    (document,) = (json.loads(file.text) for file in evidence(made) if file.path == "sbom.cdx.json")

    expected = [("python", VERSION), ("alpha", "1.0"), ("python", f"{MINOR}.10"), ("supervisor", "4.3.0")]
    assert expected == [(each["name"], each["version"]) for each in document["components"]]


def test_other_content_has_another_serial_number(house: House) -> None:
    before = json.loads(texts(house)["sbom.cdx.json"])["serialNumber"]
    house.install("beta", {"beta.py": ""})

    assert before != json.loads(texts(house)["sbom.cdx.json"])["serialNumber"]
