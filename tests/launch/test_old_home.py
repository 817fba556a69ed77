from __future__ import annotations

import os
from typing import TYPE_CHECKING

import old_home
import pytest

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def current(tmp_path: Path) -> Path:
    folder = tmp_path / "home" / "web[1]"
    folder.mkdir(parents=True)
    return folder


def link(current: Path, old: Path) -> None:
    old_home.link(str(current.parent), str(current), str(old))


@pytest.mark.parametrize("name", ["nginx.conf", "my-nginx.conf", "uwsgi.conf", "supervisord.conf"])
def test_it_is_there_where_a_configuration_names_it(current: Path, tmp_path: Path, name: str) -> None:
    old = tmp_path / "dotcloud"
    (current / name).write_text(f"root {old}/current;")

    link(current, old)
    link(current, old)

    assert str(current.parent) == str(old.readlink())


@pytest.mark.parametrize("name", ["nginx.conf.bak", "my-supervisord.conf", "app.py"])
def test_it_is_not_there_where_nobody_asks(current: Path, tmp_path: Path, name: str) -> None:
    (current / name).write_text(f"root {tmp_path / 'dotcloud'}")
    (current / "nginx.conf").write_text("root /srv;")
    (current / "uwsgi.conf").mkdir()

    link(current, tmp_path / "dotcloud")

    assert not os.path.lexists(tmp_path / "dotcloud")


def test_a_home_that_is_in_that_place(current: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (current / "nginx.conf").write_text(f"root {current.parent}/current;")

    link(current, current.parent)

    assert "" == capfd.readouterr().err


def test_one_that_leads_nowhere_is_nobody_s(current: Path, tmp_path: Path) -> None:
    old = tmp_path / "dotcloud"
    old.symlink_to(tmp_path / "an app that is gone")
    (current / "nginx.conf").write_text(f"root {old}/current;")

    link(current, old)

    assert current.parent == old.readlink()


@pytest.mark.parametrize("target", ["/usr", ""])
def test_another_one_s_stays(current: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str], target: str) -> None:
    old = tmp_path / "dotcloud"
    old.symlink_to(target) if target else old.mkdir()
    (current / "nginx.conf").write_text(f"root {old}/current;")

    link(current, old)

    assert target == (str(old.readlink()) if old.is_symlink() else "")
    assert "something else is there" in capfd.readouterr().err


def test_a_place_that_can_t_be_made(current: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    old = tmp_path / "nowhere" / "dotcloud"
    (current / "nginx.conf").write_text(f"root {old}/current;")
    (current / "supervisord.conf").write_text(f"command={old}/x")

    link(current, old)

    said = capfd.readouterr().err
    assert f"tampu: nginx.conf, supervisord.conf of the app name {old}," in said
    assert "No such file or directory" in said
