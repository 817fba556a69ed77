from __future__ import annotations

import os
import string
import tempfile
from pathlib import Path

import links
import pytest
from hypothesis import given
from hypothesis import strategies as st
from refusal import Refusal

from tests.launch.homes import locked_folder

ODD = st.lists(st.sampled_from([*"./a \n\0'\"$;\\é", "..", "web", "out", "current", "code"]), max_size=6).map("".join)


@pytest.fixture
def app(tmp_path: Path) -> Path:
    home = tmp_path / "home"
    (home / "web" / "inner").mkdir(parents=True)
    (home / "api").mkdir()
    (home / ".tampu").mkdir()
    return home


def laid(home: Path) -> dict[str, str]:
    found = (path for path in sorted(home.iterdir()) if path.is_symlink())
    return {path.name: os.readlink(path) for path in found}  # noqa: PTH115 - word for word


def test_the_links_of_dotcloud(app: Path) -> None:
    assert str(app / "web") == links.lay(str(app), "web", "1a2b")
    assert {"code": ".", "current": "code/web", "git-1a2b": "."} == laid(app)
    assert (app / "current").resolve() == app / "web"


def test_without_a_version_there_is_no_link_for_it(app: Path) -> None:
    links.lay(str(app), ".", "")

    assert {"code": ".", "current": "code/."} == laid(app)


def test_the_hundredth_boot_is_as_the_first(app: Path) -> None:
    links.lay(str(app), "web", "1a2b")
    first = {path.name: path.lstat().st_ino for path in app.iterdir()}

    for _ in range(99):
        links.lay(str(app), "web", "1a2b")

    assert first == {path.name: path.lstat().st_ino for path in app.iterdir()}


def test_another_approot_moves_the_link(app: Path) -> None:
    for approot, target in (("web", "code/web"), ("./api/", "code/api"), ("web//inner", "code/web/inner")):
        links.lay(str(app), approot, "")
        assert target == laid(app)["current"]


def test_a_link_is_there_at_any_moment(app: Path) -> None:
    links.point(str(app / "current"), "web")
    beside = f"{app / 'current'}.{os.getpid()}"
    Path(beside).symlink_to("left-by-a-killed-boot")

    links.point(str(app / "current"), "api")

    assert {"current": "api"} == laid(app)


def test_a_link_never_takes_the_place_of_a_folder(app: Path) -> None:
    with pytest.raises(IsADirectoryError):
        links.point(str(app / "web"), "api")

    assert {} == laid(app)


def test_a_local_home_leads_to_the_app_that_it_lies_in(tmp_path: Path) -> None:
    (tmp_path / "web").mkdir()
    home = tmp_path / ".tampu" / "home"
    home.mkdir(parents=True)
    (home / ".tampu").symlink_to("..")
    (home / "code").symlink_to("../..")

    links.lay(str(home), "web", "7")

    assert {".tampu": "..", "code": "../..", "current": "code/web", "git-7": "../.."} == laid(home)
    assert (home / "current").resolve() == tmp_path / "web"


def test_an_app_s_own_code_stays(app: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (app / "code").mkdir()

    links.lay(str(app), "web", "7")
    links.lay(str(app), "api", "7")

    assert {"current": "./api", "git-7": "."} == laid(app)
    assert "The app has a `code` of its own, which stays." in capfd.readouterr().err


def test_an_app_s_own_code_in_a_local_home(tmp_path: Path) -> None:
    (tmp_path / "web").mkdir()
    home = tmp_path / ".tampu" / "home"
    (home / "code").mkdir(parents=True)
    (home / ".tampu").symlink_to("..")

    links.lay(str(home), "web", "")

    assert "../../web" == laid(home)["current"]


@pytest.mark.parametrize("make", [Path.mkdir, Path.touch, lambda path: path.symlink_to("releases/5")])
def test_an_app_s_own_current_is_never_touched(app: Path, make: object) -> None:
    assert callable(make)
    make(app / "current")
    before = (app / "current").lstat()

    with pytest.raises(Refusal, match="Rename it in the app"):
        links.lay(str(app), "web", "")

    assert before == (app / "current").lstat()


def test_an_approot_that_is_named_current(app: Path) -> None:
    (app / "current").mkdir()

    assert str(app / "current") == links.lay(str(app), "current", "")


def test_an_app_s_own_release_stays(app: Path) -> None:
    (app / "git-7").mkdir()

    links.lay(str(app), "web", "7")

    assert (app / "git-7").is_dir()
    assert not (app / "git-7").is_symlink()


def test_links_of_the_build_do_where_nothing_can_be_written(capfd: pytest.CaptureFixture[str]) -> None:
    with locked_folder(("code", "."), ("current", "code/web")) as home:
        assert str(home / "web") == links.lay(str(home), "web", "7")

    assert "The link ~/git-7 can't be made: Permission denied." in " ".join(capfd.readouterr().err.split())


@pytest.mark.parametrize("found", [(), (("code", "."),), (("code", "."), ("current", "code/."))])
def test_other_links_where_nothing_can_be_written(found: tuple[tuple[str, str], ...]) -> None:
    with locked_folder(*found) as home, pytest.raises(Refusal, match="a folder that can be written"):
        links.lay(str(home), "web", "")


@pytest.mark.parametrize("approot", ["/etc", "..", "web/../..", "web/..", "nowhere", "a\nb", "a\0b", "out", "file"])
def test_an_approot_that_is_no_folder_of_the_app(app: Path, approot: str) -> None:
    (app / "out").symlink_to("/etc")
    (app / "file").touch()

    with pytest.raises(Refusal, match="APPROOT names no folder of the app"):
        links.lay(str(app), approot, "")

    assert "current" not in laid(app)


@pytest.mark.parametrize("version", ["../x", "a/b", "a\nb", ".", "..", " ", "x" * 101, "-rf"])
def test_a_version_that_is_no_name(app: Path, version: str) -> None:
    with pytest.raises(Refusal, match="DEP_VERSION can't be a part of a file's name"):
        links.lay(str(app), ".", version)

    assert {"out": "/etc"}.keys().isdisjoint(laid(app))


@given(approot=ODD, version=st.one_of(ODD, st.text(string.printable, max_size=12)))
def test_whatever_is_asked_for_nothing_leads_out_of_the_app(approot: str, version: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder).resolve()
        (home / "web").mkdir()
        (home / "out").symlink_to("/etc")
        try:
            current = links.lay(str(home), approot or ".", version)
        except Refusal:
            assert not (home / "current").exists()
        else:
            assert current in {str(home), str(home / "web")}
            assert current == os.path.realpath(home / "current")
        assert {home, home / "web"} >= {path.resolve() for path in home.iterdir() if path.name != "out"}
