from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from tampu.envs.editables import WAY, KeepsBuildPath, link_app, settle_editables

if TYPE_CHECKING:
    from tests.envs.household import House


def test_an_editable_s_path_becomes_relative(house: House) -> None:
    app = house.app
    lines = f"{app}\n{app}/src\n{app}-other\n/elsewhere\nimport shop\n"
    distribution = house.install("shop", {"__editable__.shop.pth": lines})

    with pytest.raises(KeepsBuildPath):
        settle_editables(house.site, distribution, app, app)

    up = os.path.relpath(app, house.site.library)
    expected = f"{up}\n{up}/src\n{app}-other\n/elsewhere\nimport shop\n"
    assert expected == (house.site.library / "__editable__.shop.pth").read_text()


def test_an_editable_s_finder_finds_from_where_it_is(house: House) -> None:
    app = house.app
    finder = f"MAPPING = {{'shop': '{app}/src/shop', \"own\": \"{app}\"}}\nNAMESPACES = {{'ns': ['{app}/ns']}}\n"
    distribution = house.install("shop", {"__editable___shop_finder.py": finder})

    settle_editables(house.site, distribution, app, app)

    text = (house.site.library / "__editable___shop_finder.py").read_text()
    assert str(app) not in text
    found: dict[str, dict[str, object]] = {"__builtins__": {"__import__": __import__}}
    exec(text, {"__file__": str(house.site.library / "__editable___shop_finder.py")}, found)  # noqa: S102 - as setuptools' finder is
    assert {"shop": f"{app}/src/shop", "own": str(app)} == found["MAPPING"]
    assert {"ns": [f"{app}/ns"]} == found["NAMESPACES"]


def test_the_app_is_found_by_a_link_of_the_environment_while_something_needs_it(house: House) -> None:
    distribution = house.install("shop", {"__editable__.shop.pth": f"{house.app}/src\n"})

    settle_editables(house.site, distribution, house.app, house.site.root / WAY)
    link_app(house.site, house.app)

    assert "../../../.app/src\n" == (house.site.library / "__editable__.shop.pth").read_text()
    assert "../.." == str((house.site.root / WAY).readlink())
    (house.site.library / "__editable__.shop.pth").unlink()
    link_app(house.site, house.app)
    assert not (house.site.root / WAY).is_symlink()


def test_a_finder_of_a_kind_that_nobody_knows(house: House) -> None:
    distribution = house.install("shop", {"__editable__shop.py": f"PATH = '/first:{house.app}/src'\n"})

    with pytest.raises(KeepsBuildPath) as caught:
        settle_editables(house.site, distribution, house.app, house.app)

    assert "__editable__shop.py holds the path of this build" in caught.value.advice


def test_what_has_no_path_in_it_is_not_written(house: House) -> None:
    files = {"ns.pth": "import sys\n", "shop/__editable__.txt": str(house.app), "gone.pth": ""}
    distribution = house.install("shop", files)
    (house.site.library / "gone.pth").unlink()
    before = (house.site.library / "ns.pth").stat().st_ino

    settle_editables(house.site, distribution, house.app, house.app)

    assert before == (house.site.library / "ns.pth").stat().st_ino


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("{app}", "file:///app"),
        ("{app}/libs/shop", "file:///app/libs/shop"),
        ("{app}-other", "{app}-other"),
        ("https://host/shop.whl", "https://host/shop.whl"),
    ],
)
def test_where_it_was_installed_from(house: House, url: str, expected: str) -> None:
    app = house.app.as_uri()
    name = "shop-1.0.dist-info/direct_url.json"
    distribution = house.install("shop", {name: f'{{"url": "{url.format(app=app)}"}}'})

    settle_editables(house.site, distribution, house.app, house.app)

    assert f'{{"url": "{expected.format(app=app)}"}}' == (house.site.library / name).read_text()
