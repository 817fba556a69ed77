"""`tampu create PROJECT`: what the templates make, beside what is there."""

from __future__ import annotations

import shlex
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from tampu.create import carry, configs, deciding, hooks, making, names, record, telling, variables
from tampu.create.rendering import render
from tampu.create.sources import USUAL
from tampu.values import dataclass
from tampu.world.console import Notice

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from tampu.create.call import Call
    from tampu.create.making import Generated
    from tampu.create.model import Template, Values, Variable
    from tampu.create.plan import Plan
    from tampu.create.sources import Sources


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """What is going to be: the plan, and what it was made of; `answers` are the values but for secrets."""

    plan: Plan
    stack: tuple[Template, ...]
    generated: Generated
    answers: Mapping[str, str]
    following: tuple[str, ...]


def create(call: Call, sources: Sources) -> int:
    simulated = call.options.simulate
    if not simulated and carry.settle(call.folder):
        call.say.detail(f"{shown(call.folder)}: what somebody was stopped at is done now")
    project = prepare(call, sources)
    doing = "Would make" if simulated else "Making"
    call.say.step(f"{doing} {shown(call.folder)} from {', '.join(each.name for each in project.stack)}")
    telling.tell(project.plan, call.say, with_differences=simulated or call.options.verbose)
    if not simulated:
        carry_out(project, call)
        done = "has all of it already" if project.plan.idle else "is made"
        call.say.step(f"{shown(call.folder)} {done}. Next:")
        for line in project.following:
            call.say.detail(line)
    if call.options.json:
        call.say.document(as_json(project, call))
    return 0


def prepare(call: Call, sources: Sources) -> Project:
    """Everything is known by then, and nothing done."""
    derived = names.derived(call.folder.name)
    before = record.read(call.folder)
    origin = before.origin if before else record.Origin(asked=(), used=(), answers={})
    asked = sources.addresses(origin.asked, call.options.template) or (USUAL,)
    stack = sources.stack(asked)
    wanted, said = variables.wanted(stack), call.said()
    _tell_unknown(said, (*derived, *(each.name for each in wanted)), call)
    values = variables.complete(wanted, {**derived, **origin.answers, **said}, call.questions)
    names.check_package(values)
    generated = making.generate(stack, values, wanted, call.folder)
    names.check_free(values["package"], generated.files, [name for template in stack for name in template.taken])
    answers = without_secrets(generated.values, wanted)
    records = record.files(
        record.Origin(asked=asked, used=record.used(stack), answers=answers), generated.files, generated.base
    )
    plan = making.plan(call.folder, generated.files.values(), records, call.differing)
    following = tuple(
        callable_here(line, call.world.environ) for line in commands(stack, generated.values, call.folder)
    )
    return Project(plan=plan, stack=stack, generated=generated, answers=answers, following=following)


def commands(stack: Sequence[Template], values: Values, folder: Path) -> tuple[str, ...]:
    """What to run next, as the last template says that knows it."""
    said = next((each for each in reversed(stack) if each.next), None)
    place = shlex.quote(shown(folder))
    if said is None:
        return (f"cd {place}", "tampu up")
    return tuple(render(line, {**values, "folder": place}, f"{said.name}: next") for line in said.next)


def callable_here(line: str, environ: Mapping[str, str]) -> str:
    """Whoever has called tampu by its path calls it like that again, and from another folder."""
    program = Path(sys.argv[0])
    if not line.startswith("tampu ") or shutil.which("tampu", path=environ.get("PATH", "")) or not program.is_file():
        return line
    return f"{shlex.quote(str(program.absolute()))} {line.removeprefix('tampu ')}"


def carry_out(project: Project, call: Call) -> None:
    plan = deciding.decide(project.plan, call.questions, call.say)
    stack = project.stack if call.options.trust else hooks.without(project.stack, call.say)
    values = project.generated.values
    hooks.before(stack, values, plan.folder, call.world)
    carry.carry_out(plan)
    if call.config:
        configs.write_back(call.config, project.answers)
    hooks.after(stack, values, plan.folder, call.world)


def without_secrets(values: Mapping[str, str], wanted: Iterable[Variable]) -> dict[str, str]:
    secret = {each.name for each in wanted if each.secret}
    return {name: value for name, value in values.items() if name not in secret}


def as_json(project: Project, call: Call) -> str:
    used = record.used(project.stack)
    done = not call.options.simulate
    return telling.as_json(project.plan, used, project.answers, project.following, done=done)


def _tell_unknown(said: Mapping[str, str], known: Sequence[str], call: Call) -> None:
    unknown = ", ".join(name for name in said if name not in known)
    if unknown:
        text = f"No template says that it asks for {unknown}. `tampu create --list-variables` says what they ask."
        call.say.notice(Notice(name="create-unknown-variable", text=text))


def shown(folder: Path) -> str:
    """As somebody in this folder would write it."""
    here = Path.cwd()
    return str(folder.relative_to(here)) if folder.is_relative_to(here) and folder != here else str(folder)
