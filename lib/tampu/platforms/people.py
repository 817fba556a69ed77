"""`tampu`, the command for people."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from tampu import __version__
from tampu.build.story import build, plan_only
from tampu.errors import TampuError
from tampu.platforms import bundle, doctor, image, kubernetes, local, up
from tampu.platforms.calling import Parser
from tampu.platforms.up_port import USUAL

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Mapping, Sequence

    from tampu.build.model import Build, Outcome
    from tampu.platforms.up import Attempt
    from tampu.world.console import Console

    Become = Callable[[Path, list[str], dict[str, str]], NoReturn]

BUILD = "make the app's environment: its Python and its packages"
UP = "build if anything changed, serve it on this machine, and follow the app's changes"
DOCTOR = "say all that would stop a build of the app, or stop it from starting, and change nothing"
DEPLOY = "bring an app to where it runs"
RUN = "build if anything changed, then run the web process of the app's Procfile, or a command, in its environment"
# None of these is of this floor: the entry point goes there before it comes here.
ELSEWHERE = {
    "daemon": "start any program in the background, know how it is, and stop all of it",
    "service": "set up what must always run on this machine, from a file; more with `tampu service --help`",
    "serve": "serve what a config of PasteDeploy describes; more with `tampu serve --help`",
    "create": "make a new project out of templates; more with `tampu create --help`",
    "remote": "run a script on another machine as if it were here; more with `tampu remote --help`",
    "exe": "do what section [exe] of a config says, as the config itself does when it begins with #! and tampu",
}
ERRANDS = {
    "points": "list the entry points of what an app has installed, by which configs name its parts",
    "request": "make one GET request to the app of a config, without a server",
    "post": "make one POST request to it, with what stands on standard input",
    "make-config": "make a config for an app that is installed",
    "setup-app": "have an app set up what it needs, by its websetup module",
}


class NoProcess(TampuError):
    reason = "local::no-process"
    exit_code = 2

    def __init__(self, plan: Build) -> None:
        known = ", ".join(_own_processes(plan)) or "no Procfile"
        serve = "Serve it: tampu up APP\nOr name a command: " if plan.stack else "Add one: "
        super().__init__(
            title="There is nothing to run",
            found=f"no command, and no process web (there is: {known})",
            expected="a Procfile with a process web, or a command",
            todo=f"{serve}tampu run APP -- python app.py",
        )


def plainly(work: Callable[[], int]) -> int:
    return work()


def main(
    argv: Sequence[str],
    environ: Mapping[str, str],
    say: Console,
    become: Become = os.execve,
    attempt: Attempt = plainly,
) -> int:
    """`become` turns this process into the app's, which so gets its signals and its terminal."""
    words, command = _split(argv)
    options = _parser().parse_args(words)
    if options.quiet:
        say.hush()
    plain = {"build": _build, "bundle": bundle.main, "deploy": kubernetes.main, "doctor": _doctor, "image": image.main}
    if options.command in plain:
        return plain[options.command](options, environ, say)
    if options.command == "up":
        return up.up(_call(options, environ, say, attempt))
    run, words = _run(options, command, environ, say)
    return become(run, words, dict(environ))


def _split(argv: Sequence[str]) -> tuple[list[str], list[str]]:
    """What stands behind `--` is a command of the app's."""
    words = list(argv)
    at = words.index("--") if "--" in words else len(words)
    return words[:at], words[at + 1 :]


def _parser() -> Parser:
    parser = Parser(prog="tampu", description="From a laptop to production for any Python app.")
    parser.add_argument("--version", action="version", version=f"tampu {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, about in (("build", BUILD), ("run", RUN)):
        command = commands.add_parser(name, help=about, description=about)
        command.add_argument("app", type=Path, metavar="APP", help="the app's folder")
        command.add_argument("--out", type=Path, metavar="DIR", help="build a copy there, and leave APP as it is")
        command.add_argument("--quiet", action="store_true", help="say nothing but notices and errors")
    _add_up(commands.add_parser("up", help=UP, description=UP))
    command = commands.add_parser("doctor", help=DOCTOR, description=DOCTOR)
    command.add_argument("app", type=Path, metavar="APP", help="the app's folder")
    command.add_argument("--quiet", action="store_true", help="say nothing but what is wrong")
    command.add_argument("--json", action="store_true", help="write what was found to stdout for a program")
    bundle.add_options(commands.add_parser("bundle", help=bundle.ABOUT, description=bundle.ABOUT))
    image.add_options(commands.add_parser("image", help=image.ABOUT, description=image.ABOUT))
    kubernetes.add_places(commands.add_parser("deploy", help=DEPLOY, description=DEPLOY))
    for name, about in {**ELSEWHERE, **ERRANDS}.items():
        commands.add_parser(name, help=about, add_help=False)
    command = commands.choices["build"]
    command.add_argument("--plan", action="store_true", help="say what would be done, and do nothing")
    command.add_argument("--explain", action="store_true", help="say why each step ran, and how long it took")
    command.add_argument("--json", action="store_true", help="write the plan or the result to stdout for a program")
    return parser


def _add_up(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "app", type=Path, metavar="APP", nargs="?", default=Path(), help="the app's folder; else this one"
    )
    command.add_argument("--port", metavar="N", help=f"listen there; else $PORT, or {USUAL}, or the next that is free")
    command.add_argument("--no-reload", action="store_false", dest="reload", help="leave changes of the app alone")
    command.add_argument(
        "--quiet", action="store_true", help="show nothing but notices, errors and the app's own lines"
    )


def _call(options: argparse.Namespace, environ: Mapping[str, str], say: Console, attempt: Attempt) -> up.Call:
    return up.Call(
        app=options.app,
        port=options.port,
        reload=options.reload,
        environ=environ,
        say=say,
        attempt=attempt,
    )


def _build(options: argparse.Namespace, environ: Mapping[str, str], say: Console) -> int:
    world = local.open_world(options.app, environ, say)
    if options.json:
        say.hush()
    if options.plan:
        plan = plan_only(local.read_target(options.app, None, environ), world)
        if options.json:
            say.document(_as_json(plan))
        return 0
    target = local.read_target(options.app, options.out, environ)
    outcome = build(target, world)
    local.publish(outcome, target)
    if options.explain:
        _explain(outcome, say)
    if options.json:
        say.document(_as_json(outcome.plan))
    say.rest()
    say.detail(f"Built {target.layers}")
    return 0


def _doctor(options: argparse.Namespace, environ: Mapping[str, str], say: Console) -> int:
    target = local.read_target(options.app, None, environ)
    if options.json:
        say.hush()
    say.step(f"Examining {target.app}")
    findings = doctor.examine(target, local.open_world(options.app, environ, say))
    if options.json:
        say.document(findings.as_json())
    else:
        findings.tell(say)
    return 1 if findings.troubles else 0


def _run(
    options: argparse.Namespace, command: list[str], environ: Mapping[str, str], say: Console
) -> tuple[Path, list[str]]:
    """The program to start and its words, once the app is built."""
    target = local.read_target(options.app, options.out, environ)
    outcome = build(target, local.open_world(options.app, environ, say))
    local.publish(outcome, target)
    line = _own_processes(outcome.plan).get("web")
    words = command or (["sh", "-c", line] if line else [])
    if not words:
        raise NoProcess(outcome.plan)
    say.step(f"Running {' '.join(command) or line}")
    say.rest()
    run = target.layers / "run"
    return run, [str(run), *words]


def _own_processes(plan: Build) -> Mapping[str, str]:
    """Without the stack's, which has a home of its own: `tampu up` starts it."""
    return {name: line for name, line in plan.processes.items() if name not in plan.defaults}


def _explain(outcome: Outcome, say: Console) -> None:
    say.step("Explaining")
    for layer in outcome.layers:
        reasons = "; ".join(layer.reasons) or "nothing changed"
        say.detail(f"{layer.name}: {layer.seconds:.2f} s: {reasons}")
    for name, seconds in outcome.seconds.items():
        say.detail(f"{name}: {seconds:.2f} s: done in every build")


def _as_json(plan: Build) -> str:
    steps = [{"name": step.name, "title": step.title, "key": dict(step.key.parts)} for step in plan.steps]
    document = {
        "python": plan.python.version,
        "manager": plan.manager,
        "choices": [{"what": choice.what, "because": choice.because} for choice in plan.choices],
        "steps": steps,
        "tasks": [task.name for task in plan.tasks],
        "processes": dict(plan.processes),
        "notices": [{"name": notice.name, "text": notice.text} for notice in plan.notices],
    }
    return json.dumps(document, indent=2) + "\n"
