from __future__ import annotations

import pytest

from tampu.facts.environment import BadMarker, Environment

HERE = Environment(python="3.12.4", machine="aarch64", groups=("test",))


@pytest.mark.parametrize(
    ("marker", "expected"),
    [
        ("", True),
        ("python_version >= '3.10'", True),
        ("python_full_version < '3.12.4'", False),
        ("sys_platform == 'win32' or platform_system == 'Linux'", True),
        ("platform_machine == 'x86_64'", False),
        ("implementation_name == 'cpython' and os_name == 'posix'", True),
        ("extra == 'async'", False),
        ("'test' in dependency_groups", True),
        ("'docs' in dependency_groups or 'web' in extras", False),
    ],
)
def test_markers_are_those_of_the_target_and_not_of_the_machine_that_builds(marker: str, *, expected: bool) -> None:
    assert expected == HERE.meets(marker, "uv.lock")


def test_a_marker_may_ask_for_an_extra() -> None:
    assert HERE.meets("extra == 'async'", "poetry.lock", "async")


@pytest.mark.parametrize("marker", ["python is old", "python_version >= ", "colour == 'red'", "(" * 5000])
def test_a_marker_that_is_none_is_told_with_its_place(marker: str) -> None:
    with pytest.raises(BadMarker, match=r"poetry\.lock") as caught:
        HERE.meets(marker, "poetry.lock")

    assert marker.strip()[:20] in caught.value.advice


@pytest.mark.parametrize(
    ("versions", "expected"), [("", True), (">=3.9", True), ("<3.12", False), ("==3.12.*", True), ("^3.8", True)]
)
def test_a_range_of_pythons(versions: str, *, expected: bool) -> None:
    assert expected == HERE.runs(versions)
