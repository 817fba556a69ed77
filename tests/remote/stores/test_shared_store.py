"""Many at one store, some of whom are killed; disks that are full; what is kept, and what is left."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from contextlib import ExitStack, suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tampu.remote.links.link import Link
from tampu.remote.runs.running import Spec
from tampu.remote.stores import store
from tampu.remote.stores.store_errors import HostFull
from tampu.values import replace
from tests.kit import disk, remotes, stored
from tests.kit.distance import distance

if TYPE_CHECKING:
    from tests.kit.sshd import Server

ROOT = Path(__file__).parents[3]
CLIENT = Path(__file__).with_name("store_client.py")
CLIENTS = 16
PATIENCE = 120
BIG = 3 << 20


def started(server: Server, folder: Path, size: int, stack: ExitStack) -> subprocess.Popen[bytes]:
    words = (ROOT / "lib", ROOT, server.name, server.config, server.sockets, server.folder, folder, str(size))
    pipe = subprocess.PIPE
    return stack.enter_context(subprocess.Popen((sys.executable, CLIENT, *words), stdout=pipe, stderr=pipe))


def makers(server: Server) -> list[int]:
    """Agents that hold something of the store, and that talk with clients: a supervisor has left them."""
    found = [pid for pid in remotes.processes("tampu-agent") if f"HOME={server.home}\0" in environ(pid)]
    return [pid for pid in found if "sshd" in parent(pid) and holds(pid, f"{server.store}/locks/")]


def seen_or_done(server: Server, clients: list[subprocess.Popen[bytes]], seen: list[int]) -> bool:
    seen += makers(server)
    return bool(seen) or all(client.poll() is not None for client in clients)


def holds(pid: int, place: str) -> bool:
    ends = []
    with suppress(OSError):
        ends = list(Path(f"/proc/{pid}/fd").iterdir())
    # What isn't there any more leads to itself.
    return any(os.path.realpath(end).startswith(place) for end in ends)


def environ(pid: int) -> str:
    with suppress(OSError):
        return Path(f"/proc/{pid}/environ").read_text(encoding="utf-8", errors="replace")
    return ""


def parent(pid: int) -> str:
    with suppress(OSError):
        above = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[1]
        return Path(f"/proc/{above}/cmdline").read_text(encoding="utf-8")
    return ""


def test_many_clients_bring_each_once(near: Server, tmp_path: Path) -> None:
    with ExitStack() as stack:
        clients = [started(near, tmp_path / str(n), BIG, stack) for n in range(CLIENTS)]
        ended = [(*client.communicate(timeout=PATIENCE), client.returncode) for client in clients]

    assert [(0, b"")] * CLIENTS == [(code, err) for _, err, code in ended]
    lines = [out.decode().split("\n") for out, _, _ in ended]
    assert {f"{BIG} True"} == {each[0] for each in lines}
    assert ["envs", "trees"] == sorted(word for each in lines for word in each[1].split())


def test_kills_at_random_break_nothing(near: Server, tmp_path: Path) -> None:
    chance = random.Random(CLIENTS)  # noqa: S311 - who is killed, and when
    size = BIG + 1
    with ExitStack() as stack:
        # Far away, what is being made is so for long enough to be seen.
        way = stack.enter_context(distance(near.port, 0.15))
        far = near.by(way.port)
        clients = [started(far, tmp_path / str(n), size, stack) for n in range(CLIENTS)]
        doomed = [started(far, tmp_path / f"doomed{n}", size, stack) for n in range(CLIENTS // 2)]
        killed = 0
        while doomed:
            seen: list[int] = []
            stored.until(partial(seen_or_done, near, clients, seen))
            for pid in seen[:1]:
                with suppress(ProcessLookupError):
                    os.kill(pid, 9)
                    killed += 1
            doomed.pop().kill()
            time.sleep(chance.uniform(0, 0.3))
        ended = [(*client.communicate(timeout=PATIENCE), client.returncode) for client in clients]

    assert [(0, b"")] * CLIENTS == [(code, err) for _, err, code in ended]
    assert {f"{size} True"} == {out.decode().split("\n")[0] for out, _, _ in ended}
    assert killed > 0


def listing(home: Path) -> dict[str, object]:
    found: dict[str, object] = {}
    for path in [home, *sorted(home.rglob("*"))]:
        about = path.lstat()
        data = path.read_bytes() if path.is_file() else b""
        found[str(path.relative_to(home))] = (data, about.st_mode, about.st_mtime_ns)
    return found


@pytest.mark.parametrize("place", ["", "~/depot/of/mine"])
def test_nothing_is_left_where_all_is_removed(far: Server, place: str, tmp_path: Path) -> None:
    there = far.home / "depot" / "of" / "mine" if place else far.store
    for name in ("a", "b/c"):
        (far.home / name).parent.mkdir(exist_ok=True)
        (far.home / name).write_text("mine", encoding="utf-8")
    link = Link(replace(far.host(), store=place))
    link.greet()
    store.remove(link, "all")
    before = listing(far.home)
    slow = "x = [" + "(1, 2.5, 'a'), " * 300_000 + "]\n"
    environment = stored.environment(tmp_path / "env", {"one.py": "", "slow.py": slow}, link)
    code = stored.code(tmp_path / "code", {"main.py": b"import one; open('out', 'w')\n"})
    said = stored.brought(link, Spec(argv=("", "main.py"), tree=code.id, environment=environment.id), code, environment)
    # Its bytecode is being made.
    mark = there / "locks" / f"envs-{environment.id}.pyc"
    stored.until(lambda: mark.exists() and remotes.processes(str(mark)))
    (compiling,) = remotes.processes(str(mark))
    assert 0 == mark.stat().st_size

    removed = store.remove(link, "all")

    assert 0 == said.outcome.code
    assert () == removed.left
    assert compiling not in remotes.processes(str(mark))
    assert before == listing(far.home)
    assert b"again\n" == stored.brought(link, Spec(argv=("", "-c", "print('again')"), tree=code.id), code).out
    assert () == store.remove(link, "all").left
    assert before == listing(far.home)
    link.close()


def ways(folder: Path) -> dict[str, int]:
    """How each module's bytecode is checked against its source."""
    return {path.name.split(".")[0]: path.read_bytes()[4] for path in folder.rglob("*.pyc")}


def test_bytecode_is_made_after_the_first_run(link: Link, far: Server, tmp_path: Path) -> None:
    environment = stored.environment(tmp_path / "env", {"one.py": "import two\n", "two.py": "TEXT = 2\n"}, link)
    files = {"main.py": b"import beside\n", "beside.py": b"import one; print(one.two.TEXT)\n"}
    code = stored.code(tmp_path / "code", files)
    spec = [Spec(argv=("", "main.py"), tree=code.id, environment=environment.id) for _ in range(2)]
    assert b"2\n" == stored.brought(link, spec[0], code, environment).out
    marks = [far.store / "locks" / f"{tree.kind}-{tree.id}.pyc" for tree in (code, environment)]
    stored.until(lambda: all(mark.exists() and "done" == mark.read_text(encoding="utf-8") for mark in marks))

    said = stored.brought(link, spec[1])

    assert b"2\n" == said.out
    # Of the environment without a look at the source, of the code with one.
    assert {"one": 1, "two": 1} == ways(far.store / "envs" / environment.id)
    assert {"main": 3, "beside": 3} == ways(far.store / "trees" / code.id)
    assert (far.runs / spec[1].name / "work" / "__pycache__").is_dir()


def test_bytecode_that_is_there_is_not_made_again(link: Link, far: Server, tmp_path: Path) -> None:
    environment = stored.environment(tmp_path / "env", {"three.py": "TEXT = 3\n"}, link)
    code = stored.code(tmp_path / "code", {"main.py": b"import three; print(three.TEXT)\n"})
    mark = far.store / "locks" / f"envs-{environment.id}.pyc"
    made = []
    for _ in range(2):
        mark.unlink(missing_ok=True)
        stored.brought(link, Spec(argv=("", "main.py"), tree=code.id, environment=environment.id), code, environment)
        stored.until(lambda: mark.exists() and "done" == mark.read_text(encoding="utf-8"))
        (pyc,) = (far.store / "envs" / environment.id).rglob("three.*.pyc")
        made.append((pyc.stat().st_ino, pyc.stat().st_mtime_ns))

    assert made[0] == made[1]


def test_a_disk_that_fills_up_leaves_the_store_usable(near: Server, tmp_path: Path) -> None:
    with disk.tiny(tmp_path / "disk", "6m") as full:
        link = Link(replace(near.host(), store=str(full / "store")))
        link.greet()
        small = stored.code(tmp_path / "small", {"main.py": b"print('fits')\n"})
        # Told as smaller than they are: it shows only as they come.
        large = stored.code(tmp_path / "large", {str(n): os.urandom(2 << 20) for n in range(3)})
        told = {path: replace(item, size=1) for path, item in large.items.items()}
        for tree in (large, replace(large, items=told)):
            with pytest.raises(HostFull):
                store.provide(link, tree, stored.quiet)

        assert b"fits\n" == stored.brought(link, Spec(argv=("", "main.py"), tree=small.id), small).out
        assert () == store.remove(link, "all").left
        link.close()


def size_of(folder: Path) -> int:
    """Of the files in it, which may go while they are looked at."""
    size = 0
    for path in folder.iterdir():
        with suppress(FileNotFoundError):
            size += path.stat().st_size
    return size


def test_the_budget_takes_the_longest_unused_and_nothing_that_is_used(near: Server, tmp_path: Path) -> None:
    link = Link(replace(near.host(), store="small", budget=5 << 20))
    link.greet()
    trees = [stored.code(tmp_path / str(n), {"main.py": b"input()", "data": os.urandom(2 << 20)}) for n in range(4)]
    place = near.home / "small"

    def talk(run: remotes.Talk) -> None:
        stored.until(lambda: [path for path in (place / "runs").iterdir() if (path / "work" / "data").exists()])
        other = Link(replace(near.host(), store="small", budget=5 << 20))
        other.greet()
        for tree in trees[1:]:
            store.provide(other, tree, stored.quiet)
            stored.until(lambda: size_of(place / "blobs") < 5 << 20)
        kept = {each["id"] for each in store.used(other)["trees"]}
        assert trees[0].id in kept
        assert len(kept) < len(trees)
        other.close()
        run.say(b"\n")

    store.provide(link, trees[0], stored.quiet)
    assert 0 == remotes.Talk(talk).over(link, Spec(argv=("", "main.py"), tree=trees[0].id)).code
    assert () == store.remove(link, "all").left
    link.close()
