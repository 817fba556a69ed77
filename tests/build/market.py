"""Where interpreters are to be had, without a network: a mirror's index, pins, programs of a machine."""

from __future__ import annotations

import io
import json
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from tampu.build.model import Target
from tampu.build.steps.python import Wish
from tampu.facts.pins import Pythons
from tampu.facts.python import Request
from tampu.world import World
from tampu.world.cache import Cache
from tampu.world.console import PlainConsole
from tampu.world.fetch import Pin
from tampu.world.run import Command, CommandFailed

ARCH = "x86_64"
SHA256 = "{:064}"
TODAY = date(2025, 1, 1)
SERIES = {"3.11": date(2027, 10, 31), "3.12": date(2028, 10, 31), "3.13": date(2029, 10, 31)}


@dataclass
class Market:
    folder: Path
    mirror: tuple[str, ...] = ()
    pinned: tuple[str, ...] = ()
    online: bool = True
    asked: list[str] = field(default_factory=list)
    environ: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.say = PlainConsole(out=io.StringIO(), err=io.StringIO())
        self.environ |= {"PATH": str(self.folder / "bin"), "HOME": str(self.folder)}
        (self.folder / "bin").mkdir()
        self.cache = Cache(self.folder / "cache")

    def set_mirror(self, *versions: str) -> None:
        self.mirror = versions
        self.environ["TAMPU_MIRROR"] = "https://me:hunter22@mirror.example/pythons"

    def put(self, version: str) -> Path:
        """An interpreter of this machine."""
        program = self.folder / "bin" / f"python{version.rpartition('.')[0]}"
        program.write_text(f"cpython {version}")
        program.chmod(0o755)
        return program

    def get(self, pin: Pin, into: Path) -> None:
        self.asked.append(f"get {pin.url}")
        into.write_text("")

    def read(self, url: str) -> str:
        self.asked.append(f"read {url}")
        names = ("name", "version", "arch", "file", "sha256")
        rows = [("python", version, ARCH, f"{version}.tar.gz", SHA256.format(7)) for version in self.mirror]
        return json.dumps({"format": 1, "files": [dict(zip(names, row, strict=True)) for row in rows]})

    def reaches(self, url: str) -> bool:
        self.asked.append(f"reaches {url}")
        return self.online

    def run(self, command: Command) -> None:
        raise CommandFailed(command, 1, "only answers here")

    def ask(self, command: Command) -> str:
        program = Path(command.argv[0])
        if not program.is_relative_to(self.folder) or "-m" in command.argv:
            raise CommandFailed(command, 1, "not of this machine")
        self.asked.append(f"ask {program.name}")
        return program.read_text()

    @property
    def world(self) -> World:
        return World(run=self, fetch=self, cache=self.cache, say=self.say, environ=self.environ)

    @property
    def pythons(self) -> Pythons:
        pins = {version: pin(version) for version in self.pinned}
        return Pythons(default="3.12", series=SERIES, pins=pins)

    def wish(self, *asked: str, last: str | None = None) -> Wish:
        """What an app asks for, as in `==3.12.*`."""
        requests = tuple(Request(spec=spec, text=spec, origin="runtime.txt") for spec in asked)
        return Wish(requests=requests, last=last, pythons=self.pythons, arch=ARCH, today=TODAY)

    def target(self, *, local: bool) -> Target:
        return Target(app=self.folder, layers=self.folder / "layers", local=local)


def pin(version: str) -> Pin:
    return Pin(name="python", version=version, url=f"https://upstream.example/{version}", sha256=SHA256.format(1))
