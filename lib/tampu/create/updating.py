"""`tampu create --update`: a project is brought to what its templates have become, with all that was changed in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tampu.create import carry, making, record, secrets, telling, variables
from tampu.create.creating import shown, without_secrets
from tampu.create.installed import InstalledTemplate
from tampu.create.plan import Plan
from tampu.create.threeway import Three
from tampu.errors import TampuError
from tampu.values import replace

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from tampu.create.call import Call
    from tampu.create.model import Template
    from tampu.create.record import Origin
    from tampu.create.sources import Sources


class NotMade(TampuError):
    reason = "create::not-made"
    exit_code = 2

    def __init__(self, folder: Path) -> None:
        super().__init__(
            title=f"{folder} was not made by tampu create",
            found=f"no {record.ANSWERS} in {folder}",
            expected="the folder of a project that tampu create has made",
            todo=(
                "Name such a folder: tampu create --update FOLDER\n"
                "To add what a template makes to this one: tampu create --template NAME PROJECT in the folder above."
            ),
        )


class Conflicts(TampuError):
    reason = "create::conflicts"

    def __init__(self, paths: Sequence[str]) -> None:
        told = "\n".join(paths)
        super().__init__(
            title="You and the templates have changed the same",
            found=told,
            expected="nothing that both have changed",
            todo=(
                "All else is up to date. Look for <<<<<<< in these files and leave what is right; where a file is no\n"
                "text, the templates' version is beside it."
            ),
        )


def update(call: Call, sources: Sources) -> int:
    simulated, folder = call.options.simulate, call.folder
    if simulated:
        carry.refuse_unfinished(folder)
    elif carry.settle(folder):
        call.say.detail(f"{shown(folder)}: what somebody was stopped at is done now")
    known = record.read(folder)
    if known is None:
        raise NotMade(folder)
    plan, origin = prepare(known, call, sources)
    call.say.step(f"{'Would update' if simulated else 'Updating'} {shown(folder)}")
    telling.tell(plan, call.say, with_differences=simulated or call.options.verbose)
    if not simulated:
        carry.carry_out(plan)
    if call.options.json:
        call.say.document(telling.as_json(plan, origin.used, origin.answers, (), done=not simulated))
    if plan.conflicts:
        raise Conflicts(plan.conflicts)
    if plan.idle:
        call.say.step(f"{shown(folder)} is up to date")
    elif not simulated:
        call.say.step(f"Updated {shown(folder)}")
    return 0


def prepare(known: record.Record, call: Call, sources: Sources) -> tuple[Plan, Origin]:
    asked = sources.addresses(known.origin.asked, call.options.template)
    stack = tuple(_settled(each) for each in sources.stack(asked))
    wanted = variables.wanted(stack)
    secret = secrets.found(known.made, wanted, call.folder)
    said = {**secret, **known.origin.answers, **call.said()}
    values = variables.complete(wanted, said, call.questions)
    generated = making.generate(stack, values, wanted, call.folder)
    answers = without_secrets(generated.values, wanted)
    origin = record.Origin(asked=asked, used=record.used(stack), answers=answers)
    three = Three(call.folder, secrets.put_back(known.made, secret), generated.files)
    records = making.recorded(call.folder, record.files(origin, generated.files, generated.base))
    return Plan(folder=call.folder, fresh=False, changes=(*three.changes(), *records)), origin


def _settled(template: Template) -> Template:
    """What it has thought of itself the first time stays."""
    return replace(template, settled=True) if isinstance(template, InstalledTemplate) else template
