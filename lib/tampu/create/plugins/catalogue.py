"""Which templates the packages of an environment have."""

from __future__ import annotations

from importlib.metadata import distributions
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from importlib.metadata import Distribution, EntryPoint

GROUP = "paste.paster_create_template"


def listed(_ask: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [_about(point, distribution) for point, distribution in _points()]


def load(name: str, package: str) -> Any:  # noqa: ANN401 - whatever a package made of the base class
    for point, distribution in _points():
        if (point.name, distribution.metadata["Name"]) == (name, package):
            return point.load()(name)
    raise LookupError(f"{package} has no template {name}")


def _points() -> Iterator[tuple[EntryPoint, Distribution]]:
    """Of several copies of a package, the first is the one that is imported."""
    seen = set()
    for distribution in distributions():
        package = distribution.metadata["Name"]
        for point in distribution.entry_points:
            if point.group == GROUP and (package, point.name) not in seen:
                seen.add((package, point.name))
                yield point, distribution


def _about(point: EntryPoint, distribution: Distribution) -> dict[str, Any]:
    about = {"name": point.name, "package": distribution.metadata["Name"], "version": distribution.version}
    try:
        template = point.load()(point.name)
    except Exception as error:  # noqa: BLE001 - one package's fault is no reason to hide the others
        return {**about, "broken": f"{type(error).__name__}: {error}"}
    return {
        **about,
        "broken": "",
        "summary": str(template.summary or ""),
        "requires": [str(each) for each in template.required_templates or ()],
        "variables": [_variable(each) for each in template.vars or ()],
    }


def _variable(variable: Any) -> dict[str, Any]:  # noqa: ANN401 - likewise
    default = variable.default
    return {
        "name": str(variable.name),
        "about": str(variable.description or ""),
        "default": None if getattr(default, "__name__", "") == "NoDefault" else str(default),
        "secret": not getattr(variable, "should_echo", True),
    }
