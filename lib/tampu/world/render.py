"""Texts of config/ with gaps that a build fills in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tampu.world.house import house

if TYPE_CHECKING:
    from collections.abc import Mapping


def render(name: str, values: Mapping[str, object]) -> str:
    """The template of that name in config/; a gap that nobody gave a value for is an error of ours."""
    from jinja2 import Environment, StrictUndefined

    gaps = Environment(  # noqa: S701 - plain text, for programs that know nothing of HTML
        undefined=StrictUndefined, keep_trailing_newline=True, trim_blocks=True, lstrip_blocks=True
    )
    return gaps.from_string((house() / "config" / name).read_text(encoding="utf-8")).render(values)
