"""A plan in words for people, and as a document for programs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tampu.create.plan import Fate, digest
from tampu.values import asdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from tampu.create.model import Template, Values, Variable
    from tampu.create.plan import Change, Plan
    from tampu.create.record import Used
    from tampu.world.console import Console

DIFFERENT = frozenset(
    {Fate.ASKED, Fate.KEPT, Fate.OVERWRITTEN, Fate.BACKED_UP, Fate.UPDATED, Fate.MERGED, Fate.CONFLICT}
)


def tell(plan: Plan, say: Console, *, with_differences: bool) -> None:
    width = max((len(change.path) for change in plan.changes), default=0)
    for change in plan.changes:
        say.detail(f"{change.path:{width}}  {change.told}")
        if with_differences and change.fate in DIFFERENT:
            for line in change.difference:
                say.output(f"    {line}")


def as_json(plan: Plan, stack: Sequence[Used], answers: Values, following: Sequence[str], *, done: bool) -> str:
    document = {
        "folder": str(plan.folder),
        "new": plan.fresh,
        "done": done,
        "templates": [{"name": each.name, "address": each.address, "version": each.version} for each in stack],
        "variables": dict(sorted(answers.items())),
        "files": [_file(change) for change in plan.changes],
        "next": list(following),
    }
    return json.dumps(document, indent=2) + "\n"


def _file(change: Change) -> Mapping[str, object]:
    writes = change.fate is not Fate.DELETED
    return {
        "path": change.path,
        "fate": change.fate.name.lower().replace("_", "-"),
        "sha256": digest(change.data) if writes else None,
        "bytes": len(change.data) if writes else 0,
        "executable": change.executable,
        "from": list(change.origins),
        "was": None if change.old is None else digest(change.old),
        "kept_as": change.beside or None,
        "note": change.note,
    }


def list_templates(templates: Iterable[Template], say: Console, *, as_json: bool) -> None:
    found = sorted(templates, key=lambda each: each.name)
    if as_json:
        document = [{"name": each.name, "address": each.address, "summary": each.summary} for each in found]
        say.document(json.dumps(document, indent=2) + "\n")
        return
    width = max(len(each.name) for each in found)
    lines = (f"  {each.name + ':':{width + 1}}  {each.summary}".rstrip() for each in found)
    say.document("\n".join(("Available templates:", *lines, "")))


def list_variables(stack: Sequence[Template], say: Console, *, as_json: bool) -> None:
    if as_json:
        found = {each.name: [asdict(variable) for variable in each.variables] for each in stack}
        say.document(json.dumps(found, indent=2) + "\n")
        return
    for template in stack:
        width = max((len(each.name) for each in template.variables), default=0)
        lines = [f"  {each.name:{width}}  {_about(each)}" for each in template.variables]
        say.document("\n".join((f"{template.name}:", *(lines or ["  asks nothing"]), "")))


def _about(variable: Variable) -> str:
    usual = "has to be said" if variable.default is None else f"else {variable.default!r}"
    return f"{variable.about} ({'secret' if variable.secret else usual})".lstrip()
