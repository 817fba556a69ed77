"""`tampu`, the command for people."""

from __future__ import annotations

import argparse
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from tampu import __version__
from tampu.build.story import build, plan_only
from tampu.errors import TampuError
from tampu.platforms import local

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from tampu.build.model import Build, Outcome
    from tampu.world.console import Console

    Become = Callable[[Path, list[str], dict[str, str]], NoReturn]

BUILD = "make the app's environment: its Python and its packages"
RUN = "build if anything changed, then run a process of the app, or a command, in its environment"


class Usage(TampuError):
    reason = "usage::command-line"
    exit_code = 2

    def __init__(self, message: str, usage: str) -> None:
        super().__init__(
            title="That is not a command line of tampu's",
            advice=f"Found:    {message}\nExpected: {usage}\n\n`tampu --help` explains each command.",
        )


class NoProcess(TampuError):
    reason = "local::no-process"
    exit_code = 2

    def __init__(self, processes: Mapping[str, str]) -> None:
        known = ", ".join(processes) or "no Procfile"
        super().__init__(
            title="There is nothing to run",
            advice=(
                f"Found:    no command, and no process web (there is: {known})\n"
                "Expected: a Procfile with a process web, or a command\n\n"
                "Add one: tampu run APP -- python app.py"
            ),
        )


class Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise Usage(message, " ".join(self.format_usage().split()).removeprefix("usage: "))


def main(argv: Sequence[str], environ: Mapping[str, str], say: Console, become: Become = os.execve) -> int:
    """`become` turns this process into the app's, which so gets its signals and its terminal."""
    words, command = _split(argv)
    options = _parser().parse_args(words)
    if options.quiet:
        say.hush()
    if options.command == "build":
        return _build(options, environ, say)
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
    command = commands.choices["build"]
    command.add_argument("--plan", action="store_true", help="say what would be done, and do nothing")
    command.add_argument("--explain", action="store_true", help="say why each step ran, and how long it took")
    command.add_argument("--json", action="store_true", help="write the plan or the result to stdout for a program")
    return parser


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


def _run(
    options: argparse.Namespace, command: list[str], environ: Mapping[str, str], say: Console
) -> tuple[Path, list[str]]:
    """The program to start and its words, once the app is built."""
    target = local.read_target(options.app, options.out, environ)
    outcome = build(target, local.open_world(options.app, environ, say))
    local.publish(outcome, target)
    line = outcome.plan.processes.get("web")
    words = command or (["sh", "-c", line] if line else [])
    if not words:
        raise NoProcess(outcome.plan.processes)
    say.step(f"Running {' '.join(command) or line}")
    say.rest()
    run = target.layers / "run"
    return run, [str(run), *words]


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
