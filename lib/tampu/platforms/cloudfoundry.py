"""Cloud Foundry: bin/supply for every buildpack of an app, bin/finalize for the last one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from tampu.build.evidence import evidence
from tampu.build.model import Target
from tampu.build.story import finished, supplied, supplied_before
from tampu.build.tasks.stack_links import point
from tampu.envs.editables import WAY
from tampu.platforms.cloudfoundry_files import launch_yml, of_supply
from tampu.platforms.cloudfoundry_folders import (
    copy_profiles,
    link_folders,
    multi_supply,
    of_earlier,
    variables_of_earlier,
)
from tampu.platforms.cloudfoundry_services import secrets_of_services
from tampu.platforms.launch_files import env_of, launch_files
from tampu.platforms.surroundings import Usage, open_world
from tampu.values import dataclass, field, replace
from tampu.world import files

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tampu.build.model import Outcome
    from tampu.world import World
    from tampu.world.console import Console

SUPPLY = ("BUILD_DIR", "CACHE_DIR", "DEPS_DIR", "IDX")
FINALIZE = (*SUPPLY, "PROFILE_DIR")
# All of it is moved: /tmp/app becomes /home/vcap/app, and /tmp/contents…/deps becomes /home/vcap/deps.
APP_AT_LAUNCH = "../../../app"
# What the platform sets; all other variables are the user's own, or say what is bound to the app.
OF_PLATFORM = frozenset(
    {
        *("HOME", "PATH", "PWD", "OLDPWD", "SHLVL", "_", "USER", "LOGNAME", "SHELL", "TERM", "HOSTNAME", "TMPDIR"),
        *("LANG", "LC_ALL", "LANGUAGE", "MEMORY_LIMIT", "PORT", "STACK", "DEPS_DIR", "INSTANCE_INDEX"),
    }
)
PREFIX_OF_PLATFORM = "CF_"


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """The folders of a call, and the number that this buildpack has among those of the app."""

    app: Path
    cache: Path
    deps: Path
    index: str
    profile: Path
    environ: Mapping[str, str] = field(default_factory=dict)

    @property
    def layers(self) -> Path:
        return self.deps / self.index

    @property
    def user_env(self) -> Mapping[str, str]:
        return {
            name: value
            for name, value in self.environ.items()
            if name not in OF_PLATFORM and not name.startswith(PREFIX_OF_PLATFORM)
        }

    @property
    def target(self) -> Target:
        """Other buildpacks' variables are for the user's code too, and no secret of the user's."""
        user_env = {**variables_of_earlier(self.deps, self.index), **self.user_env}
        return Target(app=self.app, layers=self.layers, user_env=user_env)


def read_call(expected: tuple[str, ...], argv: Sequence[str], environ: Mapping[str, str]) -> Call:
    """The platform's name for its base image is CF_STACK here."""
    entry = "supply" if expected == SUPPLY else "finalize"
    fits = len(argv) == len(expected) and argv[3].isdecimal() and all(Path(argv[at]).is_dir() for at in (0, 2))
    if not fits:
        raise Usage(entry, " ".join(expected), argv)
    app, cache, deps, index, profile = (*argv, "")[:5]
    return Call(
        app=Path(app).resolve(),
        cache=Path(cache).absolute(),
        deps=Path(deps).resolve(),
        index=index,
        profile=Path(profile).absolute(),
        environ={"STACK": environ.get("CF_STACK", ""), **environ},
    )


def supply(call: Call, say: Console) -> int:
    """Python and packages, where other buildpacks look for them. Another buildpack may have the last word."""
    target, world = call.target, _world(call, say)
    outcome = supplied(target, world)
    _point(call, APP_AT_LAUNCH)
    changes = env_of(outcome)
    files.write(call.layers, (*evidence(outcome), *of_supply(changes, target, call.index, call.environ)))
    link_folders(changes, call.layers, call.app)
    return 0


def finalize(call: Call, say: Console) -> int:
    """What serves the app, and the environment that all buildpacks have supplied."""
    carried = call.app / ".tampu"
    target, world = replace(call.target, carried=carried), _world(call, say)
    _point(call, str(call.app))
    outcome = finished(supplied_before(target, world), target, world)
    _point(call, APP_AT_LAUNCH)
    files.write(call.app, launch_files(outcome))
    _link_layers(outcome, carried, call.index)
    files.write(call.layers, (launch_yml(outcome.plan.defaults),))
    files.write(call.profile, (multi_supply(call.deps),))
    copy_profiles(call.deps, call.profile)
    return 0


def _world(call: Call, say: Console) -> World:
    say.hide(secrets_of_services(call.environ))
    environ = {**call.environ, **of_earlier(call.deps, call.index, call.environ)}
    return open_world(call.cache, call.user_env, environ, say)


def _point(call: Call, to: str) -> None:
    """The link of editable projects leads to where the app is now, or to where it is going to be."""
    link = call.layers / "site" / WAY
    if link.is_symlink():
        point(link, to)


def _link_layers(outcome: Outcome, carried: Path, index: str) -> None:
    """What starts the app finds everything in `.tampu`; what a build on a laptop left there goes."""
    for name in (layer.name for layer in outcome.layers):
        place = carried / name
        if not place.is_symlink():
            files.remove(place)
        point(place, f"../../deps/{index}/{name}")
