"""The tools layer: uv, pip and the few libraries that we use, from a hashed lock, installed once into the cache."""

from __future__ import annotations

import hashlib
import re
import sys
from typing import TYPE_CHECKING

from tampu.envs.bootstrap import installers
from tampu.envs.bundle import bundle_of, verify
from tampu.envs.explain import full_disk
from tampu.errors import TampuError
from tampu.values import dataclass
from tampu.world import files
from tampu.world.cache import Hit, Key
from tampu.world.memory import exhausted
from tampu.world.run import CommandFailed

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from tampu.envs.bootstrap import Installer
    from tampu.world import World
    from tampu.world.run import Command

TITLE = "tampu's own tools"
TITLES = {"pips": "the last pip for this Python"}
# An import that wrote bytecode into a stored tree would alter it: what we import is compiled before.
NOT_OURS_TO_IMPORT = re.compile(r"/(pip|virtualenv)/")
CUT_SHORT = re.compile(
    r"DO NOT MATCH THE HASHES|Hash mismatch|from versions: none|IncompleteRead|Connection (broken|aborted)"
)


@dataclass(frozen=True, slots=True)
class Tools:
    """An installed set of tools; `versions` are those of the lock."""

    path: Path
    versions: Mapping[str, str]

    @property
    def uv(self) -> Path:
        return self.path / "bin" / "uv"

    @property
    def pip(self) -> Path:
        """Any Python can start this file, and sees nothing of what is installed beside it."""
        return self.path / "pip" / "__pip-runner__.py"


class ToolsFailed(TampuError):
    reason = "tools::failed"

    def __init__(self, installer: str, error: CommandFailed) -> None:
        super().__init__(
            title="tampu's own tools can't be installed",
            found=f"{installer} {error.ending}",
            expected="the packages of vendor/tools.lock, each with its pinned hash",
            todo=(
                "The lines above say why. Usual causes: no network; a proxy or an index that needs\n"
                "HTTPS_PROXY, PIP_INDEX_URL or PIP_CERT to be set; an index without a pinned version."
            ),
        )


class NotInBundle(TampuError):
    reason = "bundle::no-tools"

    def __init__(self, folder: Path, error: CommandFailed) -> None:
        lines = [line.partition(" (from")[0][:88] for line in error.output.strip().splitlines()]
        said = "\n".join(lines[-3:])
        super().__init__(
            title="The bundle has not all of tampu's own tools for the Python that runs it",
            found=said or "no word of the installer",
            expected=f"the packages of vendor/tools.lock in {folder}",
            todo=(
                "Make the bundle anew with this tampu, where there is a network: tampu bundle APP. Where no\n"
                "python3 is on PATH, tampu runs on the Python that is in the bundle."
            ),
        )


def obtain(lock: Path, world: World, last_resort: Callable[[World], Installer]) -> Tools:
    """The tools of that lock, importable from now on; `last_resort` brings an installer where the machine has none."""
    path = stored(lock.stem, lock, world, last_resort)
    if str(path) not in sys.path:
        sys.path.append(str(path))
    return Tools(path, versions(lock))


def stored(name: str, lock: Path, world: World, last_resort: Callable[[World], Installer]) -> Path:
    """What is in that lock, installed into the cache under that name."""
    key = key_of(lock)
    found = world.cache.find(name, key)
    return found.tree if isinstance(found, Hit) else _install(name, lock, key, world, last_resort)


def key_of(lock: Path) -> Key:
    return Key(
        {
            "lock": hashlib.sha256(lock.read_bytes()).hexdigest(),
            "Python that runs tampu": "{}.{}".format(*sys.version_info[:2]),
        }
    )


def versions(lock: Path) -> dict[str, str]:
    return dict(re.findall(r"^([\w.-]+)==([^\s;\\]+)", lock.read_text(encoding="utf-8"), re.MULTILINE))


def _install(name: str, lock: Path, key: Key, world: World, last_resort: Callable[[World], Installer]) -> Path:
    world.say.step(f"Installing {TITLES.get(name, TITLE)}")
    verify(world.environ)
    installer = next(installers(world), None) or last_resort(world)
    world.say.detail(f"With {installer.about}")
    with world.cache.workshop() as bench:
        try:
            _run(installer.install(lock, bench / "tree", world), bench / "tree", world)
        except CommandFailed as error:
            bundle = bundle_of(world.environ)
            failed = NotInBundle(bundle.folder, error) if bundle else ToolsFailed(installer.about, error)
            raise full_disk(error.output) or exhausted(error) or failed from error
        import compileall
        import py_compile

        # Where a cache has lost the times of its files, bytecode that goes by them would be written anew.
        mode = py_compile.PycInvalidationMode.UNCHECKED_HASH
        compileall.compile_dir(bench / "tree", quiet=2, rx=NOT_OURS_TO_IMPORT, invalidation_mode=mode)
        return world.cache.keep(name, key, bench / "tree")


def _run(install: Command, place: Path, world: World) -> None:
    """A pip that is older than it might be takes what is cut short for the whole, and tries nothing again."""
    try:
        world.run.run(install)
    except CommandFailed as error:
        if bundle_of(world.environ) or not CUT_SHORT.search(error.output):
            raise
        world.say.detail("A download may have been cut short: trying once more")
        files.remove(place)
        world.run.run(install)
