"""The interpreter that packages are chosen for, as PEP 508 sees it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tampu.errors import TampuError
from tampu.facts.excerpt import excerpt
from tampu.facts.python_version import series_of
from tampu.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet


class BadMarker(TampuError):
    reason = "lock::bad-marker"

    def __init__(self, marker: str, origin: str) -> None:
        name = origin.partition(",")[0]
        super().__init__(
            title=f"{name} has a condition that can't be understood",
            found=f"{excerpt(marker)}\nin {excerpt(origin)}",
            expected="a marker such as python_version < '3.12'",
            todo=f"Make {name} anew with the tool that wrote it, commit it and build again.",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """A CPython on Linux, and the groups that are wanted beside what the app runs with."""

    python: str
    machine: str
    groups: tuple[str, ...] = ()

    @property
    def markers(self) -> dict[str, str]:
        return {
            "implementation_name": "cpython",
            "implementation_version": self.python,
            "os_name": "posix",
            "platform_machine": self.machine,
            "platform_python_implementation": "CPython",
            "platform_release": "",
            "platform_system": "Linux",
            "platform_version": "",
            "python_full_version": self.python,
            "python_version": series_of(self.python),
            "sys_platform": "linux",
        }

    def meets(self, marker: str, origin: str, extra: str = "") -> bool:
        """Whether a condition holds here; none always does."""
        from packaging.markers import Marker

        if not marker.strip():
            return True
        known: dict[str, str | AbstractSet[str]] = {
            **self.markers,
            "extra": extra,
            "dependency_groups": frozenset(self.groups),
        }
        try:
            return Marker(marker).evaluate(known, context="lock_file")
        except (ValueError, RecursionError) as error:
            raise BadMarker(marker, origin) from error

    def runs(self, versions: str) -> bool:
        """Whether a range of Pythons has this one in it; a range in a dialect of its own is let pass."""
        from packaging.specifiers import InvalidSpecifier, SpecifierSet

        try:
            return SpecifierSet(versions).contains(self.python, prereleases=True)
        except InvalidSpecifier:
            return True
