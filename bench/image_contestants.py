"""Those who make images: each says which command makes one, and what must be there before its clock starts."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from build_stage import SIXTEEN
from house import TAMPU
from image_stage import PLAIN, PYTHON, SYSTEM

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from image_stage import Stage

# In the order in which they follow on each other.
FIRST, SAME, LINE, REQUIREMENT = "first", "nothing changed", "one line", "one requirement"
SCENES = {"quick": (FIRST,), "full": (FIRST, SAME, LINE, REQUIREMENT)}


class Contestant(Protocol):
    @property
    def name(self) -> str: ...

    def prepare(self, place: Path, stage: Stage) -> None:
        """What is there before the first image; the app is in place/flask already."""

    def command(self, place: Path, stage: Stage) -> tuple[str, ...]: ...

    def environ(self, place: Path, stage: Stage) -> Mapping[str, str]: ...


@dataclass(frozen=True, slots=True)
class Tampu:
    """`tampu image`, with a cache that has its tools and Python, and none of the app's packages."""

    name: str = "tampu image"

    def prepare(self, place: Path, stage: Stage) -> None:
        shutil.copytree(stage.build.seed / "tampu", place / "cache" / "tampu", symlinks=True)

    def command(self, place: Path, stage: Stage) -> tuple[str, ...]:  # noqa: ARG002 - the same on any stage
        return (str(TAMPU), "image", str(place / "flask"), "--base", SYSTEM, "--tag", tag(self))

    def environ(self, place: Path, stage: Stage) -> Mapping[str, str]:
        own = {
            "XDG_CACHE_HOME": str(place / "cache"),
            "HOME": str(place),
            "PIP_INDEX_URL": f"{stage.index.as_uri()}/simple",
        }
        return {**stage.environ, **own, "TAMPU_MIRROR": stage.build.mirror}


@dataclass(frozen=True, slots=True)
class Plain:
    """`podman build` of a Containerfile as people write them, with its cache of layers."""

    name: str = "podman build"

    def prepare(self, place: Path, stage: Stage) -> None:  # noqa: ARG002 - the same on any stage
        shutil.copyfile(PLAIN / "Containerfile", place / "flask" / "Containerfile")

    def command(self, place: Path, stage: Stage) -> tuple[str, ...]:
        where = ("--network=none", f"--volume={stage.index}:/index:ro", "--env=PIP_INDEX_URL=file:///index/simple")
        return (
            "podman",
            "build",
            "--layers",
            *where,
            f"--build-arg=PYTHON={PYTHON}",
            f"--tag={tag(self)}",
            str(place / "flask"),
        )

    def environ(self, place: Path, stage: Stage) -> Mapping[str, str]:  # noqa: ARG002 - it keeps nothing there
        return stage.environ


CONTESTANTS: tuple[Contestant, ...] = (Tampu(), Plain())


def tag(contestant: Contestant) -> str:
    return f"localhost/tampu-bench-{contestant.name.replace(' ', '-')}:1"


def change(scene: str, app: Path) -> None:
    """What somebody has done to the app since the last image."""
    if scene == LINE:
        text = (app / "app.py").read_text(encoding="utf-8")
        (app / "app.py").write_text(
            text.replace('return {"hello": name}', 'return {"hello": name.title()}'), encoding="utf-8"
        )
    elif scene == REQUIREMENT:
        one_more = (SIXTEEN / "one_more.lock").read_text(encoding="utf-8").split()[0]
        with (app / "requirements.txt").open("a", encoding="utf-8") as file:
            file.write(f"{one_more}\n")
