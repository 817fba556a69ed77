from __future__ import annotations

import errno
import multiprocessing
import os
import socket
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tampu.world import files
from tampu.world.files import DiskFull, File, NotWritable, disk_error, is_disks_fault
from tests.kit import disk, require
from tests.kit.trees import difference

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

NOBODY = 65534


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """Files, a program, one that may not be written, links to here and nowhere, an empty folder."""
    place = tmp_path / "tree"
    (place / "lib" / "empty").mkdir(parents=True)
    (place / "lib" / "hello.py").write_text("WORD = 'hello'\n")
    (place / "run").write_text("#!/bin/sh\n")
    (place / "run").chmod(0o755)
    (place / "sealed").write_text("")
    (place / "sealed").chmod(0o400)
    (place / "here").symlink_to("lib")
    (place / "nowhere").symlink_to("/nowhere/at/all")
    return place


@pytest.fixture
def other_disk(tmp_path: Path) -> Iterator[Path]:
    """A folder that nothing here can be linked to."""
    memory = Path("/dev/shm")  # noqa: S108 - a disk of its own on any Linux
    if not memory.is_dir() or memory.stat().st_dev == tmp_path.stat().st_dev:
        require.lack(f"{memory} on a disk of its own")
    with tempfile.TemporaryDirectory(dir=memory) as place:
        yield Path(place)


def as_nobody(work: Callable[..., None], *args: Path) -> int | None:
    """The exit code of a child of ours that may do no more than anybody."""
    require.need_root()
    child = multiprocessing.get_context("fork").Process(target=_without_rights, args=(work, *args))
    child.start()
    child.join()
    return child.exitcode


def _without_rights(work: Callable[..., None], *args: Path) -> None:
    os.setgroups([])
    os.setgid(NOBODY)
    os.setuid(NOBODY)
    work(*args)


def give_away(tree: Path) -> None:
    """To a user without any rights, together with the way there."""
    for path in (tree, *tree.rglob("*")):
        os.chown(path, NOBODY, NOBODY, follow_symlinks=False)
    temporary = Path(tempfile.gettempdir())
    for above in tree.parents:
        if above.is_relative_to(temporary) and above != temporary:
            above.chmod(0o777)


def test_a_graft_is_the_same_tree_in_no_room(tree: Path, tmp_path: Path) -> None:
    files.graft(tree, tmp_path / "new" / "place")

    assert [] == difference(tree, tmp_path / "new" / "place")
    for name in ("lib/hello.py", "run", "sealed", "nowhere"):
        assert (tree / name).lstat().st_ino == (tmp_path / "new" / "place" / name).lstat().st_ino


def test_a_graft_onto_another_disk_is_a_copy(tree: Path, other_disk: Path) -> None:
    files.graft(tree, other_disk / "place")

    assert [] == difference(tree, other_disk / "place")
    assert (tree / "run").stat().st_mtime_ns == (other_disk / "place" / "run").stat().st_mtime_ns


def test_a_graft_of_somebody_elses_files(tree: Path, tmp_path: Path) -> None:
    (tree / "sealed").chmod(0o444)
    (tmp_path / "theirs").mkdir()
    give_away(tmp_path / "theirs")

    assert 0 == as_nobody(files.graft, tree, tmp_path / "theirs" / "place")
    assert [] == difference(tree, tmp_path / "theirs" / "place")


def test_a_graft_over_something_else_leaves_nothing_of_it(tree: Path, tmp_path: Path) -> None:
    place = tmp_path / "place"
    files.graft(tree, place)
    kept = (place / "run").lstat().st_ino
    files.replace(place / "lib" / "hello.py", "other text")
    (place / "more").mkdir()
    (place / "more" / "file").write_text("")
    files.remove(place / "nowhere")
    (place / "nowhere").mkdir()
    files.remove(place / "sealed")
    (place / "lib").chmod(0o500)

    files.graft(tree, place)

    assert [] == difference(tree, place)
    assert kept == (place / "run").lstat().st_ino


def test_a_graft_takes_the_place_of_a_file(tree: Path, tmp_path: Path) -> None:
    (tmp_path / "place").write_text("")

    files.graft(tree, tmp_path / "place")

    assert [] == difference(tree, tmp_path / "place")


def test_a_graft_onto_a_full_disk(tree: Path, tmp_path: Path) -> None:
    (tree / "large").write_bytes(bytes(128 * 1024))
    with disk.tiny(tmp_path / "tiny") as tiny, pytest.raises(OSError, match="No space") as caught:
        files.graft(tree, tiny / "place")

    assert is_disks_fault(caught.value)
    assert isinstance(disk_error(caught.value), DiskFull)


def test_a_copy_is_free(tree: Path, tmp_path: Path) -> None:
    files.copy(tree, tmp_path / "copy", frozenset())
    assert [] == difference(tree, tmp_path / "copy")

    (tmp_path / "copy" / "run").write_text("changed")

    assert "#!/bin/sh\n" == (tree / "run").read_text()


def test_a_copy_leaves_names_out_at_the_top_only(tree: Path, tmp_path: Path) -> None:
    for name in (".git", "lib/.git"):
        (tree / name).mkdir()
        (tree / name / "HEAD").write_text("")

    files.copy(tree, tmp_path / "copy", frozenset({".git", "run"}))

    left_out = [".git: only in the first", ".git/HEAD: only in the first", "run: only in the first"]
    assert left_out == difference(tree, tmp_path / "copy")


def test_a_copy_takes_no_sockets_and_waits_at_no_pipe(tree: Path, tmp_path: Path) -> None:
    os.mkfifo(tree / "pipe")
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(tree / "socket"))
        files.copy(tree, tmp_path / "copy", frozenset())

    assert ["pipe: only in the first", "socket: only in the first"] == difference(tree, tmp_path / "copy")


def test_a_copy_onto_a_full_disk(tree: Path, tmp_path: Path) -> None:
    (tree / "large").write_bytes(bytes(128 * 1024))
    with disk.tiny(tmp_path / "tiny") as tiny, pytest.raises(OSError, match="No space") as caught:
        files.copy(tree, tiny / "copy", frozenset())

    assert is_disks_fault(caught.value)


def test_what_was_removed_is_gone(tree: Path) -> None:
    for name in ("run", "here", "nowhere"):
        files.remove(tree / name)
    assert {"lib", "sealed"} == {path.name for path in tree.iterdir()}
    assert (tree / "lib" / "hello.py").is_file()

    files.remove(tree)
    files.remove(tree)

    assert not tree.exists()


def test_a_tree_of_read_only_folders_is_removed_without_rights(tree: Path) -> None:
    (tree / "lib" / "secret").mkdir()
    (tree / "lib" / "secret" / "file").write_text("")
    give_away(tree)
    for path, mode in ((tree / "lib" / "secret", 0o300), (tree / "lib" / "empty", 0), (tree / "lib", 0o500)):
        path.chmod(mode)
    tree.chmod(0o555)

    assert 0 == as_nobody(files.remove, tree)
    assert not tree.exists()


def test_replacing_is_all_or_nothing(tmp_path: Path) -> None:
    path = tmp_path / "file"
    files.replace(path, "old\r\n")
    linked = tmp_path / "linked"
    linked.hardlink_to(path)

    files.replace(path, "new\n", 0o755)

    assert (b"old\r\n", b"new\n") == (linked.read_bytes(), path.read_bytes())
    assert 0o755 == path.stat().st_mode & 0o777
    assert {"file", "linked"} == {each.name for each in tmp_path.iterdir()}


def test_a_full_disk_keeps_the_old_file_and_nothing_half(tmp_path: Path) -> None:
    with disk.tiny(tmp_path / "tiny") as tiny:
        files.replace(tiny / "file", "old")
        with pytest.raises(OSError, match="No space"):
            files.replace(tiny / "file", "new" * 100_000)

        assert ["file"] == [each.name for each in tiny.iterdir()]
        assert "old" == (tiny / "file").read_text()


def test_writing_makes_folders_and_programs(tmp_path: Path) -> None:
    files.write(tmp_path, (File(path="a/b/run", text="#!/bin/sh\n", executable=True), File(path="note", text="é\n")))

    modes = {name: (tmp_path / name).stat().st_mode & 0o777 for name in ("a/b/run", "note")}
    assert {"a/b/run": 0o755, "note": 0o644} == modes
    assert "é\n" == (tmp_path / "note").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("number", "kind", "title"),
    [
        (errno.ENOSPC, DiskFull, "The disk is full"),
        (errno.EDQUOT, DiskFull, "The disk is full"),
        (errno.EROFS, NotWritable, "/app/x can't be written"),
        (errno.EACCES, NotWritable, "/app/x can't be written"),
        (errno.EPERM, NotWritable, "/app/x can't be written"),
    ],
)
def test_what_a_disk_refuses_is_explained(number: int, kind: type, title: str) -> None:
    error = OSError(number, os.strerror(number), "/app/x")

    assert is_disks_fault(error)
    assert (kind, title) == (type(disk_error(error)), disk_error(error).title)


def test_the_place_that_was_written_is_named() -> None:
    moved = OSError(errno.EACCES, "Permission denied", "/from", None, "/to")

    assert "/to can't be written" == disk_error(moved).title
    assert "Found:    no reason given" in disk_error(OSError("no reason given")).as_text()
    assert not is_disks_fault(OSError("no reason given"))


def test_what_a_killed_build_left_beside_a_file_goes_with_the_next_one(tmp_path: Path) -> None:
    (tmp_path / ".run.4711.new").write_text("half of i")

    files.write(tmp_path, (File(path="run", text="all of it\n", executable=True),))

    assert ["run"] == [path.name for path in tmp_path.iterdir()]
