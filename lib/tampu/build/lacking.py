"""What a bundle lacks for a build, all of it, before anything is installed."""

from __future__ import annotations

import re
import zlib
from typing import TYPE_CHECKING

from tampu.build.materials import choose_interpreter, needed_packages, platform_requirements
from tampu.build.python_match import wish
from tampu.build.serving import decide_serving
from tampu.build.stack import decide_stack
from tampu.build.steps.nginx import NoNginx
from tampu.build.steps.python import NOT_TO_BE_HAD
from tampu.envs.bundle import path_of
from tampu.envs.collecting import backend_of, described
from tampu.envs.fitting import Kind
from tampu.envs.supervision import REPLACED
from tampu.envs.wishes import without
from tampu.errors import TampuError
from tampu.facts.environment import Environment
from tampu.facts.excerpt import excerpt
from tampu.facts.locks.exact import canonical

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from packaging.requirements import Requirement as Wanted

    from tampu.build.model import Target
    from tampu.envs.bundle import Bundle
    from tampu.envs.mirror import MirrorFile
    from tampu.facts.app import App
    from tampu.facts.requirements import Packages
    from tampu.world import World

CONTINUED = re.compile(r"\s*\\\n\s*--hash=\S+")
NAMES_SHOWN = 4
NOT_FROM_THERE = "(an address that the bundle has nothing from)"


class Incomplete(TampuError):
    reason = "bundle::incomplete"

    def __init__(self, folder: Path, app: Path, lacking: list[str]) -> None:
        rows = "\n".join(lacking)
        super().__init__(
            title="The bundle lacks something that this build needs",
            found=rows,
            expected=f"all of it in {folder}",
            todo=(
                "Make the bundle anew where there is a network, and bring it here:\n\n"
                f"    tampu bundle {app.name} --out {folder.name}\n\n"
                "Or unset TAMPU_MIRROR where package indexes can be reached."
            ),
        )


def refuse_lacking(bundle: Bundle, app: App, target: Target, world: World) -> None:
    version, pythons = _python(bundle, app, target, world)
    needed = needed_packages(app, version, target, world)
    stack = decide_stack(app, target, world).stack
    root = target.app / needed.root
    check = _Check(bundle, Kind(python=version, machine=target.machine), needed, _own(needed, root))
    packages = check.lacking(_asked(needed, platform_requirements(version, stack), root))
    lacking = [*pythons, *_nginx(app, version, target, world), *packages]
    if lacking:
        raise Incomplete(bundle.folder, target.app, lacking)


def _python(bundle: Bundle, app: App, target: Target, world: World) -> tuple[str, list[str]]:
    """The version of the build; where there is none, the packages are looked at as another Python has them."""
    there = [*bundle.mirror.pins("python", target.machine)]
    try:
        return choose_interpreter(app, target, world).choice.version, []
    except NOT_TO_BE_HAD:
        asked = wish(app.pythons[0]) if app.pythons else "any will do"
        return (there or ["3.13.0"])[-1], [f"Python: {asked} (there is {_listed(there)} for {target.machine})"]


def _nginx(app: App, version: str, target: Target, world: World) -> list[str]:
    try:
        decide_serving(app, version, target, world)
    except NoNginx:
        return [f"nginx for {target.machine}"]
    return []


def _own(packages: Packages, app: Path) -> frozenset[str]:
    """The names of what is in the app itself: who needs these needs no bundle."""
    told = {each.name for each in packages.requirements if each.name and each.local}
    return frozenset(told | {canonical(described(app / project.path).name) for project in packages.local})


def _asked(packages: Packages, platform: str, app: Path) -> Iterator[str]:
    named = {each.name for each in packages.requirements}
    ours = (line.strip() for line in CONTINUED.sub("", without(platform, named)).splitlines())
    yield from (line for line in ours if line and not line.startswith("#"))
    yield from (each.line for each in packages.requirements if not each.local and each.name != REPLACED)
    for project in packages.local:
        if (app / project.path).is_dir():
            yield from backend_of(app / project.path).requires
            yield from () if packages.complete else described(app / project.path).needs


class _Check:
    """Follows the requirements from file to file, as far as the bundle has them."""

    def __init__(self, bundle: Bundle, kind: Kind, packages: Packages, own: frozenset[str]) -> None:
        self._bundle = bundle
        self._complete = packages.complete
        self._own = own
        self._kind = kind
        self._accepts = {file.pin.url: kind.accepts(path_of(file).name) for file in bundle.packages}
        self._markers = Environment(python=kind.python, machine=kind.machine).markers
        self._seen: set[tuple[str, str]] = set()

    def lacking(self, lines: Iterable[str]) -> list[str]:
        rows: dict[str, None] = {}
        waiting = [(line, "") for line in lines]
        while waiting:
            line, extra = waiting.pop(0)
            if (line, extra) not in self._seen:
                self._seen.add((line, extra))
                waiting += self._follow(line, extra, rows)
        return sorted(rows, key=str.lower)

    def _follow(self, line: str, extra: str, rows: dict[str, None]) -> list[tuple[str, str]]:
        from packaging.requirements import InvalidRequirement, Requirement

        try:
            wanted = Requirement(line)
        except InvalidRequirement:
            rows[f"{excerpt(line)} {NOT_FROM_THERE}"] = None
            return []
        if wanted.marker and not wanted.marker.evaluate({**self._markers, "extra": extra}):
            return []
        if canonical(wanted.name) in self._own:
            return []
        found = self._fitting(wanted)
        if not found:
            rows[self._told(wanted)] = None
            return []
        # Of several versions, it is the resolver's to choose.
        if self._complete or len({file.pin.version for file in found}) > 1:
            return []
        return [(need, one) for need in needs(path_of(found[0])) for one in (wanted.extras or {""})]

    def _fitting(self, wanted: Wanted) -> list[MirrorFile]:
        if wanted.url:
            return []
        there = [file for file in self._named(wanted) if self._accepts[file.pin.url]]
        return [file for file in there if wanted.specifier.contains(file.pin.version, prereleases=True)]

    def _named(self, wanted: Wanted) -> tuple[MirrorFile, ...]:
        return self._bundle.named(canonical(wanted.name))

    def _told(self, wanted: Wanted) -> str:
        if wanted.url:
            return f"{wanted.name} @ {excerpt(wanted.url)} {NOT_FROM_THERE}"
        names = [path_of(file).name for file in self._named(wanted)]
        return f"{excerpt(str(wanted).partition(';')[0].strip())} (there is {_listed(names)})"


def needs(wheel: Path) -> list[str]:
    """What the wheel's metadata says that it needs, conditions included."""
    import zipfile
    from email.parser import HeaderParser

    try:
        with zipfile.ZipFile(wheel) as archive:
            name = next(name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
            text = archive.read(name).decode("utf-8", errors="replace")
    # zipfile lets through what its decompressors, and entries in ways that it doesn't know, raise.
    except (OSError, StopIteration, EOFError, RuntimeError, ValueError, zipfile.BadZipFile, zlib.error):
        return []
    return [str(line) for line in HeaderParser().parsestr(text).get_all("Requires-Dist", [])]


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - NAMES_SHOWN} more" if len(names) > NAMES_SHOWN else ""
    return ", ".join(names[:NAMES_SHOWN]) + more or "none"
