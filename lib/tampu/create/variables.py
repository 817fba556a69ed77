"""Values for what templates want to know: as said, as asked, or as is usual."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tampu.create.rendering import render
from tampu.errors import TampuError
from tampu.facts.excerpt import excerpt

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tampu.create.model import Template, Values, Variable
    from tampu.world.questions import Questions

WORD = re.compile(r"(?P<name>[A-Za-z_][A-Za-z0-9_.-]*)=(?P<value>[^\ud800-\udfff]*)")


class BadVariable(TampuError):
    reason = "create::bad-variable"
    exit_code = 2

    def __init__(self, word: str) -> None:
        super().__init__(
            title="That is no value for a variable",
            found=excerpt(word) or "nothing",
            expected="NAME=VALUE, as in description='A shop'",
            todo="Say it like that, behind the project's name. `tampu create --list-variables` says which there are.",
        )


class MissingVariables(TampuError):
    reason = "create::missing-variables"
    exit_code = 2

    def __init__(self, missing: Iterable[Variable]) -> None:
        known = list(missing)
        told = "\n".join(f"{each.name} ({each.about})" if each.about else each.name for each in known)
        said = " ".join(f"{each.name}=..." for each in known)
        super().__init__(
            title="The templates want to know more",
            found=f"no value for {told}",
            expected="one for each",
            todo=f"Say them: tampu create PROJECT {said}",
        )


def read_words(words: Sequence[str]) -> dict[str, str]:
    found = [WORD.fullmatch(word) or word for word in words]
    for each in found:
        if isinstance(each, str):
            raise BadVariable(each)
    return {each["name"]: each["value"] for each in found if not isinstance(each, str)}


def wanted(stack: Sequence[Template]) -> tuple[Variable, ...]:
    """All variables of them, each once; where several want the same, the last one knows best."""
    return tuple({each.name: each for template in stack for each in template.variables}.values())


def complete(variables: Sequence[Variable], known: Values, questions: Questions) -> dict[str, str]:
    values = dict(known)
    unknown = [variable for variable in variables if variable.name not in values]
    missing = [variable for variable in unknown if variable.default is None]
    if missing and not questions.answered:
        raise MissingVariables(missing)
    for variable in unknown:
        usual = _usual(variable, values)
        values[variable.name] = _asked(variable, usual, questions) if questions.answered else usual or ""
    return values


def _usual(variable: Variable, values: Values) -> str | None:
    """A default may say something about what is known already."""
    if variable.default is None or "{" not in variable.default:
        return variable.default
    return render(variable.default, values, f"default of {variable.name}")


def _asked(variable: Variable, usual: str | None, questions: Questions) -> str:
    told = f" [{usual}]" if usual and not variable.secret else ""
    question = f"{variable.about or variable.name}{told}: "
    ask = questions.ask_secretly if variable.secret else questions.ask
    while True:
        answer = ask(question) or usual
        if answer is not None:
            return answer
