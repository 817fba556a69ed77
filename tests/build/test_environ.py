from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tampu.build.environ import NEVER_FROM_USERS, apply, places, user_env
from tampu.build.model import EnvVar, Mode, Scope, Target

if TYPE_CHECKING:
    from collections.abc import Mapping

APP, LAYERS = Path("/app"), Path("/app/.tampu")
CHANGES = (
    EnvVar("PATH", "{layers}/site/bin:{app}/bin", Mode.PREPEND),
    EnvVar("LANG", "C.UTF-8", Mode.DEFAULT),
    EnvVar("HOME", "/app"),
    EnvVar("ONLY_AT_LAUNCH", "1", Mode.OVERRIDE, Scope.LAUNCH),
    EnvVar("ONLY_IN_BUILDS", "1", Mode.OVERRIDE, Scope.BUILD),
)


def changed(env: Mapping[str, str], scope: Scope = Scope.BUILD) -> dict[str, str]:
    return apply(CHANGES, env, layers=LAYERS, app=APP, scope=scope)


def test_changes_meet_what_is_there() -> None:
    expected = {
        "PATH": "/app/.tampu/site/bin:/app/bin:/usr/bin",
        "LANG": "de_DE",
        "HOME": "/app",
        "ONLY_IN_BUILDS": "1",
        "OTHER": "x",
    }

    assert expected == changed({"PATH": "/usr/bin", "LANG": "de_DE", "HOME": "/root", "OTHER": "x"})


@pytest.mark.parametrize("old", [{}, {"PATH": "", "LANG": ""}], ids=["not set", "empty"])
def test_where_nothing_is_there_the_change_is_the_value(old: dict[str, str]) -> None:
    result = changed(old)

    assert ("/app/.tampu/site/bin:/app/bin", "C.UTF-8") == (result["PATH"], result["LANG"])


def test_changes_count_when_they_are_meant_to() -> None:
    assert {"PATH", "LANG", "HOME", "ONLY_AT_LAUNCH"} == set(changed({}, Scope.LAUNCH))


def test_some_values_are_meant_word_for_word() -> None:
    (change,) = (EnvVar("PATTERN", "{app}/{layers}", Mode.DEFAULT, verbatim=True),)

    assert {"PATTERN": "{app}/{layers}"} == apply([change], {}, layers=LAYERS, app=APP)


@pytest.mark.parametrize(
    ("env", "expected"),
    [({"PORT": "80"}, "80"), ({"PORT": "80", "PORT_WWW": "81"}, "81"), ({}, ""), ({"PORT_WWW": ""}, "")],
)
def test_a_variable_may_be_the_same_as_another(env: dict[str, str], expected: str) -> None:
    changes = [EnvVar("PORT_WWW", "PORT", Mode.SAME)]

    assert expected == apply(changes, env, layers=LAYERS, app=APP)["PORT_WWW"]


def test_users_set_what_they_like_but_for_what_breaks_builds() -> None:
    theirs = {**dict.fromkeys(NEVER_FROM_USERS, "/broken"), "SECRET_KEY": "hush", "LANG": "de_DE"}
    target = Target(app=APP, layers=LAYERS, user_env=theirs)

    result = user_env(target, CHANGES, {"PATH": "/usr/bin", "PYTHONHOME": "/broken", "OF_THE_MACHINE": "x"})

    assert "/broken" not in result.values()
    assert ("hush", "de_DE") == (result["SECRET_KEY"], result["LANG"])
    assert "/app/.tampu/site/bin:/app/bin:/usr/bin" == result["PATH"]
    assert {"OF_THE_MACHINE", "ONLY_AT_LAUNCH"}.isdisjoint(result)


def test_what_earlier_buildpacks_brought_is_found_and_what_a_laptop_has_is_not() -> None:
    environ = {"CPATH": "/apt/include", "LD_LIBRARY_PATH": "/apt/lib", "LIBRARY_PATH": ""}

    assert {"CPATH": "/apt/include", "LD_LIBRARY_PATH": "/apt/lib"} == places(Target(app=APP, layers=LAYERS), environ)
    assert {} == places(Target(app=APP, layers=LAYERS, local=True), environ)
    seen = user_env(Target(app=APP, layers=LAYERS), (EnvVar("CPATH", "/own", Mode.PREPEND),), environ)
    assert ("/own:/apt/include", "/apt/lib") == (seen["CPATH"], seen["LD_LIBRARY_PATH"])
