"""The `site` layer: what config/dcrequirements.txt and the app's own files ask for, and nothing else."""

from __future__ import annotations

import hashlib
import re
import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tampu.build.environ import NO_BYTECODE
from tampu.build.model import EnvVar, Mode, Scope, Step, Work
from tampu.envs import pip, uv
from tampu.envs.clients import client_settings, uv_options
from tampu.envs.explain import Conflict, explained
from tampu.envs.provenance import note_pins, repinned, spoilt
from tampu.envs.settle import settle
from tampu.envs.site import Site
from tampu.envs.traces import gather, traces
from tampu.world.cache import Key
from tampu.world.environ import tool_env
from tampu.world.run import CommandFailed

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tampu.envs.tools import Tools
    from tampu.facts.requirements import Packages, Requirement

# Raise it when the same requirements would now give other files.
LAYOUT = "1"
NO_INDEX = "--no-index"
# What must be unchanged for an older environment to be built on.
GROUND = frozenset({"Python", "runtime", "CPU", "stack", "tampu's layout"})
ENV = (
    EnvVar("PATH", "{layers}/site/bin:{layers}/python/bin", Mode.PREPEND),
    EnvVar("PYTHONUNBUFFERED", "1", Mode.DEFAULT),
    EnvVar("PYTHONNOUSERSITE", "1", Mode.DEFAULT, Scope.LAUNCH),
    EnvVar("PYTHONHASHSEED", "random", Mode.DEFAULT, Scope.LAUNCH),
    EnvVar("LANG", "C.UTF-8", Mode.DEFAULT),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """All that decides what the environment will hold."""

    packages: Packages
    platform: str
    python: str
    installer: str
    tools: Tools
    settings: Mapping[str, str]
    ground: Mapping[str, str]


def environment(wanted: Wanted) -> Step:
    return Step(
        name="site",
        title=f"Installing packages with {wanted.installer}",
        key=_key(wanted),
        # Only uv can turn an older environment into the one that is wanted.
        ground=GROUND if wanted.installer == "uv" else frozenset(),
        env=ENV,
        make=lambda work: _make(wanted, work),
    )


def _key(wanted: Wanted) -> Key:
    client = client_settings(wanted.settings)
    index = {name: value for name, value in client.items() if "INDEX" in name or "LINKS" in name}
    return Key(
        {
            **wanted.ground,
            "tampu's layout": LAYOUT,
            "installer": f"{wanted.installer} {wanted.tools.versions[wanted.installer]}",
            "package manager": wanted.packages.manager,
            "config/dcrequirements.txt": _digest(wanted.platform),
            "settings of the package index": _digest(repr(sorted(index.items()))),
            **wanted.packages.sources,
        }
    )


def _make(wanted: Wanted, work: Work) -> None:
    site = _site(wanted, work)
    site.library.mkdir(parents=True, exist_ok=True)
    python = work.target.layers / "python" / "bin" / "python3"
    with work.world.cache.workshop() as bench:
        wanted_files = _requirement_files(wanted, work.target.app, bench)
        before = traces(work.target.app, wanted.packages.local)
        try:
            _install(wanted, work, python, wanted_files)
        except CommandFailed as error:
            raise explained(error) from error
        finally:
            gather(work.place, work.target.app, wanted.packages.local, before)
    note_pins(site, _pins(wanted.packages))
    settle(site, work.target.app, python, work.world)


def _install(wanted: Wanted, work: Work, python: Path, wanted_files: tuple[Path, Path]) -> None:
    env = {**tool_env(work.world.environ), **client_settings(wanted.settings), **NO_BYTECODE}
    app = work.target.app
    run = work.world.run
    platform, own = (("-r", str(file)) for file in wanted_files)
    deps = ("--no-deps",) if wanted.packages.complete else ()
    if wanted.installer == "uv":
        env["UV_CACHE_DIR"] = str(work.world.cache.folder("uv"))
        options = (*uv_options(wanted.settings), *deps)
        if NO_INDEX in wanted.packages.options:
            # The app's folders don't have our packages; once installed, they are not looked for there.
            run.run(uv.install(wanted.tools.uv, python, (*options, *platform), app, env))
        site, pins = _site(wanted, work), _pins(wanted.packages)
        words = (*options, *platform, *own)
        run.run(uv.install(wanted.tools.uv, python, (*uv.anew(repinned(site, pins)), *words), app, env))
        if odd := spoilt(site):
            work.world.say.detail(f"Changed in uv's cache, and fetched anew: {', '.join(odd)}")
            run.run(uv.forget(wanted.tools.uv, odd, python, env))
            run.run(uv.install(wanted.tools.uv, python, (*uv.anew(odd), *words), app, env))
    else:
        env["PIP_CACHE_DIR"] = str(work.world.cache.folder("pip"))
        run.run(pip.install(wanted.tools.pip, python, platform, app, env))
        run.run(pip.install(wanted.tools.pip, python, (*deps, *own), app, env))
    try:
        run.ask(uv.check(wanted.tools.uv, python, env))
    except CommandFailed as error:
        raise Conflict(error.output) from error


def _site(wanted: Wanted, work: Work) -> Site:
    return Site(work.place, wanted.python.rpartition(".")[0])


def _pins(packages: Packages) -> dict[str, tuple[str, ...]]:
    return {each.name: each.hashes for each in packages.requirements if each.name and each.hashes}


def _requirement_files(wanted: Wanted, app: Path, bench: Path) -> tuple[Path, Path]:
    named = {requirement.name for requirement in wanted.packages.requirements}
    platform, own, constraints = (bench / name for name in ("platform.txt", "app.txt", "constraints.txt"))
    platform.write_text(without(wanted.platform, named), encoding="utf-8")
    constraints.write_text(_lines(wanted.packages.constraints), encoding="utf-8")
    options = [*(_rooted(option, app) for option in wanted.packages.options), f"-c {shlex.quote(str(constraints))}"]
    own.write_text("".join(f"{line}\n" for line in options) + _lines(wanted.packages.requirements), encoding="utf-8")
    return platform, own


def _rooted(option: str, app: Path) -> str:
    """Folders of wheels count from the app, and not from the file that is written here."""
    name, _, value = option.partition("=")
    inside = name == "--find-links" and "://" not in value
    return f"{name}={shlex.quote(str(app / value))}" if inside else option


def _lines(requirements: tuple[Requirement, ...]) -> str:
    return "".join(
        " ".join((requirement.line, *(f"--hash={digest}" for digest in requirement.hashes))) + "\n"
        for requirement in requirements
    )


def without(platform: str, own: set[str | None]) -> str:
    """Our requirements but for those that the app names itself: its line wins."""
    blocks = re.split(r"(?m)^(?=[A-Za-z0-9])", platform)
    return "".join(block for block in blocks if not _name(block) or _name(block) not in own)


def _name(block: str) -> str | None:
    match = re.match(r"[A-Za-z0-9][\w.-]*", block)
    return re.sub(r"[-_.]+", "-", match[0]).lower() if match else None


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
