"""`tampu deploy kubernetes`: an app's image as objects of a cluster, one file for `kubectl apply`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from tampu.build.model import Target
from tampu.build.story import plan_only
from tampu.platforms import local
from tampu.platforms.image_names import in_cluster, read_reference
from tampu.platforms.image_processes import refuse_nothing
from tampu.platforms.kubernetes_objects import objects
from tampu.platforms.kubernetes_wish import Wish, cpu, host, kept, memory, name, number
from tampu.values import dataclass
from tampu.world import files

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable, Mapping

    from tampu.platforms.kubernetes_objects import Object
    from tampu.world.console import Console

ABOUT = "write the objects that run an image of the app in a Kubernetes cluster; secrets are named, never written"


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """`out` is None for stdout."""

    app: Path
    out: Path | None
    wish: Wish
    environ: Mapping[str, str]
    say: Console


def add_places(command: argparse.ArgumentParser) -> None:
    """`tampu deploy PLACE`, with what this place asks for."""
    places = command.add_subparsers(dest="place", required=True, metavar="PLACE")
    add_options(places.add_parser("kubernetes", help=ABOUT, description=ABOUT))
    command.set_defaults(quiet=False)


def add_options(command: argparse.ArgumentParser) -> None:
    command.add_argument("app", type=Path, metavar="APP", help="the app's folder")
    command.add_argument("--image", required=True, metavar="IMAGE", help="the image, as `tampu image` has made it")
    command.add_argument("--out", type=Path, metavar="FILE", help="write them there; else to stdout")
    command.add_argument("--name", metavar="NAME", help="the name of all of them; else that of the folder")
    command.add_argument("--host", metavar="HOST", help="a name that an Ingress answers to")
    command.add_argument("--replicas", metavar="N", default="2", help="as many pods of web at least; 2 if not said")
    command.add_argument("--most", metavar="N", help="as many at most; five times the least if not said")
    command.add_argument("--memory", metavar="M", default="512Mi", help="what a pod may have; 512Mi if not said")
    command.add_argument("--cpu", metavar="C", default="250m", help="what a pod is sure to get; 250m if not said")
    command.add_argument(
        "--drain", metavar="SECONDS", default="8", help="how long requests may take to end; 8 if not said"
    )
    command.add_argument("--config", metavar="NAME", help="a ConfigMap with variables; else NAME-config, if there")
    command.add_argument("--secret", metavar="NAME", help="a Secret with variables; else NAME-secret, if there")


def read_call(options: argparse.Namespace, environ: Mapping[str, str], say: Console) -> Call:
    """Every option is looked at before anything is done."""
    replicas = number("--replicas", options.replicas, least=1)
    wish = Wish(
        name=name("--name", options.name) if options.name else in_cluster(options.app.resolve().name),
        image=read_reference("--image", options.image),
        host=host("--host", options.host) if options.host else None,
        replicas=replicas,
        most=number("--most", options.most, least=replicas) if options.most else 5 * replicas,
        memory=memory("--memory", options.memory),
        cpu=cpu("--cpu", options.cpu),
        drain=number("--drain", options.drain, least=1),
        config=kept("--config", options.config),
        secret=kept("--secret", options.secret),
    )
    return Call(app=options.app, out=options.out, wish=wish, environ=environ, say=say)


def main(options: argparse.Namespace, environ: Mapping[str, str], say: Console) -> int:
    return deploy(read_call(options, environ, say))


def deploy(call: Call) -> int:
    if call.out is None:
        call.say.hush()
    source = local.read_target(call.app, None, call.environ).app
    world = local.open_world(call.app, call.environ, call.say)
    plan = plan_only(Target(app=source, layers=source / ".tampu"), world)
    refuse_nothing(plan)
    text = as_yaml(objects(call.wish, plan.processes))
    if call.out is None:
        call.say.document(text)
        return 0
    place = call.out.absolute()
    place.parent.mkdir(parents=True, exist_ok=True)
    files.replace(place, text)
    call.say.step(f"Wrote {place}")
    call.say.detail(f"kubectl apply --filename {call.out}")
    return 0


def as_yaml(found: Iterable[Object]) -> str:
    import yaml

    text: str = yaml.safe_dump_all(found, sort_keys=False, explicit_start=True, width=120)
    return text
