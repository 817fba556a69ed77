"""Many runs, as a test has them: a cargo that needs nothing, and what is said of them."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tampu.remote.engines import Setting, tooling
from tampu.remote.rows import many
from tampu.remote.rows.many import Many
from tampu.remote.runs.running import Spec
from tampu.remote.runs.watch import Ends
from tampu.values import replace
from tests.kit import old_pythons, sshd

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tampu.remote.engines import Reach
    from tampu.remote.links.link import Link
    from tampu.remote.rows.many import Making
    from tampu.remote.runs.signals import Signals
    from tampu.remote.stores.trees import Tree
    from tampu.world import World
    from tests.kit.sshd import Server

    Pair = tuple[Server, Server]

SEVERAL_AT_ONCE = 4
# As the configuration has it.
STORE = ".tampu"
LIB = Path(__file__).parents[2] / "lib"
CLIENT = LIB.parent / "tests" / "remote" / "rows" / "many_client.py"


@contextmanager
def pair(folder: Path, first: str) -> Iterator[Pair]:
    """Two hosts, of which one has a Python of that series, and two has a newer one."""
    with (
        sshd.server(folder / "one", "one", old_pythons.program(first)) as one,
        sshd.server(folder / "two", "two", old_pythons.program("3.13")) as two,
    ):
        yield one, two


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """A script in a word, run by the agent's own Python."""

    text: str
    id: str = "p"
    world: World | None = None
    forgotten: list[str] = field(default_factory=list)

    def ready(self, link: Link) -> Spec:
        return Spec(argv=("", "-c", self.text), env={"HOST": link.name})

    def tools(self, link: Link, lock: Path, files: Tree) -> Spec:
        assert self.world
        spec, trees = tooling.made(link, lock, files, self.world)
        tooling.bring(link, trees, lambda *_: None)
        return spec

    def bring(self, _reach: Reach, run: str, into: Path) -> None:
        """Nothing is to be fetched."""

    def forget(self, _reach: Reach, run: str) -> None:
        self.forgotten.append(run)


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    code: int
    out: str
    err: str


def run(
    wanted: Many, cargo: Text, engine: Making | None = None, signals: Signals | None = None, ends: Ends | None = None
) -> Said:
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        shown = ends or Ends(stdin=None, stdout=out.fileno(), stderr=err.fileno())
        code = many.run(wanted, cargo, shown, signals, **({"engine": engine} if engine else {}))
        out.seek(0)
        err.seek(0)
        return Said(code=code, out=out.read().decode(), err=err.read().decode())


def numbers(count: int) -> tuple[tuple[str, ...], ...]:
    return tuple((str(number),) for number in range(count))


def wanted(servers: tuple[Server, ...], rows: tuple[tuple[str, ...], ...], results: Path | None, **more: Any) -> Many:  # noqa: ANN401 - the fields of Many
    setting = more.pop("setting", Setting(jobs=SEVERAL_AT_ONCE))
    hosts = tuple(replace(server.host(), store=STORE) for server in servers)
    return Many(hosts=hosts, rows=rows, results=results, setting=setting, **more)


def ledger(folder: Path) -> list[dict[str, Any]]:
    lines = (folder / "ledger.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def ended(folder: Path) -> dict[int, dict[str, Any]]:
    """Each row's result: there is one."""
    found = [line["ended"] for line in ledger(folder) if "ended" in line]
    assert len(found) == len({each["row"] for each in found})
    return {each["row"]: each for each in found}


def outputs(folder: Path) -> dict[int, str]:
    return {int(path.parent.name) - 1: path.read_text() for path in folder.glob("*/out")}


@contextmanager
def client(
    servers: tuple[Server, ...], results: Path, text: str, count: int, engine: str = "ssh"
) -> Iterator[subprocess.Popen[bytes]]:
    hosts = [word for each in servers for word in (each.name, each.config, each.sockets, each.folder)]
    words = (sys.executable, CLIENT, LIB, engine, results, str(count), text, *hosts)
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as process:
        try:
            yield process
        finally:
            process.kill()
