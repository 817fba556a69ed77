"""Those who build: each says which commands make a scene of it, and what must be there before its clock starts."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from build_stage import Stage

    Commands = tuple[tuple[str, ...], ...]

EXTRA = "tabulate"
# In the order in which they follow on each other; a failing one leaves all as it is.
SCENES = {
    "quick": ("cold", "one added"),
    "full": ("cold", "nothing changed", "one added", "one removed", "failing"),
}
LISTS = {"one added": "added.txt", "failing": "failing.txt"}


class Contestant(Protocol):
    @property
    def name(self) -> str: ...

    def prepare(self, scene: str, place: Path, stage: Stage) -> None:
        """What a platform or a person would have done before; its time does not count."""

    def commands(self, scene: str, place: Path, stage: Stage) -> Commands: ...

    def environ(self, place: Path, stage: Stage) -> Mapping[str, str]: ...


@dataclass(frozen=True, slots=True)
class Tampu:
    """A whole compile each time, with the cache of the build before; `copy` says whether of a new copy of the app."""

    name: str = "tampu"
    copy: bool = True

    def prepare(self, scene: str, place: Path, stage: Stage) -> None:
        if scene == "cold":
            shutil.copytree(stage.seed, place / "cache", symlinks=True)
        app = place / "app"
        if self.copy:
            shutil.rmtree(app, ignore_errors=True)
        app.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(stage.lists / LISTS.get(scene, "locked.txt"), app / "requirements.txt")
        (app / "runtime.txt").write_text(f"python-{stage.python_version}\n", encoding="utf-8")

    def commands(self, scene: str, place: Path, stage: Stage) -> Commands:  # noqa: ARG002 - the app says it all
        return ((str(stage.house / "bin" / "compile"), str(place / "app"), str(place / "cache")),)

    def environ(self, place: Path, stage: Stage) -> Mapping[str, str]:
        return {**stage.environ, "TAMPU_MIRROR": stage.mirror, "HOME": str(place)}


@dataclass(frozen=True, slots=True)
class Uv:
    """`uv venv` and `uv pip install` by hand, into an environment that stays where it is."""

    name: str = "uv"
    options: tuple[str, ...] = ()

    def prepare(self, scene: str, place: Path, stage: Stage) -> None:
        """Nothing: it goes on with what the last scene left."""

    def commands(self, scene: str, place: Path, stage: Stage) -> Commands:
        uv, env = str(stage.uv), str(place / "env")
        where = ("--python", f"{env}/bin/python")
        install = (uv, "pip", "install", *self.options, *where)
        everything = (*install, *stage.everything(LISTS.get(scene, "locked.txt")))
        return {
            "cold": ((uv, "venv", "--python", str(stage.python), env), everything),
            "one added": ((*install, "-r", str(stage.lists / "one_more.txt")),),
            "one removed": ((uv, "pip", "uninstall", *where, EXTRA),),
        }.get(scene, (everything,))

    def environ(self, place: Path, stage: Stage) -> Mapping[str, str]:
        return {**stage.client_environ, "UV_CACHE_DIR": str(place / "cache"), "UV_PYTHON_DOWNLOADS": "never"}


@dataclass(frozen=True, slots=True)
class Pip:
    """`python -m venv` and `pip install` by hand."""

    name: str = "pip"

    def prepare(self, scene: str, place: Path, stage: Stage) -> None:
        """Nothing: it goes on with what the last scene left."""

    def commands(self, scene: str, place: Path, stage: Stage) -> Commands:
        env = str(place / "env")
        pip = (f"{env}/bin/python", str(stage.pip))
        install = (*pip, "install", "--no-input", "--quiet")
        everything = (*install, *stage.everything(LISTS.get(scene, "locked.txt")))
        return {
            "cold": ((str(stage.python), "-m", "venv", "--without-pip", env), everything),
            "one added": ((*install, "-r", str(stage.lists / "one_more.txt")),),
            "one removed": ((*pip, "uninstall", "--quiet", "--yes", EXTRA),),
        }.get(scene, (everything,))

    def environ(self, place: Path, stage: Stage) -> Mapping[str, str]:
        return {**stage.client_environ, "PIP_CACHE_DIR": str(place / "cache")}


UV_WITH_BYTECODE = Uv("uv --compile-bytecode", ("--compile-bytecode",))
TAMPU_IN_PLACE = Tampu("tampu in place", copy=False)
CONTESTANTS: Mapping[str, tuple[Contestant, ...]] = {
    "quick": (Tampu(), UV_WITH_BYTECODE),
    "full": (Tampu(), TAMPU_IN_PLACE, Uv(), UV_WITH_BYTECODE, Pip()),
}
