"""How long a script takes on another machine, beside ssh itself, rsync, Fabric and uv, and beside a run here."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from commands import done
from frame import Bench, chosen, turns
from house import APPS, own_environ, versions
from judge import Panel, Verdict
from remote_contestants import HERE, HERE_COLD, OURS, QUICK, TRANSFER, Place, again, cold, tampu
from tables import SPREAD, rows, spread
from workshop import install, make_environment

from tests.kit import sshd
from tests.kit.distance import distance

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from frame import Found, How
    from remote_contestants import Contestant
    from workshop import Workshop

DELAY = 0.05
NEAR, FAR, COLD = "on loopback", "50 ms away", "cold"
# A cold run takes seconds, and others milliseconds.
COLD_EACH = 3
PAUSE = 0.2
PATIENCE = 60
PYTHON = Path(sys.base_prefix) / "bin" / "python3"
VERSION = re.compile(r"\d+\.[\w.]+")
AGAIN_LIMIT, COLD_LIMIT = 2.5, 2.0


class Rounds:
    def __init__(self, workshop: Workshop) -> None:
        self._work = workshop.place("remote")
        self._leaving = workshop.leaving
        self._tools = workshop.environment("remote")
        self._bare = self._work / "bare-python"
        make_environment(self._bare, PYTHON)
        self._scenes: dict[str, tuple[Contestant, ...]] = {}
        self._seconds: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
        self._megabytes = 0.0

    @classmethod
    def set_up(cls, workshop: Workshop, how: How) -> Rounds:
        rounds = cls(workshop)
        near = rounds._server("near")
        for name in ("hello.py", "block.py"):
            shutil.copy2(APPS / "remote" / name, near.home)
        rounds._add(NEAR, chosen(again(rounds._place(near, NEAR, "remote/hello.py")), how, QUICK))
        if how == "full":
            way = workshop.leaving.enter_context(distance(near.port, DELAY / 2))
            rounds._add(FAR, again(rounds._place(near.by(way.port), FAR, "remote/hello.py")))
            rounds._add_cold()
        return rounds

    def run(self, number: int) -> None:
        for scene, contestants in self._scenes.items():
            if scene != COLD or number < 0 or not number % COLD_EACH:
                for each in turns(contestants, number):
                    self._run(scene, each, counts=number >= 0)

    def found(self) -> Found:
        ssh = done(("sh", "-c", "ssh -V 2>&1; rsync --version"), own_environ())
        openssh, _, rsync, *_ = VERSION.findall(ssh)
        own = {"OpenSSH": openssh, "rsync": rsync, **versions(self._tools, ("fabric", "uv"))}
        return {"versions": own, "seconds": self._seconds, "megabytes": self._megabytes}

    def _run(self, scene: str, each: Contestant, *, counts: bool) -> None:
        if scene == COLD:
            self._forget(each.place)
        time.sleep(PAUSE)
        began = time.perf_counter()
        each.run()
        if counts:
            self._seconds[scene][each.name].append(time.perf_counter() - began)

    def _forget(self, place: Place) -> None:
        """The host as it was before, but for uv's cache of packages; nobody is connected.

        What was there is set aside: for minutes after many files were removed, ext4 makes new ones many times slower.
        """
        home, aside = place.server.home, self._work / "aside"
        aside.mkdir(exist_ok=True)
        for kept in (home / f".tampu-{COLD}", home / "cold", *home.glob(".cache/uv/environments-*")):
            if kept.exists():
                kept.rename(aside / f"{time.monotonic_ns()}")
        (home / "archive").unlink(missing_ok=True)
        clean = tampu("clean", "remote")
        deadline = time.monotonic() + PATIENCE
        # What has not ended yet may have put something there.
        while subprocess.run(clean, cwd=place.project, env=place.env, capture_output=True, check=False).returncode:
            if time.monotonic() > deadline:
                sys.exit("The host is not as it was before")
            time.sleep(PAUSE)
        place.hang_up()

    def _add(self, scene: str, contestants: tuple[Contestant, ...]) -> None:
        self._scenes[scene] = contestants
        self._leaving.callback(_left, contestants)

    def _add_cold(self) -> None:
        env, archive, bare = self._work / "env", self._work / "site-packages.tar", self._server("bare")
        make_environment(env, PYTHON)
        install(env, "job")
        (packages,) = env.glob("lib/python*/site-packages")
        done(("tar", "-cf", str(archive), "-C", str(packages), "."), own_environ())
        # What an environment that has never run weighs.
        self._megabytes = round(archive.stat().st_size / 1e6, 1)
        place = self._place(bare, COLD, "job/job.py")
        # By the host's own uv, as it will be asked there, and not as settings here say: its cache is ordered by index.
        uv = (str(self._tools / "bin" / "uv"), "run", "--quiet", "--script", str(place.project / "job.py"))
        done(uv, {**place.env, "UV_CACHE_DIR": f"{bare.home}/.cache/uv"})
        self._add(COLD, cold(place, env, archive))

    def _server(self, name: str) -> sshd.Server:
        """With uv, as those who use it have it on a host, and an empty environment, as here."""
        server = self._leaving.enter_context(sshd.server(self._work / f"host-{name}", name, PYTHON))
        text = f"home = {PYTHON.parent}\ninclude-system-site-packages = false\n"
        (server.folder / "pyvenv.cfg").write_text(text, encoding="utf-8")
        (server.folder / "bin" / "uv").symlink_to(self._tools / "bin" / "uv")
        return server

    def _place(self, server: sshd.Server, scene: str, script: str) -> Place:
        name = scene.replace(" ", "-")
        home, project = self._work / f"home-{name}", self._work / f"project-{name}"
        for each in (home, project):
            each.mkdir()
        shutil.copy2(APPS / script, project)
        text = repr({"host": server.name, "ssh_config": str(server.config), "depository": f".tampu-{name}"})
        (home / ".cloudpy.conf").write_text(text, encoding="utf-8")
        env = {key: value for key, value in own_environ().items() if not key.startswith("XDG_")}
        # A socket's path may not be long; and who cleans up in one scene ends what is kept open in the same folder.
        sockets = Path(tempfile.mkdtemp(prefix="ssh"))
        env |= {"HOME": str(home), "XDG_RUNTIME_DIR": str(sockets), "PATH": f"{self._bare}/bin:{env['PATH']}"}
        self._leaving.callback(shutil.rmtree, sockets)
        return Place(server=server, project=project, env=env, sockets=sockets, tools=self._tools)


def _left(contestants: tuple[Contestant, ...]) -> None:
    place = contestants[0].place
    for each in contestants:
        each.leave()
    subprocess.run(tampu("clean", "all"), cwd=place.project, env=place.env, capture_output=True, check=False)
    place.hang_up()


def panels(found: Found) -> tuple[Panel, ...]:
    marks = (HERE, HERE_COLD, TRANSFER)
    scenes = found["seconds"].items()
    return tuple(Panel(title=f"a script elsewhere, {scene}", samples=taken, marks=marks) for scene, taken in scenes)


def judge(found: Found) -> Iterator[Verdict]:
    def took(scene: str, who: str = OURS) -> float:
        return median(found["seconds"][scene][who])

    near, far = (took(scene, HERE) * AGAIN_LIMIT for scene in (NEAR, FAR))
    yield Verdict("again, on loopback: 2.5 local runs", took(NEAR), near)
    yield Verdict("again, 50 ms away: 2.5 local runs, twice there and back", took(FAR), far + 2 * DELAY)
    yield Verdict("cold: 2 s, and the transfer", took(COLD), COLD_LIMIT + took(COLD, TRANSFER))


def tables(found: Found) -> Iterator[str]:
    near, far, cold = (found["seconds"][scene] for scene in (NEAR, FAR, COLD))
    yield f"{SPREAD} Of cold runs there are {len(cold[OURS])}; their packages are {found['megabytes']:.0f} MB.\n"
    yield from rows(
        ("", NEAR, "times", FAR, "times"), [(name, *_cells(near, name), *_cells(far, name)) for name in near]
    )
    yield ""
    yield from rows(("", COLD, "times"), [(name, *_cells(cold, name)) for name in cold])


def _cells(taken: Mapping[str, list[float]], name: str) -> Iterator[str]:
    here = median(next(iter(taken.values())))
    yield spread(taken[name], "s")
    yield f"{median(taken[name]) / here:.2f}"


BENCH = Bench(
    name="remote",
    rounds={"quick": 5, "full": 9},
    uncounted=2,
    needs=("ssh", "/usr/sbin/sshd", "rsync"),
    set_up=Rounds.set_up,
    panels=panels,
    judge=judge,
    tables=tables,
)
