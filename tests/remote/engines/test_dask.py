"""Rows by way of a real cluster of Dask over two hosts: whoever is killed, each row has one result."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tampu.platforms.surroundings import open_at_home
from tampu.remote.engines import Setting
from tampu.remote.engines.dask import Dask
from tampu.remote.engines.parts import parts
from tampu.remote.environments.lock import client
from tampu.values import replace
from tampu.world.console import PlainConsole
from tampu.world.house import house
from tests.kit import remotes, rows
from tests.kit.rows import Text, numbers, wanted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tampu.remote.links.link import Link
    from tampu.remote.runs.running import Spec
    from tampu.world import World
    from tests.kit.rows import Pair

PATIENCE = 120
SLOWLY = "import sys, time; print(int(sys.argv[1]) ** 2); time.sleep(0.2)"
# The last one goes on until there is another worker.
UNTIL_ANOTHER = f"""{SLOWLY}
import os
while sys.argv[1] == "99" and not os.path.exists({{mark!r}}):
    time.sleep(0.05)
"""


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    with rows.pair(tmp_path_factory.mktemp("pair"), "3.11") as servers:
        yield servers


@pytest.fixture(scope="module")
def world() -> World:
    """That of whoever runs the tests: what Dask needs was fetched before, or is now."""
    made = open_at_home(os.environ, PlainConsole())
    client(made)
    return made


def until(holds: Callable[[], object]) -> None:
    began = time.monotonic()
    while not holds():
        assert time.monotonic() - began < PATIENCE
        time.sleep(0.02)


def members(pair: Pair) -> dict[int, str]:
    """The processes of the cluster, each with its host's name."""
    stores = {str(server.store): server.name for server in pair}
    found = {pid: line(pid) for pid in remotes.processes("cluster.py")}
    return {pid: name for pid, words in found.items() for store, name in stores.items() if store in words}


def line(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text(errors="replace")
    except OSError:
        return ""


def test_a_killed_worker_costs_a_retry_and_no_result(pair: Pair, world: World, tmp_path: Path) -> None:
    def workers() -> list[int]:
        """The second host has nothing but its worker."""
        return [pid for pid, name in members(pair).items() if name == "two" and pid not in killed]

    def kill() -> None:
        try:
            until(lambda: (tmp_path / "ledger.jsonl").exists() and rows_done(tmp_path) >= 10 and workers())
            killed.extend(workers())
            for pid in killed:
                os.kill(pid, signal.SIGKILL)
            until(workers)
        finally:
            mark.touch()

    killed: list[int] = []
    mark = tmp_path / "mark"
    thread = threading.Thread(target=kill)
    thread.start()
    try:
        text = Text(text=UNTIL_ANOTHER.format(mark=str(mark)), world=world)
        said = rows.run(wanted(pair, numbers(100), tmp_path), text, Dask)
    finally:
        thread.join()

    assert 0 == said.code, said.err
    assert 1 == len(killed)
    assert set(range(100)) == rows.ended(tmp_path).keys()
    assert {number: f"{number**2}\n" for number in range(100)} == rows.outputs(tmp_path)
    assert "the worker on two has ended" in said.err
    until(lambda: not members(pair))


def rows_done(folder: Path) -> int:
    return (folder / "ledger.jsonl").read_text().count('{"ended"')


def test_the_cluster_ends_with_a_killed_client_and_the_next_one_goes_on(
    pair: Pair, world: World, tmp_path: Path
) -> None:
    with rows.client(pair, tmp_path, SLOWLY, 30, "dask") as process:
        until(lambda: (tmp_path / "ledger.jsonl").exists() and rows_done(tmp_path) >= 10)
        process.kill()
        process.wait()
        until(lambda: not members(pair))

    said = rows.run(wanted(pair, numbers(30), tmp_path), Text(text=SLOWLY, world=world), Dask)

    assert 0 == said.code, said.err
    assert set(range(30)) == rows.ended(tmp_path).keys()
    assert {number: f"{number**2}\n" for number in range(30)} == rows.outputs(tmp_path)


OLD_CLUSTER = """
import asyncio
from distributed import Scheduler, Worker

async def main():
    async with Scheduler(host="127.0.0.1", port=0, dashboard=False) as made:
        async with Worker(made.address, nthreads=2, dashboard=False, memory_limit=None):
            print(made.address, flush=True)
            await made.finished()

asyncio.run(main())
"""


@pytest.fixture
def cluster(pair: Pair, world: World, tmp_path: Path) -> Iterator[str]:
    """Somebody's own, on the first host."""
    link = remotes.link(pair[0])
    spec = Text(text="", world=world).tools(link, house() / "vendor" / "dask.lock", parts())
    link.close()
    argv = (pair[0].store / "envs" / spec.environment / "bin" / "python", "-c", OLD_CLUSTER)
    env = {"HOME": str(pair[0].home), "PATH": "/usr/bin:/bin"}
    with subprocess.Popen(argv, stdout=subprocess.PIPE, env=env, cwd=tmp_path, text=True) as process:
        assert process.stdout
        yield process.stdout.readline().strip()
        process.kill()


def test_a_cluster_that_is_there_is_used_and_left(pair: Pair, world: World, cluster: str, tmp_path: Path) -> None:
    given = wanted(pair[:1], numbers(10), tmp_path / "r", setting=Setting(scheduler=cluster))

    said = rows.run(given, Text(text="import sys; print(sys.argv[1]); sys.exit(sys.argv[1] == '3')", world=world), Dask)

    assert 1 == said.code, said.err
    assert [0] * 3 + [1] + [0] * 6 == [each["code"] for _, each in sorted(rows.ended(tmp_path / "r").items())]
    assert {number: f"{number}\n" for number in range(10)} == rows.outputs(tmp_path / "r")
    assert not members(pair)


class Packed(Text):
    """A script with packages: compiled ones, so that no other Python can load them."""

    def ready(self, link: Link) -> Spec:
        return replace(self.tools(link, house() / "vendor" / "dask.lock", parts()), argv=("", "-c", self.text), tree="")


WITH_PACKAGES = "import msgpack._cmsgpack, sys, time; print(sys.version_info[1]); time.sleep(0.1)"


def test_each_worker_has_the_environment_for_its_own_python(pair: Pair, world: World, tmp_path: Path) -> None:
    begun = 0
    while {"11\n", "13\n"} != set(rows.outputs(tmp_path / str(begun)).values()):
        # A worker that is slow to begin may find all rows done.
        begun += 1
        assert begun < 4
        given = wanted(pair, numbers(30), tmp_path / str(begun), retries=0)
        said = rows.run(given, Packed(text=WITH_PACKAGES, world=world), Dask)
        assert 0 == said.code, said.err
        hosts = {number: each["host"] for number, each in rows.ended(tmp_path / str(begun)).items()}
        series = {"one": "11\n", "two": "13\n"}
        assert {number: series[name] for number, name in hosts.items()} == rows.outputs(tmp_path / str(begun))


def test_workers_of_others_have_the_environment_for_their_own_python(
    pair: Pair, world: World, cluster: str, tmp_path: Path
) -> None:
    # Whose worker is on the first host: what was settled for the second one comes first.
    given = wanted((pair[1], pair[0]), numbers(6), tmp_path / "r", retries=0, setting=Setting(scheduler=cluster))

    said = rows.run(given, Packed(text=WITH_PACKAGES, world=world), Dask)

    assert 0 == said.code, said.err
    assert {"11\n"} == set(rows.outputs(tmp_path / "r").values())
