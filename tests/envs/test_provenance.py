from __future__ import annotations

from typing import TYPE_CHECKING

from tampu.envs.provenance import note_pins, repinned, spoilt

if TYPE_CHECKING:
    from tests.envs.household import House


def test_files_that_are_not_those_of_their_wheel(house: House) -> None:
    for name in ("whole", "changed", "gone"):
        house.install(name, {f"{name}.py": "text"})
    house.install("settled", {"settled.py": "text", "settled-1.0.dist-info/INSTALLER": "tampu\n"})
    for name in ("changed", "settled"):
        (house.site.library / f"{name}.py").write_text("else")
    (house.site.library / "gone.py").unlink()

    assert ("changed", "gone") == spoilt(house.site)


def test_other_hashes_than_before(house: House) -> None:
    before = {"same": ("a",), "more": ("a",), "other": ("a",), "fewer": ("a", "b"), "removed": ("a",)}
    now = {"same": ("a",), "more": ("a", "b"), "other": ("b",), "fewer": ("a",), "first": ("a",), "absent": ("a",)}
    for name in ("same", "more", "other", "fewer", "first"):
        house.install(name, {})
    note_pins(house.site, before)

    assert ("other", "fewer", "first") == repinned(house.site, now)


def test_pins_are_noted_when_there_are_any(house: House) -> None:
    house.site.library.mkdir(parents=True)
    note_pins(house.site, {"b": ("x",), "a": ("y", "z")})
    assert '{\n"a": [\n"y",\n"z"\n],\n"b": [\n"x"\n]\n}\n' == (house.site.root / "pins.json").read_text()

    note_pins(house.site, {})

    assert ["lib"] == [path.name for path in house.site.root.iterdir()]
    assert () == repinned(house.site, {})
