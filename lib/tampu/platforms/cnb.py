"""Cloud Native Buildpacks: bin/build, as a lifecycle calls it to make the layers of an image."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from tampu import __version__
from tampu.build.model import Target
from tampu.build.story import build, own_tools
from tampu.build.tasks.stack_links import point
from tampu.envs import uv
from tampu.platforms.cnb_launch import environment_files, launch_toml
from tampu.platforms.cnb_layers import LAYERS, RestoredLayers, described, fold, unfold
from tampu.platforms.launch_files import env_of, launch_files
from tampu.platforms.surroundings import Usage, open_world, read_variables
from tampu.values import dataclass, replace
from tampu.world import files
from tampu.world.environ import tool_env
from tampu.world.files import File

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tampu.build.model import Outcome
    from tampu.world import World
    from tampu.world.console import Console

# Comes last in the alphabet, and so its variables are set after those of the other layers.
ENVIRONMENT = "tampu"
CACHE = "tampu-cache"
CARRIED = ".tampu"
# Each can be fetched again, and would have to be carried along by every build.
FETCHED = ("apt", "pip")
OF_TESTS = ("test", "dev")
OF_LAPTOPS = (*LAYERS, "home")


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """The folders that a lifecycle hands out, what the app's user has set, and the packages beside the usual ones."""

    app: Path
    layers: Path
    user_env: Mapping[str, str]
    groups: tuple[str, ...] = ()

    @property
    def target(self) -> Target:
        carried = self.app / CARRIED
        return Target(app=self.app, layers=self.layers, user_env=self.user_env, groups=self.groups, carried=carried)


def read_call(argv: Sequence[str], environ: Mapping[str, str]) -> Call:
    """A lifecycle starts it in the app, and says the rest in variables."""
    layers, platform = environ.get("CNB_LAYERS_DIR"), environ.get("CNB_PLATFORM_DIR")
    if not layers or not platform:
        raise Usage("build", "by a lifecycle, which sets CNB_LAYERS_DIR and CNB_PLATFORM_DIR", argv)
    return Call(
        app=Path.cwd(),
        layers=Path(layers).absolute(),
        user_env=read_variables(Path(platform) / "env"),
        groups=OF_TESTS if environ.get("CNB_EXEC_ENV") == "test" else (),
    )


def build_app(call: Call, environ: Mapping[str, str], say: Console) -> int:
    world = _world(call, environ, say)
    unfold(call.layers)
    clear(call.app / CARRIED)
    outcome = build(call.target, world)
    if any(layer.reasons for layer in outcome.layers):
        trim(world)
    publish(outcome, call)
    return 0


def _world(call: Call, environ: Mapping[str, str], say: Console) -> World:
    """What an image can run on depends on the system that it is for."""
    system = "-".join(filter(None, (environ.get(f"CNB_TARGET_DISTRO_{part}") for part in ("NAME", "VERSION"))))
    world = open_world(call.layers / CACHE, call.user_env, {**environ, "STACK": system}, say)
    return replace(world, cache=RestoredLayers(world.cache.root, call.layers))


def clear(carried: Path) -> None:
    """A folder in which somebody has built before brings layers that are for their own machine."""
    for name in OF_LAPTOPS:
        files.remove(carried / name)


def trim(world: World) -> None:
    """Keep what was built here. What was fetched as it is stands in the layers already."""
    folder = world.cache.folder("uv")
    world.run.ask(uv.prune(own_tools(world).uv, folder, {**tool_env(world.environ), "UV_CACHE_DIR": str(folder)}))
    for name in FETCHED:
        files.remove(world.cache.folder(name))


def publish(outcome: Outcome, call: Call) -> None:
    """All that a lifecycle takes from a build."""
    target, changes = call.target, env_of(outcome)
    files.write(call.app, launch_files(outcome))
    for layer in outcome.layers:
        point(target.dot_tampu / layer.name, str(fold(layer.path)))
        files.write(call.layers, (described(layer.name, "launch", "build", "cache", key=layer.key),))
    files.write(call.layers / ENVIRONMENT, environment_files(changes, layers=call.layers, app=call.app))
    labels = {"tampu.version": __version__, "tampu.python": outcome.plan.python.version}
    files.write(
        call.layers,
        (
            described(ENVIRONMENT, "launch", "build"),
            described(CACHE, "cache"),
            launch_toml(outcome.plan.processes, labels),
            File(path="launch.sbom.cdx.json", text=(target.dot_tampu / "sbom.cdx.json").read_text(encoding="utf-8")),
        ),
    )
