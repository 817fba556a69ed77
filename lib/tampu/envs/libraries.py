"""The shared libraries that a program needs, put beside it: images that apps run on have few."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from tampu.world.environ import tool_env
from tampu.world.run import Command, CommandFailed, CommandMissing

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tampu.world import World

LDD_LINE = re.compile(r"^\s*(\S+) => (/.+) \(0x", re.MULTILINE)
# They belong together with the loader of the machine that the app runs on.
OF_THE_C_LIBRARY = re.compile(r"(ld-linux|ld64|lib(c|m|dl|rt|util|pthread|resolv|nsl|anl|BrokenLocale))\b")
USUAL = ("usr/lib/*-linux-gnu*", "lib/*-linux-gnu*", "usr/lib64", "usr/lib", "lib64", "lib")


def bring(program: Path, names: Iterable[str], place: Path, world: World, root: Path = Path("/")) -> None:
    """Copy what the program needs, and these, from the libraries below `root`."""
    place.mkdir(exist_ok=True)
    folders = [folder for pattern in USUAL for folder in sorted(root.glob(pattern)) if folder.is_dir()]
    found = dict(needed(program, folders if root != Path("/") else [], world))
    found.update({name: folder / name for name in names for folder in reversed(folders) if (folder / name).is_file()})
    for name, path in sorted(found.items()):
        if not OF_THE_C_LIBRARY.match(name):
            shutil.copyfile(path, place / name)
            (place / name).chmod(0o755)


def needed(program: Path, folders: list[Path], world: World) -> list[tuple[str, Path]]:
    env = tool_env(world.environ)
    if folders:
        env["LD_LIBRARY_PATH"] = ":".join(map(str, folders))
    try:
        text = world.run.ask(Command(argv=("ldd", str(program)), cwd=program.parent, env=env))
    except (CommandFailed, CommandMissing):
        # A static program needs none, and whether it starts is found out anyway.
        return []
    return [(name, Path(path)) for name, path in LDD_LINE.findall(text)]
