"""`tampu service`: what must always run on a machine, from a file that describes it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from tampu.platforms.calling import Parser
from tampu.service.control import find
from tampu.service.desk import Desk
from tampu.service.supervisord import answering
from tampu.service.wish import read_file

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping, Sequence

    from tampu.service.planning import Plan
    from tampu.world.console import Console

ABOUT = "set up what must always run on this machine, under systemd or supervisord, from a file that describes it"
COMMANDS = {
    "init": "set it up, or bring it to what the file says now, and start what has changed",
    "plan": "show every file, user and command of it, and do nothing",
    "start": "start it, and wait until it has stayed for a moment",
    "stop": "stop it, and wait until it is gone",
    "restart": "start it anew",
    "status": "say how it is; the exit code says it too: 0 runs, 1 failed, 3 stopped",
    "logs": "show what it wrote",
    "remove": "take away all that init has made, what the service has stored and logged included",
}
DECIDING = ("init", "plan")


def main(argv: Sequence[str], environ: Mapping[str, str], say: Console) -> int:
    options = _parser().parse_args(argv)
    if getattr(options, "json", False):
        say.hush()
    desk = Desk.open(environ, options.root, say)
    with answering():
        return _decide(options, desk) if options.action in DECIDING else _control(options, desk)


def _parser() -> Parser:
    parser = Parser(prog="tampu service", description=ABOUT)
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    for name, about in COMMANDS.items():
        action = actions.add_parser(name, help=about, description=about)
        known = "the file that describes it" + ("" if name in DECIDING else ", or its name")
        action.add_argument("file", metavar="FILE", help=known)
        action.add_argument("--root", type=Path, default=Path("/"), metavar="DIR", help="fill that folder instead of /")
    for name in DECIDING:
        actions.choices[name].add_argument("--yes", action="store_true", help="let apt-get install its dependencies")
    for name in ("plan", "status"):
        actions.choices[name].add_argument("--json", action="store_true", help="write it to stdout for a program")
    actions.choices["logs"].add_argument("-n", dest="lines", type=int, default=100, metavar="N", help="so many; 100")
    actions.choices["logs"].add_argument("-f", dest="follow", action="store_true", help="and what comes")
    return parser


def _decide(options: argparse.Namespace, desk: Desk) -> int:
    wish = read_file(Path(options.file))
    if options.action == "init":
        desk.set_up(wish, agreed=options.yes)
        return 0
    made, say = desk.plan(wish, agreed=options.yes), desk.machine.world.say
    if options.json:
        say.document(as_json(made))
        return 0
    for step in made.steps:
        say.step(step.title)
        say.detail("\n".join(step.shown))
    return 0


def _control(options: argparse.Namespace, desk: Desk) -> int:
    if options.action == "remove":
        desk.remove(options.file)
        return 0
    service = find(options.file, desk.machine)
    if options.action == "status":
        return service.status(as_json=options.json)
    if options.action == "logs":
        return service.logs(options.lines, follow=options.follow)
    return {"start": service.start, "stop": service.stop, "restart": service.restart}[options.action]()


def as_json(made: Plan) -> str:
    wish = made.wish
    document = {
        "name": wish.name,
        "user": wish.user,
        "backend": wish.backend,
        "paths": list(made.makes),
        "steps": [{"title": step.title, "does": list(step.shown)} for step in made.steps],
        "choices": [{"what": choice.what, "because": choice.because} for choice in made.choices],
    }
    return json.dumps(document, indent=2) + "\n"
