"""Where benches work, and what several of them need: made once, when it is first asked for."""

from __future__ import annotations

import hashlib
import shutil
import sys
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from build_stage import Stage
from house import lock_of, run_uv

from tests.kit import mirrors, store

if TYPE_CHECKING:
    from collections.abc import Mapping

# Some servers give up root, and must still read what they serve.
READABLE = 0o755
SERIES = "3.13"


@dataclass
class Workshop:
    """`leaving` is what a bench has to end when it is done."""

    work: Path
    mirror: str | None
    leaving: ExitStack = field(default_factory=ExitStack)
    _lock: Lock = field(default_factory=Lock)

    def __post_init__(self) -> None:
        self.work.chmod(READABLE)

    @property
    def stage(self) -> Stage:
        """Once, also where several ask at the same time."""
        with self._lock:
            return self._stage

    @cached_property
    def _stage(self) -> Stage:
        place = self.place("stage")
        return Stage.set_up(place, self._mirror(place / "mirror"))

    def place(self, name: str) -> Path:
        """A new one each time."""
        place = Path(tempfile.mkdtemp(dir=self.work, prefix=f"{name}-"))
        place.chmod(READABLE)
        return place

    @staticmethod
    def environment(name: str) -> Path:
        """With the packages of bench/apps/NAME/requirements.lock and the Python of all this; kept for the next time."""
        digest = hashlib.sha256(f"{sys.version}{sys.base_prefix}{lock_of(name).read_text()}".encode()).hexdigest()
        env = store.root() / f"bench-{name}-{digest[:16]}"
        made = env / "made"
        with store.alone(env.name):
            if not made.exists():
                shutil.rmtree(env, ignore_errors=True)
                make_environment(env, sys.executable)
                install(env, name, "--compile-bytecode")
                made.touch()
        return env

    def _mirror(self, place: Path) -> str:
        """The one that was named, or one with the Python of this machine, made as for the tests."""
        if self.mirror:
            return self.mirror if "://" in self.mirror else str(Path(self.mirror).absolute())
        return str(mirrors.make_mirror(place, mirrors.versions_to_be_had([SERIES])))


def make_environment(env: Path, python: str | Path) -> None:
    run_uv("venv", "--python", python, env, environ={})


def install(env: Path, name: str, *options: str | Path, environ: Mapping[str, str] | None = None) -> None:
    words = ("pip", "install", "--require-hashes", *options, "--python", env, "-r", lock_of(name))
    run_uv(*words, environ=environ or {})
