"""`bin/python_build`: a Python of your own for a mirror, from its source or from one that is at hand."""

from __future__ import annotations

import argparse
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn
from urllib.parse import unquote, urlsplit

from tampu.envs import compiling, movable, python_source
from tampu.envs.mirror import INDEX, put
from tampu.envs.packing import pack
from tampu.errors import TampuError
from tampu.platforms.surroundings import Usage, open_at_home
from tampu.world.fetch import Pin
from tampu.world.house import house

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tampu.world import World
    from tampu.world.console import Console

EXPECTED = "[VERSION] [--source FILE --sha256 HEX] [--optimized], or --from PREFIX"
EXACT = re.compile(r"[23]\.[0-9]+\.[0-9]+\w*")
SHA256 = re.compile(r"[0-9a-f]{64}")


class NoFolder(TampuError):
    reason = "python-build::no-folder"

    def __init__(self, location: str) -> None:
        super().__init__(
            title="TAMPU_MIRROR names no folder that a Python could be put into",
            found=location,
            expected="a folder of this machine",
            todo=(
                "Name a folder, and put what is in it onto the server afterwards; index.json last. Unset\n"
                "TAMPU_MIRROR to put it into the folder mirror/ of this tampu."
            ),
        )


class Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise Usage("python_build", EXPECTED, [message])


def main(argv: Sequence[str], environ: Mapping[str, str], say: Console) -> int:
    order = read_order(argv)
    folder = mirror_folder(environ.get("TAMPU_MIRROR", ""))
    folder.mkdir(parents=True, exist_ok=True)
    known = {"TAMPU_MIRROR": str(folder) if (folder / INDEX).is_file() else ""}
    world = open_at_home({**environ, **known}, say)
    with world.cache.workshop() as bench:
        version = make(order, bench / "python", world)
        say.detail("Packing it")
        pack(bench / "python", bench / "archive", top="python")
        arch = os.uname().machine
        entry = {"name": "python", "version": version, "arch": arch, "file": f"cpython-{version}-{arch}"}
        file = put(bench / "archive", entry, folder)
    say.detail(f"Python {version} is in {file}")
    say.detail(f"Apps that are built with TAMPU_MIRROR={folder} can have it")
    return 0


def read_order(argv: Sequence[str]) -> argparse.Namespace:
    parser = Parser(prog="bin/python_build", description="A movable Python for a mirror.")
    parser.add_argument("version", nargs="?", default="", help="such as 3.8.10, or 3.8 for the newest that is known")
    parser.add_argument("--source", type=Path, metavar="FILE", help="its source, where it is not pinned")
    parser.add_argument("--sha256", default="", metavar="HEX", help="of the source")
    parser.add_argument("--optimized", action="store_true", help="with all of its compiler's arts, which takes long")
    parser.add_argument("--from", dest="prefix", type=Path, metavar="PREFIX", help="out of an installed one instead")
    order = parser.parse_args(argv)
    if order.prefix and (order.version or order.source or order.sha256 or order.optimized):
        raise Usage("python_build", EXPECTED, argv)
    if bool(order.source) != bool(order.sha256) or (order.source and not EXACT.fullmatch(order.version)):
        raise Usage("python_build", EXPECTED, argv)
    if order.sha256 and not SHA256.fullmatch(order.sha256.lower()):
        raise Usage("python_build", EXPECTED, argv)
    return order


def mirror_folder(location: str) -> Path:
    """The folder there; the one of this tampu itself, unless one is set."""
    if not location:
        return house() / "mirror"
    address = urlsplit(location)
    if address.scheme not in {"", "file"}:
        raise NoFolder(f"{address.scheme}://{address.hostname or ''}{address.path}")
    folder = Path(unquote(address.path) if address.scheme else location).absolute()
    return folder.parent if folder.name == INDEX else folder


def make(order: argparse.Namespace, place: Path, world: World) -> str:
    """Make it there, and tell its version."""
    if order.prefix:
        prefix = movable.look(order.prefix.absolute(), world)
        world.say.step(f"Making Python {prefix.version} of {prefix.folder} movable")
        movable.make(prefix, place, world, {})
        return prefix.version
    pin = _named(order) if order.source else compiling.choose(python_source.CPYTHON, order.version, world)
    world.say.step(f"Building Python {pin.version}")
    python_source.make(pin, place, world, *(python_source.OPTIMIZED if order.optimized else ()))
    return pin.version


def _named(order: argparse.Namespace) -> Pin:
    url = order.source.absolute().as_uri()
    return Pin(name="cpython", version=order.version, url=url, sha256=order.sha256.lower())
