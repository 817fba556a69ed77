"""The `site` layer: what config/dcrequirements.txt and the app's own files ask for, and nothing else."""

from __future__ import annotations

import hashlib
from contextlib import ExitStack
from typing import TYPE_CHECKING

from tampu.build.environ import apply, places
from tampu.build.model import EnvVar, Mode, Scope, Step, Work
from tampu.build.python_shelf import series_of
from tampu.envs import pips
from tampu.envs.bytecode import UNTIMED
from tampu.envs.clients import client_settings
from tampu.envs.editables import WAY, link_app
from tampu.envs.install import Job, install
from tampu.envs.last_resort import numbers
from tampu.envs.settle import settle, sweep
from tampu.envs.site import Site
from tampu.envs.supervision import digest_of_supervision
from tampu.envs.traces import gather, traces
from tampu.envs.wishes import write_wishes
from tampu.values import dataclass
from tampu.world.cache import Key
from tampu.world.environ import tool_env

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tampu.envs.tools import Tools
    from tampu.facts.requirements import Packages

# Raise it when the same requirements would now give other files.
LAYOUT = "2"
# What must be unchanged for an older environment to be built on.
GROUND = frozenset({"Python", "runtime", "CPU", "stack", "tampu's layout", "TAMPU_REFRESH", "system packages"})
ENV = (
    EnvVar("PATH", "{layers}/site/bin:{layers}/python/bin", Mode.PREPEND),
    EnvVar("PYTHONUNBUFFERED", "1", Mode.DEFAULT),
    EnvVar("PYTHONNOUSERSITE", "1", Mode.DEFAULT, Scope.LAUNCH),
    EnvVar("PYTHONHASHSEED", "random", Mode.DEFAULT, Scope.LAUNCH),
    EnvVar("LANG", "C.UTF-8", Mode.DEFAULT),
)
# An app that was copied without the times of its files would else have all bytecode written anew.
AS_IT_IS = (EnvVar("PYTHONDONTWRITEBYTECODE", "1", Mode.DEFAULT, Scope.LAUNCH),)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """All that decides what the environment will hold."""

    packages: Packages
    groups: tuple[str, ...]
    platform: str
    python: str
    installer: str
    tools: Tools
    settings: Mapping[str, str]
    ground: Mapping[str, str]
    changes: tuple[EnvVar, ...] = ()


def environment(wanted: Wanted) -> Step:
    return Step(
        name="site",
        title=f"Installing packages with {wanted.installer}",
        key=_key(wanted),
        # Only uv can turn an older environment into the one that is wanted.
        ground=GROUND if wanted.installer == "uv" else frozenset(),
        env=(*ENV, *(AS_IT_IS if numbers(wanted.python) < UNTIMED else ())),
        make=lambda work: _make(wanted, work),
    )


def _key(wanted: Wanted) -> Key:
    client = client_settings(wanted.settings)
    index = {name: value for name, value in client.items() if "INDEX" in name or "LINKS" in name}
    return Key(
        {
            **wanted.ground,
            "tampu's layout": LAYOUT,
            "installer": f"{wanted.installer} {_version_of_installer(wanted)}",
            "package manager": wanted.packages.manager,
            "groups of packages": ", ".join(wanted.groups) or "none",
            "config/dcrequirements.txt": _digest(wanted.platform),
            "what supervisord loads": digest_of_supervision(),
            "settings of the package index": _digest(repr(sorted(index.items()))),
            **wanted.packages.sources,
        }
    )


def _version_of_installer(wanted: Wanted) -> str:
    own = pips.version_for(series_of(wanted.python), wanted.tools)
    return own if wanted.installer == "pip" else wanted.tools.versions[wanted.installer]


def _make(wanted: Wanted, work: Work) -> None:
    world, packages = work.world, wanted.packages
    app = work.target.app / packages.root
    site = Site(work.place, series_of(wanted.python))
    site.library.mkdir(parents=True, exist_ok=True)
    earlier = site.names()
    with world.cache.workshop() as bench, ExitStack() as afterwards:
        afterwards.callback(gather, work.place, app, packages.local, traces(app, packages.local))
        wishes = write_wishes(packages, wanted.platform, app, bench)
        job = Job(
            site=site,
            python=work.target.python,
            app=app,
            packages=packages,
            wishes=wishes,
            tools=wanted.tools,
            world=world,
            more=_more(wanted, work),
        )
        install(job, wanted.installer)
    if earlier - site.names():
        sweep(site.root)
        site.library.mkdir(parents=True, exist_ok=True)
    settle(site, app, work.target.python, world, wanted.ground, way=site.root / WAY / packages.root)
    link_app(site, work.target.app)


def _more(wanted: Wanted, work: Work) -> Mapping[str, str]:
    """Where compilers find the interpreter, which has been moved since it was made, and the distribution's packages."""
    environ = {"PATH": tool_env(work.world.environ)["PATH"], **places(work.target, work.world.environ)}
    libraries = EnvVar("LIBRARY_PATH", "{layers}/python/lib", Mode.PREPEND)
    # Python 2 looks for its own below the prefix, which is the environment.
    headers = EnvVar("CPATH", f"{{layers}}/python/include/python{series_of(wanted.python)}", Mode.PREPEND)
    interpreter = (libraries, headers) if wanted.python.startswith("2.") else (libraries,)
    return apply((*interpreter, *wanted.changes), environ, layers=work.target.layers, app=work.target.app)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
