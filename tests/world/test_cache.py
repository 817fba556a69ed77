from __future__ import annotations

import multiprocessing
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tampu.world.cache import COMMON_KEPT, Cache, Hit, Key, Miss
from tests.kit import require
from tests.kit.trees import difference

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

LIB = Path(__file__).resolve().parents[2] / "lib"
ONE, TWO, THREE = (Key({"Python": "3.12.1", "lock": number * 64}) for number in "123")
GROUND = frozenset({"Python"})
# Holds a layer until its stdin ends.
HOLDER = """
import sys
from pathlib import Path
from tampu.world.cache import Cache, Key
cache = Cache(Path(sys.argv[1]))
found = cache.find("site", Key({"Python": "3.12.1", "lock": "1" * 64}))
print(type(found).__name__, flush=True)
sys.stdin.read()
"""
# Says when it is in its workshop, and stays there.
WORKER = """
import sys
from pathlib import Path
from tampu.world.cache import Cache
with Cache(Path(sys.argv[1])).workshop() as bench:
    (bench / "half").mkdir()
    (bench / "half" / "made").write_text("")
    print(bench, flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def cache(tmp_path: Path) -> Cache:
    return Cache(tmp_path / "cache")


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """What a step makes: files, a program, a link, an empty folder."""
    return make_tree(tmp_path / "tree")


def make_tree(place: Path, word: str = "hello") -> Path:
    (place / "lib" / "empty").mkdir(parents=True)
    (place / "lib" / "hello.py").write_text(f"WORD = {word!r}\n")
    (place / "lib" / "na\u00efve \udcff.txt").write_text("")
    (place / "run").write_text("#!/bin/sh\n")
    (place / "run").chmod(0o755)
    (place / "link").symlink_to("nowhere")
    return place


@contextmanager
def other_process(program: str, cache: Cache) -> Iterator[subprocess.Popen[str]]:
    """Another build, for as long as its stdin is open."""
    with subprocess.Popen(
        (sys.executable, "-c", program, cache.root),
        env={"PYTHONPATH": str(LIB)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        yield process


def heard(process: subprocess.Popen[str]) -> str:
    assert process.stdout
    return process.stdout.readline().strip()


def layers(cache: Cache, name: str = "site") -> set[str]:
    return {place.name for place in (cache.root / "layers" / name).iterdir()}


def workshops(cache: Cache) -> list[Path]:
    return list((cache.root / "work").iterdir())


def test_what_was_kept_is_found(cache: Cache, tree: Path) -> None:
    kept = cache.keep("site", ONE, tree)

    assert Hit(kept) == cache.find("site", ONE)
    assert Hit(kept) == Cache(cache.root).find("site", ONE)
    assert [] == difference(tree, kept)
    assert [] == workshops(cache)


def test_the_first_build_finds_nothing(cache: Cache) -> None:
    assert Miss(("there is none in the cache",)) == cache.find("site", ONE)


def test_a_miss_tells_all_that_changed(cache: Cache, tree: Path) -> None:
    cache.keep("site", Key({"Python": "3.11.9", "stack": "old", "lock": "a" * 64, "CPU": "x86_64"}), tree)

    found = cache.find("site", Key({"Python": "3.12.4", "uv": "0.13.8", "lock": "b" * 64, "CPU": "x86_64"}))

    assert Miss(("Python changed from 3.11.9 to 3.12.4", "lock changed", "stack is gone", "uv is new")) == found


@pytest.mark.parametrize(
    ("before", "now", "change"),
    [
        ("", "b" * 64, "index changed"),
        ("a" * 64, "", "index changed"),
        ("3.1", "3.10", "index changed from 3.1 to 3.10"),
        ("deadbeef", "cafe", "index changed from deadbeef to cafe"),
    ],
    ids=["a digest now", "a digest before", "words", "too short for a digest"],
)
def test_digests_tell_nobody_anything(before: str, now: str, change: str) -> None:
    assert (change,) == Key({"index": now}).changes_since(Key({"index": before}))


def test_the_order_of_parts_means_nothing() -> None:
    assert Key({"a": "1", "b": "2"}).digest == Key({"b": "2", "a": "1"}).digest


def test_an_older_layer_on_the_same_ground_is_built_on(cache: Cache, tree: Path) -> None:
    kept = cache.keep("site", ONE, tree)

    assert Miss(("lock changed",), previous=kept) == cache.find("site", TWO, GROUND)
    assert Miss(("lock changed",)) == cache.find("site", TWO)
    other = Key({"Python": "3.13.0", "lock": "1" * 64})
    assert Miss(("Python changed from 3.12.1 to 3.13.0",)) == cache.find("site", other, GROUND)


ALTERATIONS: dict[str, tuple[Callable[[Path], object], str]] = {
    "longer": (lambda app: (app / "lib" / "hello.py").open("a").write("x"), "lib/hello.py"),
    "of the same size": (lambda app: (app / "lib" / "hello.py").write_text("WORD = 'jello'\n"), "lib/hello.py"),
    "touched": (lambda app: os.utime(app / "run", (1, 1)), "run"),
    "not executable": (lambda app: (app / "run").chmod(0o644), "run"),
}


@pytest.mark.parametrize("place", [ONE, TWO], ids=["the very one", "an older one"])
@pytest.mark.parametrize(("alter", "name"), ALTERATIONS.values(), ids=ALTERATIONS)
def test_an_app_that_writes_into_its_layer_spoils_no_later_build(
    cache: Cache, tree: Path, place: Key, alter: Callable[[Path], object], name: str
) -> None:
    # The clock of a disk may not go on before it is written to again.
    os.utime(tree / "lib" / "hello.py", (2, 2))
    cache.keep("site", ONE, tree)

    alter(tree)

    assert Miss((f"{name} was changed after it was stored",)) == cache.find("site", place, GROUND)
    again = cache.keep("site", place, make_tree(tree.with_name("again")))
    assert Hit(again) == cache.find("site", place)
    assert "WORD = 'hello'\n" == (again / "lib" / "hello.py").read_text()


def test_an_archive_that_keeps_whole_seconds_alters_nothing(cache: Cache, tree: Path) -> None:
    second = 10**9
    for name, fraction in (("a", 900_000_000), ("b", 100_000_000)):
        (tree / name).write_text("same size")
        os.utime(tree / name, ns=(second, second + fraction))
    kept = cache.keep("site", ONE, tree)
    for path in kept.rglob("*"):
        if not path.is_symlink():
            whole = path.stat().st_mtime_ns // second * second
            os.utime(path, ns=(whole, whole))

    assert Hit(kept) == cache.find("site", ONE)


def test_files_that_came_or_went_in_the_cache_are_named(cache: Cache, tree: Path) -> None:
    kept = cache.keep("site", ONE, tree)
    (kept / "link").unlink()

    assert Miss(("link was changed after it was stored",)) == cache.find("site", ONE)


@pytest.mark.parametrize("place", [ONE, TWO], ids=["the very one", "an older one"])
@pytest.mark.parametrize("gone", ["manifest", "tree/run", "manifest's end", "manifest's depth", "key.json's text"])
def test_what_a_failing_disk_left_is_not_trusted(cache: Cache, tree: Path, place: Key, gone: str) -> None:
    kept = cache.keep("site", ONE, tree)
    name, _, part = gone.partition("'s ")
    lost = kept.parent / name
    if part:
        lost.write_text({"end": lost.read_text()[:20], "depth": f"0 0 0 {'-' * 9999}1"}.get(part, ""))
    else:
        lost.unlink()

    found = cache.find("site", place, GROUND)

    assert isinstance(found, Miss) or gone.startswith("key")
    assert not isinstance(found, Miss) or found.previous is None
    assert "WORD" in (cache.keep("site", place, make_tree(tree.with_name("again"))) / "lib" / "hello.py").read_text()
    assert isinstance(cache.find("site", place), Hit)


def test_memos_are_recalled_under_the_very_key(cache: Cache) -> None:
    cache.note("python", ONE, "3.12.1 from the mirror")

    assert "3.12.1 from the mirror" == cache.recall("python", ONE)
    assert cache.recall("python", TWO) is None
    assert cache.recall("other", ONE) is None


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '{"parts": {}}', "\xff", "[" * 5000])
def test_a_memo_that_makes_no_sense_is_none(cache: Cache, text: str) -> None:
    cache.note("python", Key({}), "a memo")
    (cache.root / "memos" / "python.json").write_text(text, encoding="latin-1")

    assert cache.recall("python", Key({})) is None


def test_an_app_has_one_layer_of_a_name(cache: Cache, tree: Path) -> None:
    cache.keep("site", ONE, tree)
    cache.keep("site", TWO, tree)

    assert {TWO.digest} == layers(cache)


def test_what_another_build_uses_stays(cache: Cache, tree: Path) -> None:
    kept = Cache(cache.root).keep("site", ONE, tree)
    with other_process(HOLDER, cache) as other:
        assert "Hit" == heard(other)
        cache.keep("site", TWO, tree)
        assert {ONE.digest, TWO.digest} == layers(cache)
        assert (kept / "run").is_file()
    cache.keep("site", THREE, tree)
    assert {THREE.digest} == layers(cache)


def keep_again_and_again(root: Path, tree: Path, key: Key) -> None:
    for _ in range(20):
        cache = Cache(root)
        kept = cache.keep("site", key, tree)
        assert (kept / "run").is_file()
        found = cache.find("site", key)
        assert isinstance(found, Hit)
        assert [] == difference(tree, found.tree)


@pytest.mark.parametrize("keys", [(ONE, ONE), (ONE, TWO)], ids=["the same layer", "one each"])
def test_two_builds_at_once(cache: Cache, tree: Path, keys: tuple[Key, Key]) -> None:
    context = multiprocessing.get_context("spawn")
    builds = [context.Process(target=keep_again_and_again, args=(cache.root, tree, key)) for key in keys]
    for build in builds:
        build.start()
    for build in builds:
        build.join()

    assert [0, 0] == [build.exitcode for build in builds]
    assert [] == workshops(cache)


def test_what_killed_builds_left_is_swept(cache: Cache) -> None:
    with other_process(WORKER, cache) as other:
        bench = Path(heard(other))
        with cache.workshop():
            assert (bench / "half" / "made").is_file()
        other.kill()
    with cache.workshop() as own:
        assert [own] == workshops(cache)
    assert [] == workshops(cache)


def test_a_stray_file_among_workshops_does_no_harm(cache: Cache) -> None:
    (cache.folder("work") / "stray").write_text("")

    with cache.workshop():
        assert 2 == len(workshops(cache))


def test_a_workshop_is_gone_after_a_failure(cache: Cache) -> None:
    with pytest.raises(KeyError), cache.workshop():
        raise KeyError

    assert [] == workshops(cache)


KEEPER = """
import os, sys
from pathlib import Path
from tampu.world.cache import Cache, Key
left = int(sys.argv[3])
def count(event, args):
    global left
    if event in ("os.link", "os.rename", "open", "os.mkdir") and str(args[0]).startswith(sys.argv[1]):
        left -= 1
        if left < 0:
            os.kill(os.getpid(), 9)
sys.addaudithook(count)
cache = Cache(Path(sys.argv[1]))
cache.keep("site", Key({"Python": "3.12.1", "lock": "2" * 64}), Path(sys.argv[2]))
"""


def test_a_build_killed_at_any_moment_leaves_nothing_half(cache: Cache, tree: Path) -> None:
    steps = 0
    code = -signal.SIGKILL
    while code:
        again = Cache(cache.root)
        again.keep("site", ONE, tree)
        del again
        code = subprocess.run(
            (sys.executable, "-c", KEEPER, cache.root, tree, str(steps)), check=False, env={"PYTHONPATH": str(LIB)}
        ).returncode
        assert code in {0, -signal.SIGKILL}
        for key in (ONE, TWO):
            found = Cache(cache.root).find("site", key)
            assert isinstance(found, Miss) or [] == difference(tree, found.tree)
        steps += 1

    assert steps > 8
    with cache.workshop() as own:
        assert [own] == workshops(cache)


def test_apps_share_what_is_common(tmp_path: Path, tree: Path) -> None:
    mine, theirs = (Cache(tmp_path / "apps" / name, common=tmp_path) for name in ("mine", "theirs"))
    mine.keep("site", ONE, tree)
    mine.keep("python", ONE, tree)

    assert isinstance(theirs.find("python", ONE), Hit)
    assert isinstance(theirs.find("site", ONE), Miss)
    assert mine.folder("uv") == theirs.folder("uv") == tmp_path / "uv"
    assert mine.folder("work") != theirs.folder("work")


def test_apps_share_the_memo_of_what_is_the_same_for_all(tmp_path: Path) -> None:
    mine, theirs = (Cache(tmp_path / "apps" / name, common=tmp_path) for name in ("mine", "theirs"))
    for name in ("nginx", "python"):
        mine.note(name, ONE, "the newest")

    assert "the newest" == theirs.recall("nginx", ONE)
    assert theirs.recall("python", ONE) is None


def test_of_what_is_common_the_newest_stay(tmp_path: Path, tree: Path) -> None:
    cache = Cache(tmp_path / "app", common=tmp_path / "common")
    keys = [Key({"Python": f"3.12.{patch}"}) for patch in range(COMMON_KEPT + 3)]
    for key in keys:
        cache.keep("python", key, tree)
        os.utime(tmp_path / "common" / "layers" / "python" / key.digest, (keys.index(key), keys.index(key)))
    cache.keep("python", Key({"Python": "3.13.0"}), tree)

    left = {place.name for place in (tmp_path / "common" / "layers" / "python").iterdir()}
    expected = {key.digest for key in keys[-COMMON_KEPT:]} | {Key({"Python": "3.13.0"}).digest}
    assert expected == left


@pytest.fixture
def other_disk(tmp_path: Path) -> Iterator[Path]:
    """A folder that nothing here can be linked to."""
    disk = Path("/dev/shm")  # noqa: S108 - a disk of its own on any Linux
    if not disk.is_dir() or disk.stat().st_dev == tmp_path.stat().st_dev:
        require.lack(f"{disk} on a disk of its own")
    with tempfile.TemporaryDirectory(dir=disk) as place:
        yield Path(place)


def test_a_cache_on_another_disk_holds_copies(other_disk: Path, tree: Path) -> None:
    cache = Cache(other_disk)
    kept = cache.keep("site", ONE, tree)
    assert [] == difference(tree, kept)

    (tree / "run").write_text("#!/bin/false\n")

    assert Hit(kept) == cache.find("site", ONE)


def test_a_cache_that_came_out_of_an_archive_is_trusted(tmp_path: Path) -> None:
    cache, key = Cache(tmp_path / "cache"), Key({"lock": "1"})
    tree = tmp_path / "tree"
    (tree / "bin").mkdir(parents=True)
    (tree / "bin" / "python3.12").write_text("program")
    (tree / "bin" / "python").symlink_to("python3.12")
    cache.keep("python", key, tree)
    subprocess.run(["tar", "-czf", tmp_path / "cache.tar.gz", "-C", tmp_path, "cache"], check=True)
    shutil.rmtree(tmp_path / "cache")
    subprocess.run(["tar", "-xzf", tmp_path / "cache.tar.gz", "-C", tmp_path], check=True)

    assert isinstance(Cache(tmp_path / "cache").find("python", key), Hit)


def test_a_copy_of_a_cache_made_of_links_is_not_changed_by_the_first(tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    tree.mkdir()
    (tree / "file").write_text("one")
    Cache(tmp_path / "cache").keep("tools", Key({"lock": "1"}), tree)
    shutil.copytree(tmp_path / "cache", tmp_path / "copy", copy_function=os.link)
    (tree / "more").write_text("two")

    Cache(tmp_path / "cache").keep("tools", Key({"lock": "2"}), tree)

    assert isinstance(Cache(tmp_path / "copy").find("tools", Key({"lock": "1"})), Hit)
