from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tampu.facts.pins import BrokenPins, Pythons, load_pythons, load_sources
from tampu.world.fetch import Pin

OURS = Path(__file__).parents[2] / "vendor" / "pythons.json"
SHA256 = "ab" * 32
URL = "https://example.org/cpython-3.13.1.tar.gz"
WHOLE = {
    "default": "3.13",
    "series": {"3.13": {"end_of_life": "2029-10-31"}},
    "pins": {"x86_64": {"3.13.1": {"url": URL, "sha256": SHA256}}},
}


NGINX = {"default": "1.28.0", "pins": {"1.28.0": {"url": "https://example.org/nginx.tar.gz", "sha256": SHA256}}}


def stored(folder: Path, text: str) -> Path:
    path = folder / "pythons.json"
    path.write_text(text, encoding="utf-8")
    return path


def complaint(folder: Path, text: str) -> str:
    with pytest.raises(BrokenPins) as caught:
        load_pythons(stored(folder, text), "x86_64")
    return caught.value.advice.splitlines()[0]


def test_pins_of_one_kind_of_machine(tmp_path: Path) -> None:
    pin = Pin(name="python", version="3.13.1", url=URL, sha256=SHA256)
    expected = Pythons(default="3.13", series={"3.13": date(2029, 10, 31)}, pins={"3.13.1": pin})

    assert load_pythons(stored(tmp_path, json.dumps(WHOLE)), "x86_64") == expected


def test_a_machine_that_nobody_builds_for_has_no_pins(tmp_path: Path) -> None:
    assert dict(load_pythons(stored(tmp_path, json.dumps(WHOLE)), "riscv64").pins) == {}


@pytest.mark.parametrize("arch", ["x86_64", "aarch64"])
def test_our_own_pins_are_whole(arch: str) -> None:
    pythons = load_pythons(OURS, arch)
    found = {version.rpartition(".")[0] for version in pythons.pins}

    assert {"3.9", "3.10", "3.11", "3.12", "3.13", "3.14"} <= found <= set(pythons.series)
    assert pythons.default in found


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"pins": {"x86_64": {"3.13.1": {"url": URL}}}}, "sha256 of 3.13.1 is missing"),
        ({"pins": {"x86_64": {"3.13.1": {"url": URL, "sha256": ""}}}}, "sha256 of 3.13.1 is missing"),
        ({"pins": {"x86_64": {"3.13.1": {"url": URL, "sha256": "AB" * 32}}}}, f"sha256 of 3.13.1 is '{'AB' * 32}'"),
        ({"pins": {"x86_64": {"3.13.1": {"sha256": SHA256}}}}, "url of 3.13.1 is missing"),
        ({"pins": {"x86_64": {"3.13.1": URL}}}, "3.13.1 is not a table"),
        ({"pins": {"x86_64": {"newest": {"url": URL, "sha256": SHA256}}}}, "a version is 'newest'"),
        ({"pins": {"x86_64": []}}, "pins of x86_64 is not a table"),
        ({"pins": None}, "pins is not a table"),
        ({"series": {"3.13": {}}}, "end_of_life of 3.13 is missing"),
        ({"series": {"3.13": {"end_of_life": "one day"}}}, "Invalid isoformat string: 'one day'"),
        ({"series": None}, "series is not a table"),
        ({"default": "newest"}, "default is 'newest'"),
        ({"default": 3.13}, "default is missing"),
    ],
)
def test_what_is_not_whole_does_not_load(tmp_path: Path, change: dict[str, object], expected: str) -> None:
    assert complaint(tmp_path, json.dumps(WHOLE | change)) == f"Found:    {expected}"


@pytest.mark.parametrize(
    ("text", "expected"),
    [("[]", "it is not a table"), ("{", "Expecting property name"), ("[" * 100_000, "recursion")],
)
def test_what_is_no_table_does_not_load(tmp_path: Path, text: str, expected: str) -> None:
    assert expected in complaint(tmp_path, text)


def test_a_missing_file_is_named_with_the_way_to_get_it_back(tmp_path: Path) -> None:
    with pytest.raises(BrokenPins) as caught:
        load_pythons(tmp_path / "pythons.json", "x86_64")

    assert caught.value.reason == "pins::broken"
    assert "git checkout -- vendor/pythons.json" in caught.value.advice


@given(
    change=st.dictionaries(
        st.sampled_from(["default", "series", "pins"]),
        st.recursive(
            st.none() | st.text() | st.integers(),
            lambda inner: (
                st.lists(inner) | st.dictionaries(st.sampled_from(["x86_64", "3.13", "end_of_life", "url"]), inner)
            ),
            max_leaves=5,
        ),
    )
)
def test_any_document_is_loaded_or_broken(change: dict[str, object]) -> None:
    with TemporaryDirectory() as folder:
        path = stored(Path(folder), json.dumps(WHOLE | change))
        try:
            assert isinstance(load_pythons(path, "x86_64"), Pythons)
        except BrokenPins as error:
            reason = error.reason
            assert reason == "pins::broken"


def test_pins_of_sources(tmp_path: Path) -> None:
    place = tmp_path / "nginx.json"
    place.write_text(json.dumps(NGINX), encoding="utf-8")
    sources = load_sources(place)

    assert ("1.28.0", ["1.28.0"]) == (sources.default, list(sources.pins))
    assert ("nginx", SHA256) == (sources.pins["1.28.0"].name, sources.pins["1.28.0"].sha256)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"default": "1.30.0"}, "no pin for 1.30.0, which is the default"),
        ({"default": "newest"}, "default is 'newest'"),
        ({"pins": {"1.28.0": {"url": URL, "sha256": "?"}}}, "sha256 of 1.28.0 is '?'"),
        ({"pins": []}, "pins is not a table"),
    ],
)
def test_sources_that_can_not_be_trusted(change: dict[str, object], expected: str, tmp_path: Path) -> None:
    place = tmp_path / "nginx.json"
    place.write_text(json.dumps({**NGINX, **change}), encoding="utf-8")

    with pytest.raises(BrokenPins) as caught:
        load_sources(place)
    assert f"Found:    {expected}" == caught.value.advice.splitlines()[0]
    assert "vendor/update nginx" in caught.value.advice


def test_our_own_sources_are_whole() -> None:
    sources = load_sources(OURS.with_name("nginx.json"))

    assert {"1.22.1", "1.24.0", "1.26.3", "1.28.0"} <= set(sources.pins)
    assert all(pin.url.endswith(f"/nginx-{version}.tar.gz") for version, pin in sources.pins.items())
