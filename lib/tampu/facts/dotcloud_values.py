"""Values of `dotcloud.yml`, read one by one; all that are wrong are told together."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tampu.errors import TampuError
from tampu.facts.excerpt import SENTENCE, excerpt
from tampu.values import dataclass, field

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

MOST = 10
FLAGS = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}


class BadValue(TampuError):
    reason = "dotcloud::bad-value"

    def __init__(self, problems: Sequence[str]) -> None:
        more = [f"and {len(problems) - MOST} more"] if len(problems) > MOST else []
        super().__init__(
            title="dotcloud.yml has values that can't be used",
            found="\n\n".join((*problems[:MOST], *more)),
            expected="",
            todo="Edit dotcloud.yml, commit it and build again.",
        )

    @property
    def advice(self) -> str:
        """Each value with what was expected of it."""
        return f"{self.found}\n\n{self.todo}"


@dataclass(frozen=True, slots=True)
class Form:
    """What the text of a value has to look like, as a pattern and in words."""

    pattern: str
    words: str


TEXT = Form(r"(?s).*\S.*", "text")
ANY_TEXT = Form(r"(?s).*", "text")
NAME = Form(r"[A-Za-z_][A-Za-z0-9_]*", "a name of letters, digits and _")
PROGRAM = Form(r"[A-Za-z0-9_][A-Za-z0-9_.-]*", "a name of letters, digits, _, . and -")
PACKAGE = Form(r"[a-z0-9][a-z0-9+.-]+(=[A-Za-z0-9.+:~-]+)?", "the name of an apt package")
PROTOCOL = Form(r"http|tcp|udp", "http, tcp or udp")
VERSION = Form(r"v?[0-9]+(\.[0-9]+){0,2}", "a version such as v3.12")


@dataclass(slots=True)
class Values:
    """One mapping of the file, asked for one key after the other; `problems` is shared with the mappings in it."""

    place: str
    mapping: Mapping[str, object]
    problems: list[str] = field(default_factory=list)

    def text(self, key: str, form: Form = TEXT) -> str | None:
        value = self.mapping.get(key, "")
        return None if value == "" else self._checked(key, value, form)

    def number(self, key: str, least: int, most: int) -> int | None:
        words = f"a whole number from {least} to {most}"
        text = self.text(key, Form(r"-?[0-9]{1,9}", words))
        if text is None:
            return None
        if not least <= int(text) <= most:
            self.problem(key, shown(text), words)
        return int(text)

    def flag(self, key: str) -> bool:
        text = self.text(key, Form(f"(?i){'|'.join(FLAGS)}", "true or false"))
        return FLAGS[text.lower()] if text else False

    def texts(self, key: str, form: Form = TEXT) -> tuple[str, ...]:
        value = self.mapping.get(key) or []
        if not isinstance(value, list):
            self.problem(key, shown(value), f"a list, each item {form.words}")
            return ()
        checked = (self._checked(f"{key}[{index}]", item, form) for index, item in enumerate(value))
        return tuple(text for text in checked if text)

    def inner(self, key: str) -> Values:
        value = self.mapping.get(key) or {}
        if isinstance(value, dict):
            return Values(f"{self.place}.{key}", value, self.problems)
        self.problem(key, shown(value), "keys with values")
        return Values(f"{self.place}.{key}", {}, self.problems)

    def pairs(self, names: Form, form: Form) -> dict[str, str]:
        for name in self.mapping:
            self._checked(str(name), str(name), names)
        checked = {str(name): self._checked(str(name), value, form) for name, value in self.mapping.items()}
        return {name: text for name, text in checked.items() if text is not None}

    def named(self, key: str) -> str:
        return excerpt(f"{self.place}.{key}", SENTENCE)

    def problem(self, key: str, found: str, expected: str) -> None:
        self.problems.append(f"{self.named(key)}\nFound:    {found}\nExpected: {expected}")

    def _checked(self, key: str, value: object, form: Form) -> str | None:
        if isinstance(value, str) and re.fullmatch(form.pattern, value):
            return value
        self.problem(key, shown(value), form.words)
        return None


def shown(value: object) -> str:
    if isinstance(value, str):
        return f"'{excerpt(value)}'"
    if isinstance(value, dict):
        return "keys with values"
    return "a list" if isinstance(value, list) else f"{excerpt(repr(value))}, not plain text"
