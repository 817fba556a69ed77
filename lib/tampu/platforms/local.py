"""A build on a laptop: the same steps, the machine's own settings, a cache in the user's folder."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from tampu.build.model import Target
from tampu.envs.bundle import Unlisted
from tampu.envs.last_resort import NoInstaller
from tampu.envs.mirror import BadEntry, BadIndex
from tampu.envs.tools import NotInBundle, ToolsFailed, obtain
from tampu.errors import TampuError
from tampu.platforms.launch_files import launch_files
from tampu.platforms.surroundings import cache_home, with_mirror, world_of
from tampu.world import files
from tampu.world.cache import Cache
from tampu.world.house import house
from tampu.world.mishaps import NotFound, WrongHash

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tampu.build.model import Outcome
    from tampu.world import World
    from tampu.world.console import Console, PlainConsole

# Without colours, then: what comes next finds the same, and says so.
OF_A_BUNDLE = (NotInBundle, Unlisted, BadIndex, BadEntry, NotFound, WrongHash)
NOT_COPIED = frozenset({".tampu", ".git"})


class NoApp(TampuError):
    reason = "local::no-app"
    exit_code = 2

    def __init__(self, path: Path) -> None:
        super().__init__(
            title=f"{path} is no folder",
            found=f"no folder at {path}",
            expected="the folder of a Python app",
            todo="Name the app's folder, such as in `tampu build .`",
        )


class OutInside(TampuError):
    reason = "local::out-inside"
    exit_code = 2

    def __init__(self, path: Path, app: Path) -> None:
        super().__init__(
            title=f"{path} is inside the app",
            found=f"--out {path}",
            expected=f"a folder outside {app}",
            todo="Choose another folder for --out, such as one beside the app.",
        )


class OutInUse(TampuError):
    reason = "local::out-in-use"
    exit_code = 2

    def __init__(self, path: Path) -> None:
        super().__init__(
            title=f"{path} holds something else",
            found=f"files in {path} that no build of tampu put there",
            expected="a folder that is not there yet, is empty, or was made by `tampu build --out`",
            todo="Choose another folder for --out, or empty this one.",
        )


def read_target(app: Path, out: Path | None, environ: Mapping[str, str]) -> Target:
    """The app's own folder, or a copy of it at `out`. What is set in the shell is what the app's user has set."""
    source = app.resolve()
    if not source.is_dir():
        raise NoApp(app)
    place = _copy(source, out.resolve()) if out else source
    return Target(app=place, layers=place / ".tampu", user_env=environ, local=True)


def open_world(app: Path, environ: Mapping[str, str], say: Console) -> World:
    home = cache_home(environ)
    own = home / "apps" / hashlib.sha256(str(app.resolve()).encode()).hexdigest()[:16]
    own.mkdir(parents=True, exist_ok=True)
    return world_of(Cache(own, common=home), with_mirror(environ), say)


def screen(environ: Mapping[str, str], plain: PlainConsole) -> Console:
    """What people look at: in colours and with a clock on a terminal, plain lines elsewhere."""
    if not plain.on_terminal or environ.get("TERM", "dumb") == "dumb":
        return plain
    try:
        obtain(house() / "vendor" / "people.lock", open_world(Path("/"), environ, plain), no_last_resort)
    except (ToolsFailed, NoInstaller, OSError, *OF_A_BUNDLE):
        return plain
    from tampu.world.terminal import terminal

    return terminal()


def no_last_resort(_world: World | None) -> NoReturn:
    """Colours are not worth a download of a whole Python."""
    raise NoInstaller("no reason to fetch one")


def publish(outcome: Outcome, target: Target) -> None:
    files.write(target.app, launch_files(outcome))


def _copy(source: Path, out: Path) -> Path:
    if out.is_relative_to(source):
        raise OutInside(out, source)
    if out.is_dir() and any(out.iterdir()) and not (out / ".tampu").is_dir():
        raise OutInUse(out)
    beside = out.with_name(f".{out.name}.new")
    files.remove(beside)
    files.copy(source, beside, NOT_COPIED)
    files.remove(out)
    beside.rename(out)
    return out
