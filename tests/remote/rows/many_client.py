"""A client of its own, to be killed: many_client.py LIB ENGINE RESULTS COUNT PROGRAM (NAME CONFIG SOCKETS HOME)…"""

from __future__ import annotations

import sys

sys.path.insert(0, sys.argv[1])

import os
from pathlib import Path
from typing import TYPE_CHECKING

from tampu.platforms.surroundings import open_at_home
from tampu.remote.engines import Setting, tooling
from tampu.remote.engines.dask import Dask
from tampu.remote.engines.slurm import Slurm
from tampu.remote.engines.ssh import Ssh
from tampu.remote.environments.lock import client
from tampu.remote.links.host import Host
from tampu.remote.rows import many
from tampu.remote.rows.many import Many
from tampu.remote.runs.running import Spec
from tampu.remote.runs.signals import Signals
from tampu.remote.runs.watch import Ends
from tampu.world.console import PlainConsole

if TYPE_CHECKING:
    from tampu.remote.links.link import Link
    from tampu.remote.rows.many import Making
    from tampu.remote.stores.trees import Tree

ENGINES: dict[str, Making] = {"ssh": Ssh, "dask": Dask, "slurm": Slurm}


class Program:
    id = "p"

    def __init__(self, text: str) -> None:
        self._text = text

    def ready(self, _link: object) -> Spec:
        return Spec(argv=("", "-c", self._text))

    def tools(self, link: Link, lock: Path, files: Tree) -> Spec:
        world = open_at_home(os.environ, PlainConsole())
        client(world)
        spec, trees = tooling.made(link, lock, files, world)
        tooling.bring(link, trees, lambda *_: None)
        return spec

    def bring(self, _reach: object, run: str, into: Path) -> None:
        """Nothing is to be fetched."""

    def forget(self, _reach: object, run: str) -> None:
        """It stays."""


def main() -> int:
    _, _, engine, results, count, program, *hosts = sys.argv
    env = {"PATH": os.environ["PATH"]}
    known = tuple(
        Host(name=name, env={**env, "HOME": home}, store=".tampu", config=Path(config), sockets=Path(sockets))
        for name, config, sockets, home in zip(*(hosts[at::4] for at in range(4)), strict=True)
    )
    rows = tuple((str(number),) for number in range(int(count)))
    wanted = Many(hosts=known, rows=rows, results=Path(results), setting=Setting(jobs=4))
    with Signals() as signals:
        return many.run(wanted, Program(program), Ends(stdin=None), signals, ENGINES[engine])


if __name__ == "__main__":
    sys.exit(main())
