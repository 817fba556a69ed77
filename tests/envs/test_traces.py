from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tampu.envs.traces import gather, put_back, traces
from tampu.facts.requirements import LocalProject

if TYPE_CHECKING:
    from pathlib import Path

HERE = (LocalProject(path=".", editable=True),)


@pytest.fixture
def app(tmp_path: Path) -> Path:
    place = tmp_path / "app"
    write(place, "shop/__init__.py", "docs/build/page.html")
    return place


@pytest.fixture
def site(app: Path) -> Path:
    place = app / ".tampu" / "site"
    place.mkdir(parents=True)
    return place


def write(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(name)


def names(folder: Path) -> set[str]:
    files = (path for path in folder.rglob("*") if path.is_file() or path.is_symlink())
    return {str(path.relative_to(folder)) for path in files if ".tampu" not in path.relative_to(folder).parts}


def test_what_a_build_left_is_kept_and_what_nobody_needs_is_gone(app: Path, site: Path) -> None:
    before = traces(app, HERE)
    write(app, "shop/_version.py", "shop/native/one.so", "build/lib/x.py", "shop.egg-info/PKG-INFO", ".git/index")
    (app / "shop" / "latest.so").symlink_to("native/one.so")

    gather(site, app, HERE, before)

    own = {"shop/__init__.py", "docs/build/page.html", ".git/index"}
    left = {"shop/_version.py", "shop/native/one.so", "shop/latest.so"}
    assert own | left == names(app)
    assert left == names(site / ".left-in-app")


def test_a_fresh_copy_of_the_app_gets_it_back(app: Path, site: Path) -> None:
    before = traces(app, HERE)
    write(app, "shop/_version.py", "shop/native/one.so")
    gather(site, app, HERE, before)
    for name in ("shop/_version.py", "shop/native/one.so"):
        (app / name).unlink()
    (app / "shop" / "native").rmdir()
    write(app, "shop/_version.py")
    (app / "shop" / "_version.py").write_text("the app's own")

    put_back(site, app)
    put_back(site, app)

    assert "the app's own" == (app / "shop" / "_version.py").read_text()
    assert "shop/native/one.so" == (app / "shop" / "native" / "one.so").read_text()
    (app / "shop" / "native" / "one.so").write_text("changed")
    assert "shop/native/one.so" == (site / ".left-in-app" / "shop" / "native" / "one.so").read_text()


def test_projects_that_are_not_folders_leave_nothing(app: Path) -> None:
    write(app, "shop.whl")

    assert frozenset() == traces(app, (LocalProject(path="shop.whl", editable=False),))


def test_nothing_was_left_nothing_is_kept(app: Path, site: Path) -> None:
    write(site, ".left-in-app/of/the/last/build")

    gather(site, app, HERE, traces(app, HERE))
    put_back(site, app)

    assert [] == list(site.iterdir())
