from __future__ import annotations

import io
import json

import pytest

from tampu.errors import TampuError
from tampu.platforms.doctor_findings import Findings
from tampu.world.console import PlainConsole


class Broken(TampuError):
    reason = "example::broken"

    def __init__(self, what: str) -> None:
        super().__init__(title=f"{what} is broken", found=what, expected="another", todo="Mend it.")


def breaks(what: str) -> str:
    raise Broken(what)


@pytest.fixture
def findings() -> Findings:
    found = Findings()
    found.look("Wheels", lambda: 4, lambda count: f"{count} of them")
    found.look("Roof", lambda: breaks("roof"), str)
    found.look("Rain", lambda: breaks("roof"), str)
    found.look("Engine", lambda: breaks("engine"), str)
    return found


def test_what_a_check_gives_is_handed_on_and_an_error_gives_nothing() -> None:
    findings = Findings()

    assert 4 == findings.look("Wheels", lambda: 4, str)
    assert findings.look("Roof", lambda: breaks("roof"), str) is None


def test_each_check_is_a_line_and_each_trouble_is_explained_once(findings: Findings) -> None:
    out, err = io.StringIO(), io.StringIO()

    findings.tell(PlainConsole(out, err))

    assert [
        "       ok       Wheels: 4 of them",
        "       problem  Roof: roof is broken",
        "       problem  Rain: roof is broken",
        "       problem  Engine: engine is broken",
    ] == out.getvalue().splitlines()
    assert 1 == err.getvalue().count("Found:    roof")
    assert 2 == err.getvalue().count("(example::broken)")


def test_programs_get_the_same(findings: Findings) -> None:
    document = json.loads(findings.as_json())

    assert not document["ok"]
    assert {"check": "Wheels", "ok": True, "found": "4 of them"} == document["checks"][0]
    assert {
        "check": "Roof",
        "ok": False,
        "found": "roof is broken",
        "reason": "example::broken",
        "advice": "Found:    roof\nExpected: another\n\nMend it.",
    } == document["checks"][1]


def test_nothing_wrong_is_said_too() -> None:
    assert {"ok": True, "checks": []} == json.loads(Findings().as_json())


def test_a_line_stays_a_line() -> None:
    out = io.StringIO()
    findings = Findings()
    findings.look("Long", lambda: "x\n" * 500, str)

    findings.tell(PlainConsole(out, out))

    assert 1 == len(out.getvalue().splitlines())
    assert 300 > len(out.getvalue())
