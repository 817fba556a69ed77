"""What a template is and what comes out of it: values that plans are made of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from tampu.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    Values = Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Variable:
    """Something that a template wants to know; without a default it has to be said."""

    name: str
    about: str = ""
    default: str | None = None
    secret: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A file as a template makes it; `origins` are the templates that did, the last one decides."""

    path: str
    data: bytes
    executable: bool = False
    origins: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered:
    """What one template makes of these values; it may have added to them."""

    files: tuple[Made, ...]
    values: Values


@dataclass(frozen=True, slots=True, kw_only=True)
class Hook:
    """Commands that a template wants to run before and after, if somebody trusts it."""

    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()


class Template(Protocol):
    """`address` is what finds it again, `version` what it was at that time."""

    @property
    def name(self) -> str: ...

    @property
    def address(self) -> str: ...

    @property
    def version(self) -> str: ...

    @property
    def summary(self) -> str: ...

    @property
    def requires(self) -> tuple[str, ...]: ...

    @property
    def variables(self) -> tuple[Variable, ...]: ...

    @property
    def next(self) -> tuple[str, ...]: ...

    @property
    def taken(self) -> tuple[str, ...]:
        """Names that a package of the project can't have, as what it makes imports others by them."""

    def render(self, values: Values, folder: Path) -> Rendered:
        """All of its files for a project in that folder; a name without a value is an error."""
