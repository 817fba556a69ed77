"""`tampu create`: a new project out of templates, and what is asked about one later."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from tampu.create import creating, ground, inspecting, sources, telling, updating
from tampu.create.call import Call
from tampu.create.names import BadName
from tampu.envs.last_resort import pinned_runtime
from tampu.envs.tools import obtain
from tampu.errors import TampuError
from tampu.platforms.calling import Parser, Usage
from tampu.platforms.surroundings import open_at_home
from tampu.world.house import house
from tampu.world.questions import Person

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tampu.world.console import Console

ABOUT = "Make a new project out of templates, or bring one to what its templates have become."
USAGE = "tampu create [options] PROJECT [var=value ...]"


class NoSubversion(TampuError):
    reason = "create::no-subversion"
    exit_code = 2

    def __init__(self, address: str) -> None:
        super().__init__(
            title="A project can't be put into Subversion by tampu",
            found=f"--svn-repository {address}",
            expected="the project alone",
            todo="Make it without that option, and import it: svn import PROJECT URL",
        )


def main(argv: Sequence[str], environ: Mapping[str, str], say: Console) -> int:
    options = parser().parse_intermixed_args(argv)
    if options.svn_repository:
        raise NoSubversion(options.svn_repository)
    if options.quiet or options.json:
        say.hush()
    world = open_at_home(environ, say)
    obtain(house() / "vendor" / "tools.lock", world, pinned_runtime)
    call = Call(options=options, world=world, person=Person())
    with world.cache.workshop() as bench:
        return _perform(call, sources.Sources(call.folder, world, bench))


def parser() -> Parser:
    made = Parser(prog="tampu create", description=ABOUT, usage=USAGE)
    add = made.add_argument
    add("words", nargs="*", metavar="PROJECT, var=value", help="its name; values for what its templates ask")
    add(
        "-t",
        "--template",
        action="append",
        default=[],
        metavar="NAME",
        help="a template, a folder that has one, or git+https://…; several if said so",
    )
    add(
        "-o",
        "--output-dir",
        type=Path,
        default=Path(),
        metavar="DIR",
        help="make the project's folder there; else here",
    )
    add("--list-templates", action="store_true", help="say which templates there are")
    add("--list-variables", action="store_true", help="say what the templates ask")
    add(
        "--inspect-files",
        action="store_true",
        help="say which template each file of the project came from, and whether it has been changed",
    )
    add(
        "--update",
        action="store_true",
        help="bring the project, or the one in this folder, to what its templates are now; keeps your changes",
    )
    add("--config", type=Path, metavar="FILE", help="values from that file, and new ones into it")
    _add_manners(made)
    return made


def _add_manners(made: Parser) -> None:
    add = made.add_argument
    add("-n", "--simulate", action="store_true", help="say all that would be done, and do nothing")
    add("--no-interactive", action="store_true", help="ask nothing")
    add("-f", "--overwrite", action="store_true", help="overwrite files that are there and differ")
    add("--trust", action="store_true", help="let templates of folders and repositories run what they want")
    add("--svn-repository", metavar="URL", help="no longer: tampu says what to do instead")
    add("--json", action="store_true", help="write the plan to stdout for a program")
    add("-q", "--quiet", action="store_true", help="say nothing but notices and errors")
    add("-v", "--verbose", action="store_true", help="show all differences")


def _perform(call: Call, known: sources.Sources) -> int:
    options = call.options
    if options.list_templates:
        telling.list_templates(known.listed(), call.say, as_json=options.json)
        return 0
    if options.list_variables:
        stack = known.stack(options.template or (sources.USUAL,))
        telling.list_variables(stack, call.say, as_json=options.json)
        return 0
    if not ground.is_possible(call.folder):
        raise BadName(call.folder.name)
    if options.update:
        return updating.update(call, known)
    if not call.project:
        raise Usage("no name of a project", USAGE)
    if options.inspect_files:
        return inspecting.inspect(call, known)
    return creating.create(call, known)
