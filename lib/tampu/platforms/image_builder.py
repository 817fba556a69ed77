"""Who makes the image: buildah or podman, and what went wrong when they did not."""

from __future__ import annotations

import re
import shutil
from typing import TYPE_CHECKING

from tampu.errors import TampuError
from tampu.platforms.image_content import CHECKED, CHECKING
from tampu.world.environ import REPRODUCIBLE
from tampu.world.run import Command, CommandFailed

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tampu.platforms.image_base import Base
    from tampu.world import World

BUILDERS = ("buildah", "podman")
# Of the folder that an image is made of: what it says of the layers and of the app, and the name of what was made.
LAYERS, APP, MADE = "Containerfile.layers", "Containerfile", "layers.id"
SHOWN = 90


class NoBuilder(TampuError):
    reason = "image::no-builder"

    def __init__(self) -> None:
        super().__init__(
            title="There is no program that makes images",
            found="neither buildah nor podman",
            expected="one of them: they make images without a daemon, and need not be root",
            todo="Install one, such as with: apt-get install buildah",
        )


class UnfitBase(TampuError):
    reason = "image::unfit-base"

    def __init__(self, base: Base, why: str) -> None:
        super().__init__(
            title=f"The app does not run on {base.image}",
            found=why,
            expected="an image with the C library of the machine that builds, or a newer one",
            todo=(
                "Choose another one with --base, such as one of this machine's own distribution,\n"
                "or build on a machine that has the distribution of the image."
            ),
        )


class NotMade(TampuError):
    reason = "image::failed"

    def __init__(self, builder: str, base: Base, why: str) -> None:
        super().__init__(
            title=f"{builder} could not make the image",
            found=why,
            expected=f"an image of the app on {base.image}",
            todo=(
                f"See its output above. Check that this works, or choose another --base:\n{builder} pull {base.image}"
            ),
        )


def find_builder(environ: Mapping[str, str]) -> str:
    for name in BUILDERS:
        found = shutil.which(name, path=environ.get("PATH", ""))
        if found:
            return found
    raise NoBuilder


def lay(builder: str, context: Path, environ: Mapping[str, str]) -> Command:
    """An image of the layers, which writes down its name. Those that are as in an earlier one are not made again."""
    words = ("--layers", *_same_each_time(int(REPRODUCIBLE["SOURCE_DATE_EPOCH"])), "--iidfile", str(context / MADE))
    argv = (builder, "build", *words, "--file", str(context / LAYERS), str(context))
    return Command(argv=argv, cwd=context, env=environ)


def command(builder: str, context: Path, tag: str, moment: int, environ: Mapping[str, str]) -> Command:
    """The app on top of its layers, in one of its own."""
    layers = (context / MADE).read_text(encoding="utf-8").strip().removeprefix("sha256:")
    words = ("--layers=false", *_same_each_time(moment), "--build-arg", f"LAYERS={layers}", "--tag", tag)
    argv = (builder, "build", *words, "--file", str(context / APP), str(context))
    return Command(argv=argv, cwd=context, env=environ)


def _same_each_time(moment: int) -> tuple[str, ...]:
    """All files have the same time: so the same app makes the same image."""
    return ("--format", "oci", "--timestamp", str(moment), "--network", "none")


def make(builder: str, context: Path, tag: str, base: Base, moment: int, world: World) -> None:
    try:
        world.run.run(lay(builder, context, world.environ))
        world.run.run(command(builder, context, tag, moment, world.environ))
    except CommandFailed as error:
        lines = [line.strip() for line in error.output.splitlines() if line.strip()]
        if any(line == CHECKING for line in lines) and CHECKED not in lines:
            raise UnfitBase(base, _why(lines[lines.index(CHECKING) + 1 :])) from error
        raise NotMade(builder.rpartition("/")[2], base, _shown(lines[-1] if lines else error.ending)) from error


def _why(lines: list[str]) -> str:
    """The line that names what is missing, if one does; else the first."""
    telling = [line for line in lines if re.search("GLIBC|not found|No such file", line)]
    return _shown((telling or lines or ["it can't be started there"])[0])


def _shown(line: str) -> str:
    return line if len(line) <= SHOWN else f"{line[:SHOWN]}…"
