from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from tampu.envs.records import settle_record
from tampu.envs.settle import settle, sweep
from tests.envs.household import names, record_hash

if TYPE_CHECKING:
    from tests.envs.household import House


def test_a_record_is_true_to_what_settling_changed(house: House) -> None:
    info = "shop-1.0.dist-info"
    notes = {f"{info}/{name}": "x" for name in ("INSTALLER", "REQUESTED", "uv_cache.json", "uv_build.json")}
    changed = {"own.pth": "old", "../../../bin/shop": "old", f"{info}/direct_url.json": "old"}
    distribution = house.install("shop", {**notes, **changed, "shop.py": "", "a,b.py": ""})
    house.record(info, [*distribution.rows(), ["__pycache__/shop.pyc", "", ""], []])
    for name in changed:
        (house.site.library / name).write_text("new one")

    settle_record(house.site, distribution)

    expected = [
        *((name, record_hash(b"new one"), "7") for name in ("../../../bin/shop", "own.pth", f"{info}/direct_url.json")),
        *((name, record_hash(b""), "0") for name in ("a,b.py", "shop.py")),
        (f"{info}/INSTALLER", record_hash(b"tampu\n"), "6"),
        (f"{info}/METADATA", record_hash(b"Name: shop\nVersion: 1.0\n"), "24"),
        (f"{info}/RECORD", "", ""),
    ]
    assert sorted(expected) == [tuple(row) for row in distribution.rows()]
    assert ["INSTALLER", "METADATA", "RECORD", "direct_url.json"] == names(distribution.info)
    assert distribution.settled


def test_a_record_that_was_not_whole_is_made_so(house: House) -> None:
    distribution = house.install("shop", {"shop.py": "text"})
    house.record("shop-1.0.dist-info", [["shop.py", "", ""], ["shop-1.0.dist-info/RECORD", "", ""]])

    settle_record(house.site, distribution)

    assert ["shop.py", record_hash(b"text"), "4"] in distribution.rows()


def test_a_distribution_by_its_folder(house: House) -> None:
    distribution = house.install("Toolbox_Kit", {}, version="3.1rc1")

    assert ("toolbox-kit", "3.1rc1", False) == (distribution.name, distribution.version, distribution.settled)
    assert [distribution] == list(house.site.distributions())


def test_bytecode_of_nothing_and_empty_folders_are_swept(house: House) -> None:
    files = {
        "shop/__init__.py": "",
        "shop/__pycache__/__init__.cpython-312.pyc": "",
        "shop/__pycache__/gone.cpython-312.pyc": "",
        "gone/__pycache__/gone.cpython-312.opt-1.pyc": "",
        "sourceless/shop.pyc": "",
    }
    house.install("shop", files)
    (house.site.root / "share" / "doc").mkdir(parents=True)

    assert sweep(house.site.root)

    left = {"shop/__init__.py", "shop/__pycache__/__init__.cpython-312.pyc", "sourceless/shop.pyc"}
    assert left == {name for name in names(house.site.library) if "." in name and "dist-info" not in name}
    assert not (house.site.root / "share").exists()


def test_nothing_at_all_is_swept_too(tmp_path: Path) -> None:
    (tmp_path / "site" / "lib").mkdir(parents=True)

    assert not sweep(tmp_path / "site")
    assert not (tmp_path / "site").exists()


def test_only_what_is_new_is_settled(house: House) -> None:
    old = house.install(
        "old", {"old.py": "", "../../../bin/old": "#!/build/python\n", "old-1.0.dist-info/INSTALLER": "tampu\n"}
    )
    new = house.install("new", {"new.py": "", "bad.py": "print 'two'\n"})
    for name in (".lock", "CACHEDIR.TAG", ".gitignore"):
        (house.site.root / name).write_text("")

    settle(house.site, house.app, Path(sys.executable), house.world, {})

    assert "#!/build/python\n" == (house.site.root / "bin" / "old").read_text()
    assert (True, True) == (old.settled, new.settled)
    tag = sys.implementation.cache_tag
    assert [f"new.{tag}.pyc"] == names(house.site.library / "__pycache__")
    assert ["bin", "lib"] == sorted(path.name for path in house.site.root.iterdir())


def test_an_empty_environment_is_one(house: House) -> None:
    house.site.library.mkdir(parents=True)

    settle(house.site, house.app, Path(sys.executable), house.world, {})

    assert [] == names(house.site.library)
