"""`tampu bundle`: all that a build needs, for where there is no network."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

from tampu.build.bundling import bundle
from tampu.envs.clients import client_settings
from tampu.envs.mirror import INDEX
from tampu.errors import TampuError
from tampu.platforms import local
from tampu.platforms.local import OutInside
from tampu.platforms.surroundings import cache_home
from tampu.values import dataclass, replace
from tampu.world.cache import Cache
from tampu.world.fetch import OnDemand

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping

    from tampu.build.bundling import Bundled
    from tampu.build.model import Target
    from tampu.world import World
    from tampu.world.console import Console

ABOUT = "collect all that a build of the app needs into a folder, to build it from where there is no network"
# Those that uv knows.
PLATFORM = re.compile(r"(x86_64|aarch64)-manylinux(2014|_2_(17|28|3[1-9]|40))")
LARGEST_PACKAGE = 8 * 1024**3
MEGABYTE = 1_000_000


class BadPlatform(TampuError):
    reason = "bundle::platform"
    exit_code = 2

    def __init__(self, text: str) -> None:
        super().__init__(
            title="That is no platform that a bundle can be for",
            found=f"--platform {text}",
            expected=f"a CPU and the oldest glibc, such as {os.uname().machine}-manylinux_2_28",
            todo="Leave it out for machines like this one. A glibc may be 2_17, 2_28, or 2_31 to 2_40.",
        )


class BundleInUse(TampuError):
    reason = "bundle::out-in-use"
    exit_code = 2

    def __init__(self, path: Path) -> None:
        super().__init__(
            title=f"{path} holds something else",
            found=f"files in {path} that no `tampu bundle` put there",
            expected="a folder that is not there yet, is empty, or is a bundle",
            todo="Choose another folder with --out.",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """The words of the command, and the settings that it was given."""

    app: Path
    out: Path | None
    platform: str
    mirror: str
    environ: Mapping[str, str]
    say: Console


def add_options(command: argparse.ArgumentParser) -> None:
    command.add_argument("app", type=Path, metavar="APP", help="the app's folder")
    command.add_argument("--out", type=Path, metavar="DIR", help="where the bundle goes; else APP-bundle beside APP")
    command.add_argument("--platform", default="", metavar="NAME", help="such as x86_64-manylinux_2_28; else like this")
    command.add_argument("--mirror", default="", metavar="PLACE", help="where Python comes from; else TAMPU_MIRROR")
    command.add_argument("--quiet", action="store_true", help="say nothing but notices and errors")
    command.add_argument("--json", action="store_true", help="write what is in it to stdout for a program")


def main(options: argparse.Namespace, environ: Mapping[str, str], say: Console) -> int:
    if options.json:
        say.hush()
    words = Call(
        app=options.app,
        out=options.out,
        platform=options.platform,
        mirror=options.mirror,
        environ=environ,
        say=say,
    )
    made = make(words)
    if options.json:
        say.document(as_json(made))
    tell(made, say)
    return 0


def make(call: Call) -> Bundled:
    target, place = _target(call), _place(call)
    environ = {**call.environ, "TAMPU_MIRROR": call.mirror} if call.mirror else call.environ
    world = local.open_world(call.app, environ, call.say)
    with world.cache.workshop() as bench:
        return bundle(target, _forgetful(world, bench), place, call.platform)


def as_json(bundled: Bundled) -> str:
    rows = [{"name": name, "version": version, "file": file} for name, version, file in bundled.packages]
    document = {
        "bundle": str(bundled.place),
        "platform": bundled.platform,
        "python": bundled.python,
        "nginx": bundled.nginx,
        "tools for Python": list(bundled.series),
        "packages": sorted(rows, key=lambda row: row["file"]),
        "bytes": bundled.size,
        "notices": [{"name": notice.name, "text": notice.text} for notice in bundled.notices],
    }
    return json.dumps(document, indent=2) + "\n"


def tell(bundled: Bundled, say: Console) -> None:
    say.rest()
    files = f"{len(bundled.packages)} packages, {bundled.size / MEGABYTE:.0f} MB"
    say.detail(f"Made {bundled.place}: Python {bundled.python} for {bundled.platform}, {files}")
    say.detail(f"Build from it where there is no network: TAMPU_MIRROR={bundled.place} tampu build APP")


def _target(call: Call) -> Target:
    target = local.read_target(call.app, None, call.environ)
    if call.platform and not PLATFORM.fullmatch(call.platform):
        raise BadPlatform(call.platform)
    return replace(target, machine=call.platform.partition("-")[0] or target.machine)


def _place(call: Call) -> Path:
    app = call.app.resolve()
    place = call.out.resolve() if call.out else app.with_name(f"{app.name}-bundle")
    if place.is_relative_to(app):
        raise OutInside(place, app)
    if place.exists() and not (place.is_dir() and ((place / INDEX).is_file() or not any(place.iterdir()))):
        raise BundleInUse(place)
    return place


def _forgetful(world: World, bench: Path) -> World:
    """What was decided in earlier builds doesn't count where nobody remembers them. Packages may be large."""
    settings = {**client_settings(world.environ), **world.environ}
    fetch = OnDemand(environ=settings, say=world.say, largest=LARGEST_PACKAGE)
    cache = Cache(bench / "cache", common=cache_home(world.environ))
    return replace(world, cache=cache, fetch=fetch)
