"""What changes is heard of, or found by looking: each way, all kinds of changes."""

from __future__ import annotations

import os
import select
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tampu.paste.asking import Reload
from tampu.paste.reload.inotify import Inotify
from tampu.paste.reload.native import Native
from tampu.paste.reload.polling import Polling
from tampu.paste.reload.scope import Scope
from tampu.paste.reload.watching import is_remote, watcher

if TYPE_CHECKING:
    from collections.abc import Callable

    from tampu.paste.reload.watching import Watcher

    Make = Callable[[Scope], Watcher]

PATIENCE = 60
MOUNTS = """\
22 1 8:1 / / rw - ext4 /dev/sda1 rw
23 22 0:40 / /srv rw,relatime shared:1 - nfs4 server:/srv rw
24 23 8:2 / /srv/local rw - xfs /dev/sdb1 rw
25 22 0:41 / /home/with\\040space rw - fuse.sshfs host: rw
"""


def native(scope: Scope) -> Watcher:
    return Native(scope, 0.01)


def polling(scope: Scope) -> Watcher:
    return Polling(scope, 0.01)


@pytest.fixture(params=[Inotify, polling, native], ids=["inotify", "polling", "native"])
def make(request: pytest.FixtureRequest, serving_tools: Path, monkeypatch: pytest.MonkeyPatch) -> Make:
    monkeypatch.syspath_prepend(serving_tools)
    found: Make = request.param
    return found


@pytest.fixture
def app(tmp_path: Path) -> Path:
    folder = tmp_path / "app"
    (folder / "package").mkdir(parents=True)
    (folder / "app.py").write_text("one")
    (folder / "package" / "gone.py").write_text("one")
    (folder / "package" / "old.py").write_text("one")
    return folder


def seen(watch: Watcher, expected: set[str]) -> bool:
    """All of them, sooner or later; or a folder that they are in, however deep."""
    deadline = time.monotonic() + PATIENCE
    found: set[str] = set()
    while time.monotonic() < deadline:
        if watch.pause is None:
            select.select([watch], [], [], 1)
        found |= watch.changes()
        if all(found & {path, *map(str, Path(path).parents)} for path in expected):
            return True
        time.sleep(watch.pause or 0)
    raise AssertionError(f"{expected} of {found}")


def test_all_kinds_of_changes_are_seen(make: Make, app: Path) -> None:
    watch = make(Scope([str(app)]))
    (app / "app.py").write_text("another")
    assert seen(watch, {f"{app}/app.py"})
    (app / "new.py").write_text("new")
    assert seen(watch, {f"{app}/new.py"})
    (app / "package" / "gone.py").unlink()
    assert seen(watch, {f"{app}/package/gone.py"})
    (app / "package" / "old.py").rename(app / "package" / "fresh.py")
    assert seen(watch, {f"{app}/package/old.py", f"{app}/package/fresh.py"})
    (app / "deep" / "er").mkdir(parents=True)
    (app / "deep" / "er" / "module.py").write_text("new")
    assert seen(watch, {f"{app}/deep/er/module.py"})
    (app / "deep" / "er" / "module.py").write_text("newer")
    assert seen(watch, {f"{app}/deep/er/module.py"})
    watch.close()


def test_what_does_not_count_is_not_told(make: Make, app: Path) -> None:
    (app / ".git").mkdir()
    watch = make(Scope([str(app)]))
    for name in (".git/config.py", "app.log", ".app.py.swp"):
        (app / name).write_text("x")
    (app / ".cache").mkdir()
    (app / ".cache" / "module.py").write_text("x")
    (app / "empty").mkdir()
    (app / "last.py").write_text("x")
    found: set[str] = set()
    deadline = time.monotonic() + PATIENCE
    while f"{app}/last.py" not in found and time.monotonic() < deadline:
        found |= watch.changes()
        time.sleep(0.01)
    assert {f"{app}/last.py"} == found
    watch.close()


def test_single_files_elsewhere_and_behind_links_are_looked_at(make: Make, app: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    for name in ("one.py", "other.py"):
        (elsewhere / name).write_text("one")
    link = tmp_path / "link.py"
    link.symlink_to(elsewhere / "one.py")
    scope = Scope([str(app)])
    watch = make(scope)
    for path in (str(link), str(elsewhere / "one.py")):
        scope.files.add(path)
        watch.look_at(path)
    (elsewhere / "one.py").write_text("another")
    assert seen(watch, {str(elsewhere / "one.py")})
    (elsewhere / "other.py").write_text("two")
    assert set() == watch.changes() - {str(elsewhere / "one.py"), str(link)}
    watch.close()


def test_folders_behind_links_are_known_by_both_names(make: Make, app: Path, tmp_path: Path) -> None:
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib" / "module.py").write_text("one")
    (tmp_path / "lib64").symlink_to(tmp_path / "lib")
    scope = Scope([str(app)])
    watch = make(scope)
    watch.look_at(f"{tmp_path}/lib/module.py")
    scope.files.add(f"{tmp_path}/lib64/module.py")
    watch.look_at(f"{tmp_path}/lib64/module.py")
    (tmp_path / "lib" / "module.py").write_text("another")
    assert seen(watch, {f"{tmp_path}/lib64/module.py"})
    watch.close()


def test_folders_that_come_and_go_with_nothing_in_them_are_no_change(make: Make, app: Path) -> None:
    watch = make(Scope([str(app)]))
    (app / "uploads").mkdir()
    assert set() == watch.changes()
    (app / "uploads" / "picture.png").write_bytes(b"")
    (app / "uploads" / "picture.png").unlink()
    (app / "uploads").rmdir()
    (app / "last.py").write_text("x")
    assert seen(watch, {f"{app}/last.py"})
    watch.close()


def test_a_folder_that_comes_later_is_looked_through(make: Make, app: Path, tmp_path: Path) -> None:
    library = tmp_path / "library"
    library.mkdir()
    (library / "module.py").write_text("one")
    scope = Scope([str(app)])
    watch = make(scope)
    scope.grow(str(library))
    watch.look_through(str(library))
    (library / "module.py").write_text("another")
    assert seen(watch, {f"{library}/module.py"})
    watch.close()


def test_nothing_comes_between_a_look_at_a_new_folder_and_watching_it(
    app: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its first file is written and closed as soon as the folder has been read."""

    def read(folder: str) -> list[os.DirEntry[str]]:
        found = list(scandir(folder))
        if folder == f"{app}/deep":
            (app / "deep" / "module.py").write_text("new")
        return found

    watch = Inotify(Scope([str(app)]))
    (app / "deep").mkdir()
    scandir = os.scandir
    monkeypatch.setattr(os, "scandir", read)
    assert set() == watch.changes()
    monkeypatch.undo()
    assert seen(watch, {f"{app}/deep/module.py"})
    watch.close()


def test_more_changes_than_the_kernel_remembers_are_one_change_of_all(app: Path) -> None:
    most = int(Path("/proc/sys/fs/inotify/max_queued_events").read_text())
    watch = Inotify(Scope([str(app)]))
    for number in range(most + 10):
        (app / f"{number % 2}.log").write_bytes(b"")
    found: set[str] = set()
    while select.select([watch], [], [], 0)[0]:
        found |= watch.changes()
    assert {str(app)} == found
    watch.close()


def test_events_are_preferred_to_looking(app: Path) -> None:
    assert sys.platform != "linux" or isinstance(watcher(Scope([str(app)]), Reload()), Inotify)
    assert isinstance(watcher(Scope([str(app)]), Reload(poll=True, interval=3)), Polling)
    assert 3 == watcher(Scope([str(app)]), Reload(poll=True, interval=3)).pause


@pytest.mark.parametrize(
    ("folder", "remote"),
    [("/srv/app", True), ("/srv", True), ("/srv/local/app", False), ("/srvs", False), ("/home/with space/x", True)],
)
def test_what_other_machines_write_is_looked_for(folder: str, *, remote: bool, tmp_path: Path) -> None:
    (tmp_path / "mounts").write_text(MOUNTS)
    assert remote == is_remote(folder, str(tmp_path / "mounts"))


def test_a_system_that_tells_no_mounts_has_no_remote_ones(tmp_path: Path) -> None:
    assert not is_remote("/srv", str(tmp_path / "nothing"))
