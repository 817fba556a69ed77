from __future__ import annotations

import os
import shutil
import time
from typing import TYPE_CHECKING

import pytest

from tampu.platforms import up_changes
from tampu.platforms.up_changes import Kind, kind_of
from tests.kit.builds import write_app

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

LONG = 30


class Watch(up_changes.Watch):
    """One that hardly pauses."""

    def __init__(self, app: Path, pause: float = 0) -> None:
        super().__init__(app, pause)


@pytest.fixture
def app(tmp_path: Path) -> Path:
    files = {"app.py": "", "requirements.txt": "", "shop/views.py": "", "shop/static/shop.css": ""}
    return write_app(tmp_path / "app", files)


def seen(watch: Watch) -> dict[Kind, list[str]]:
    """What it sees at the next look."""
    deadline = time.monotonic() + LONG
    while not (changes := watch.changes()):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    return changes


def sees_nothing(watch: Watch, change: Callable[[], object]) -> bool:
    """Whether a change that counts is the only one that is seen after this one."""
    return seen_after(watch, change) == {Kind.CODE: ["marker.py"]}


def seen_after(watch: Watch, change: Callable[[], object]) -> dict[Kind, list[str]]:
    change()
    marker = watch._app / "marker.py"
    marker.write_text(str(time.monotonic()))
    return seen(watch)


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("requirements.txt", Kind.BUILD),
        ("www/dev-requirements.txt", Kind.BUILD),
        ("requirements/prod.txt", Kind.BUILD),
        ("uv.lock", Kind.BUILD),
        (".python-version", Kind.BUILD),
        ("www/nginx.conf", Kind.BUILD),
        ("bin/pre_compile", Kind.BUILD),
        ("tools/bin/pre_compile", None),
        ("shop/views.py", Kind.CODE),
        ("shop/templates/shop.html", Kind.CODE),
        ("production.ini", Kind.CODE),
        (".env", Kind.CODE),
        ("shop/static/shop.css", Kind.STATIC),
        ("db.sqlite3", None),
        ("log.txt", None),
        ("data.json", None),
    ],
)
def test_what_a_file_asks_for(path: str, kind: Kind | None) -> None:
    assert kind == kind_of(path)


def test_nothing_changed(app: Path) -> None:
    watch = Watch(app)
    time.sleep(0.05)

    assert {} == watch.changes()


def test_it_is_idle_for_a_while_after_each_look(app: Path) -> None:
    watch = Watch(app, pause=LONG)
    write_app(app, {"app.py": "1"})

    assert {} == watch.changes()


def test_files_that_change_come_and_go(app: Path) -> None:
    watch = Watch(app)
    write_app(app, {"app.py": "import shop", "new.py": "", "shop/static/shop.css": "a {}"})
    (app / "requirements.txt").unlink()

    expected = {
        Kind.BUILD: ["requirements.txt"],
        Kind.CODE: ["app.py", "new.py"],
        Kind.STATIC: ["shop/static/shop.css"],
    }
    assert expected == seen(watch)


def test_a_file_that_was_saved_with_the_same_size(app: Path) -> None:
    watch = Watch(app)
    os.utime(app / "app.py", (1, 1))

    assert {Kind.CODE: ["app.py"]} == seen(watch)


def test_what_has_been_seen_is_not_seen_again(app: Path) -> None:
    watch = Watch(app)
    write_app(app, {"app.py": "1"})
    seen(watch)

    assert sees_nothing(watch, lambda: None)


def test_what_is_forgotten_is_not_seen(app: Path) -> None:
    watch = Watch(app)
    write_app(app, {"app.py": "1"})
    watch.forget()

    assert sees_nothing(watch, lambda: None)


@pytest.mark.parametrize(("name", "kind"), [("requirements.txt", Kind.BUILD), ("app.py", Kind.CODE)])
def test_what_somebody_changes_while_a_build_runs_is_seen_after_it(name: str, kind: Kind, app: Path) -> None:
    watch = Watch(app)
    write_app(app, {name: "1"})
    watch.forget_a_build()

    assert {kind: [name]} == seen(watch)


def test_what_comes_with_a_build_is_not_seen(app: Path) -> None:
    watch = Watch(app)
    write_app(app, {"made.py": "", "shop/static/shop.css": "a {}"})
    watch.forget_a_build()

    assert sees_nothing(watch, lambda: None)


def test_what_each_build_writes_is_seen_but_once(app: Path) -> None:
    watch = Watch(app)
    write_app(app, {"requirements.txt": "1"})
    watch.forget_a_build()
    seen(watch)
    write_app(app, {"requirements.txt": "22"})
    watch.forget_a_build()

    assert sees_nothing(watch, lambda: None)


@pytest.mark.parametrize(
    "name",
    [".tampu/x.py", ".git/x.py", "node_modules/x.py", "shop/__pycache__/x.py", "data.json", "shop.sqlite3-journal"],
)
def test_what_is_none_of_the_app_s_code(name: str, app: Path) -> None:
    assert sees_nothing(Watch(app), lambda: write_app(app, {name: "changed"}))


def test_environments_are_not_looked_into(app: Path) -> None:
    write_app(app, {"env/pyvenv.cfg": "", "env/lib/a.py": ""})

    assert sees_nothing(Watch(app), lambda: write_app(app, {"env/lib/a.py": "changed"}))


def test_links_are_not_followed_into_circles(app: Path) -> None:
    (app / "shop" / "again").symlink_to(app)

    assert sees_nothing(Watch(app), lambda: None)


def test_links_that_lead_nowhere(app: Path) -> None:
    (app / "lost.py").symlink_to("nowhere.py")

    assert sees_nothing(Watch(app), lambda: None)


def test_a_folder_that_is_gone(app: Path) -> None:
    watch = Watch(app)
    shutil.rmtree(app)

    assert [Kind.BUILD, Kind.CODE, Kind.STATIC] == list(seen(watch))


def test_many_files_that_are_written_one_after_the_other_are_one_change(app: Path) -> None:
    class Slow(Watch):
        """While it looks, somebody writes."""

        more = 3

        def _look(self) -> dict[str, tuple[int, int]]:
            if self.more and self._known:
                self.more -= 1
                write_app(app, {f"file{self.more}.py": "1"})
            return dict(super()._look())

    assert {Kind.CODE: ["file0.py", "file1.py", "file2.py"]} == seen(Slow(app))
