"""Files that are there and differ: what becomes of each is asked before anything is done."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tampu.create.ground import free_name
from tampu.create.plan import Fate
from tampu.values import replace

if TYPE_CHECKING:
    from pathlib import Path

    from tampu.create.plan import Change, Plan
    from tampu.world.console import Console
    from tampu.world.questions import Questions

ANSWERS = {"y": Fate.OVERWRITTEN, "n": Fate.KEPT, "b": Fate.BACKED_UP, "": Fate.BACKED_UP}
HELP = """\
y    overwrite it
n    keep it
b    keep it under another name, and write the new one; so does Enter
d    show the difference again
all y, all n, all b: the same for all that follow"""


def decide(plan: Plan, questions: Questions, say: Console) -> Plan:
    made: list[Change] = []
    always: Fate | None = None
    for change in plan.changes:
        if change.fate is not Fate.ASKED:
            made.append(change)
            continue
        fate, for_all = (always, True) if always else _ask(change, questions, say)
        always = fate if for_all else None
        made.append(_decided(change, fate, plan.folder))
    return replace(plan, changes=tuple(made))


def _decided(change: Change, fate: Fate, folder: Path) -> Change:
    return replace(change, fate=fate, beside=free_name(folder, change.path) if fate is Fate.BACKED_UP else "")


def _ask(change: Change, questions: Questions, say: Console) -> tuple[Fate, bool]:
    _show(change, say)
    while True:
        answer = questions.ask(f"Overwrite {change.path}? [y/n/d/B/?] ").lower()
        word = answer.removeprefix("all").strip()
        if answer == "d":
            _show(change, say)
        elif word[:1] in ANSWERS and word in {"", "y", "yes", "n", "no", "b", "backup"}:
            return ANSWERS[word[:1]], answer.startswith("all")
        else:
            say.detail(HELP)


def _show(change: Change, say: Console) -> None:
    for line in change.difference:
        say.output(line)
