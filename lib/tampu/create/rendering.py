"""Texts of templates with gaps, filled in by jinja2; a template gets at nothing but its values."""

from __future__ import annotations

import traceback
from typing import TYPE_CHECKING

from tampu.errors import TampuError
from tampu.facts.excerpt import SENTENCE, excerpt

if TYPE_CHECKING:
    from tampu.create.model import Values


class BadTemplate(TampuError):
    reason = "create::bad-template"

    def __init__(self, place: str, found: str, expected: str) -> None:
        super().__init__(
            title=f"A template can't be used: {place}",
            found=found,
            expected=expected,
            todo="Mend it, or tell whoever made the template.",
        )


def render(text: str, values: Values, place: str) -> str:
    from jinja2 import StrictUndefined, TemplateError, TemplateSyntaxError, UndefinedError
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    gaps = ImmutableSandboxedEnvironment(
        undefined=StrictUndefined, keep_trailing_newline=True, trim_blocks=True, lstrip_blocks=True
    )
    try:
        return gaps.from_string(text).render(values)
    except TemplateSyntaxError as error:
        found = f"line {error.lineno}: {excerpt(error.message or '', SENTENCE)}"
        raise BadTemplate(place, found, "a text that jinja2 understands") from error
    except UndefinedError as error:
        expected = f"one of {', '.join(sorted(values))}"
        raise BadTemplate(place, _told(error), expected) from error
    except (TemplateError, ArithmeticError, LookupError, TypeError, ValueError) as error:
        raise BadTemplate(place, _told(error), "a text that jinja2 can fill in") from error


def _told(error: Exception) -> str:
    """With the line of the template that it is about."""
    places = traceback.extract_tb(error.__traceback__)
    line = next((place.lineno for place in reversed(places) if place.filename == "<template>"), 1)
    return f"line {line}: {excerpt(str(error), SENTENCE)}"
