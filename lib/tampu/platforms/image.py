"""`tampu image`: an app as an OCI image that runs anywhere, made without a daemon."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from tampu.build.model import Target
from tampu.build.story import build, plan_only
from tampu.platforms import local
from tampu.platforms.image_base import read_base
from tampu.platforms.image_builder import APP, LAYERS, find_builder, make
from tampu.platforms.image_content import (
    containerfile,
    contents,
    drop_not_served,
    layers_file,
    newest,
    open_to_all,
    read_left_out,
)
from tampu.platforms.image_names import in_cluster, read_reference
from tampu.platforms.image_processes import refuse_nothing
from tampu.values import dataclass
from tampu.world import files
from tampu.world.files import File

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping, Sequence

    from tampu.build.model import Build
    from tampu.platforms.image_base import Base
    from tampu.world import World
    from tampu.world.console import Console

LONGEST_TIME = 10
ABOUT = "make an OCI image of the app with buildah or podman: no daemon, no Dockerfile"


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """What somebody has asked for; `variables` are seen by the app's own code while it is built, and not kept."""

    app: Path
    tag: str | None = None
    base: str | None = None
    variables: tuple[str, ...] = ()
    planning: bool = False
    environ: Mapping[str, str]
    say: Console


def add_options(command: argparse.ArgumentParser) -> None:
    command.add_argument("app", type=Path, metavar="APP", help="the app's folder")
    command.add_argument("--tag", metavar="NAME:TAG", help="the image's name; else that of the folder, and latest")
    command.add_argument("--base", metavar="IMAGE", help="what it is put on; else this machine's distribution")
    command.add_argument(
        "--env",
        action="append",
        default=[],
        metavar="NAME[=VALUE]",
        help="a variable for the app's own code while it is built; it is not kept in the image",
    )
    command.add_argument("--plan", action="store_true", help="say what would be done, and do nothing")
    command.add_argument("--quiet", action="store_true", help="say nothing but notices and errors")


def read_call(options: argparse.Namespace, environ: Mapping[str, str], say: Console) -> Call:
    return Call(
        app=options.app,
        tag=options.tag,
        base=options.base,
        variables=tuple(options.env),
        planning=options.plan,
        environ=environ,
        say=say,
    )


def main(options: argparse.Namespace, environ: Mapping[str, str], say: Console) -> int:
    return image(read_call(options, environ, say))


def image(call: Call) -> int:
    """All that could be in the way is looked at before anything is built."""
    source = local.read_target(call.app, None, call.environ).app
    tag = read_reference("--tag", call.tag or f"{in_cluster(source.name)}:latest")
    base = read_base(call.base)
    world = local.open_world(call.app, call.environ, call.say)
    if call.planning:
        return _plan(source, tag, base, call, world)
    builder = find_builder(call.environ)
    with world.cache.workshop() as bench:
        _fill(bench, source, base, call, world)
        call.say.step(f"Making the image {tag}")
        call.say.detail(f"On {base.image}: {base.because}")
        make(builder, bench, tag, base, _moment(source, call.environ), world)
    call.say.rest()
    call.say.detail(f"Made {tag}. Run it:")
    call.say.detail(f"podman run --rm --read-only --publish 127.0.0.1:8000:8000 {tag}")
    return 0


def _plan(source: Path, tag: str, base: Base, call: Call, world: World) -> int:
    target = Target(app=source, layers=source / ".tampu", user_env=read_variables(call.variables, call.environ))
    plan = plan_only(target, world)
    refuse_nothing(plan)
    call.say.step(f"Planning the image {tag}")
    call.say.detail(f"On {base.image}: {base.because}")
    for file in _instructions(base, [step.name for step in plan.steps], plan, source):
        call.say.detail(f"{file.path}:")
        call.say.detail(file.text)
    return 0


def _fill(bench: Path, source: Path, base: Base, call: Call, world: World) -> None:
    """The folder that an image is made of: a copy of the app, built as a platform would, and what to do with it."""
    app = bench / "app"
    files.copy(source, app, read_left_out(source))
    target = Target(app=app, layers=app / ".tampu", user_env=read_variables(call.variables, call.environ))
    outcome = build(target, world)
    refuse_nothing(outcome.plan)
    files.write(app, contents(outcome))
    drop_not_served(target.layers)
    open_to_all(app)
    names = [layer.name for layer in outcome.layers]
    (bench / "layers").mkdir()
    for name in names:
        (target.layers / name).rename(bench / "layers" / name)
    files.write(bench, _instructions(base, names, outcome.plan, source))


def _instructions(base: Base, names: Sequence[str], plan: Build, source: Path) -> tuple[File, ...]:
    return (
        File(path=LAYERS, text=layers_file(base, names)),
        File(path=APP, text=containerfile(base, plan, source.name)),
    )


def read_variables(words: Sequence[str], environ: Mapping[str, str]) -> dict[str, str]:
    """NAME=VALUE as it is, and of a NAME alone the value that it has here, if any."""
    split = (word.partition("=") for word in words)
    return {name: value if said else environ[name] for name, said, value in split if said or name in environ}


def _moment(source: Path, environ: Mapping[str, str]) -> int:
    """The time that all files of the image get: nginx tells browsers by it whether a file has changed."""
    told = environ.get("SOURCE_DATE_EPOCH", "")
    if told.isascii() and told.isdigit() and len(told) <= LONGEST_TIME:
        return int(told)
    return newest(source, read_left_out(source))
