from __future__ import annotations

import os
from pathlib import Path

import pytest

from tampu.daemon import kept, places
from tampu.daemon.wish import Answering, Backoff, Existing, Lasting, Limit, Notified, Rotation, Wish
from tampu.values import replace
from tests.kit import require


@pytest.fixture
def wish(tmp_path: Path) -> Wish:
    return Wish(
        name="web",
        argv=("serve", "a b", "ü"),
        pid_dir=tmp_path,
        env={"PATH": "/bin", "ODD": os.fsdecode(b"\xff\n")},
        cwd=Path("/srv"),
        umask=0o077,
        user="www-data",
        group="adm",
        limits=(Limit(name="nofile", soft=10, hard=20),),
        log=tmp_path / "web.log",
        rotation=Rotation(size=10, keep=2),
        ready=Answering(port=8000),
        start_timeout=1.5,
        stop_timeout=2.5,
        keep_alive=Backoff(first=0.25, most=8, tries=3),
    )


def test_nothing_is_lost(wish: Wish) -> None:
    plain = Wish(name="web", argv=("serve",), pid_dir=wish.pid_dir, env={})
    others = [
        replace(wish, ready=ready) for ready in (Notified(), Existing(path=Path("/run/up")), Lasting(seconds=0.5))
    ]

    for each in (wish, plain, *others):
        kept.keep(each)
        assert each == kept.kept(places.place("web", each.pid_dir))


def test_only_its_user_may_read_it(wish: Wish) -> None:
    kept.keep(wish)

    assert [0o600] == [path.stat().st_mode & 0o777 for path in wish.pid_dir.iterdir()]


def test_what_a_killed_start_left_is_in_nobodys_way(wish: Wish) -> None:
    place = places.place("web", wish.pid_dir)
    Path(place.beside("wish.new")).write_text("{")

    kept.keep(wish)

    assert wish == kept.kept(place)
    assert not Path(place.beside("wish.new")).exists()


@pytest.mark.parametrize("text", ["", "{", "[]", '{"name": "web"}'])
def test_what_can_not_be_read_is_nothing(text: str, tmp_path: Path) -> None:
    place = places.place("web", tmp_path)
    Path(place.beside("wish")).write_text(text)

    assert kept.kept(place) is None


def test_what_somebody_else_put_there_is_nothing(wish: Wish) -> None:
    require.need_root()
    place = places.place("web", wish.pid_dir)
    kept.keep(wish)
    os.chown(place.beside("wish"), 1000, 1000)

    assert kept.kept(place) is None


def test_no_link_is_followed(wish: Wish, tmp_path: Path) -> None:
    kept.keep(wish)
    place = places.place("other", tmp_path)
    Path(place.beside("wish")).symlink_to(places.place("web", tmp_path).beside("wish"))

    assert kept.kept(place) is None
