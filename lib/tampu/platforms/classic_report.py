"""What `bin/report` prints: a flat object of JSON under the names that Heroku's tools know."""

from __future__ import annotations

import json
from enum import Enum
from typing import TYPE_CHECKING

from tampu.values import dataclass, field

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tampu.errors import TampuError
    from tampu.world.console import Redactor

# Below the platform's cache folder.
REPORT = "build-data/tampu.json"
LONGEST_VALUE = 200
HOOKS = ("pre_compile_hook", "post_compile_hook")


class CacheStatus(Enum):
    EMPTY = "empty"
    REUSED = "reused"
    DISCARDED = "discarded"


@dataclass(frozen=True, slots=True, kw_only=True)
class PythonUsed:
    """`requested` is what `origin` asked for, such as 3.12; pinned if that is one patch release."""

    version: str
    requested: str
    origin: str
    pinned: bool
    outdated: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ManagerUsed:
    """A package manager: pip, uv, poetry, pipenv."""

    name: str
    version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What is known when a build ends; after a failure the rest is left out. Seconds by name of step and of task."""

    total: float
    cache: CacheStatus | None = None
    python: PythonUsed | None = None
    manager: ManagerUsed | None = None
    steps: Mapping[str, float] = field(default_factory=dict)
    tasks: Mapping[str, float] = field(default_factory=dict)
    failure: TampuError | None = None


def report_json(report: Report, redactor: Redactor) -> str:
    """Secrets are taken out, and long values cut, as the platform would."""
    values = {
        **_python(report.python),
        **_manager(report.manager),
        **({"cache_status": report.cache.value} if report.cache else {}),
        **_durations(report.steps),
        **{name: name in HOOKS or "enabled" for name in report.tasks},
        **_durations(report.tasks),
        **_failure(report.failure),
        "total_duration": round(report.total, 3),
    }
    fit = {name: _fit(value, redactor) if isinstance(value, str) else value for name, value in values.items()}
    return json.dumps(fit, indent=2, sort_keys=True) + "\n"


def _python(python: PythonUsed | None) -> dict[str, str | bool]:
    if python is None:
        return {}
    return {
        "python_version": python.version,
        "python_version_major": ".".join(python.version.split(".")[:2]),
        "python_version_origin": python.origin,
        "python_version_outdated": python.outdated,
        "python_version_pinned": python.pinned,
        "python_version_requested": python.requested,
    }


def _manager(manager: ManagerUsed | None) -> dict[str, str]:
    return {"package_manager": manager.name, f"{manager.name}_version": manager.version} if manager else {}


def _durations(seconds: Mapping[str, float]) -> dict[str, float]:
    return {f"{name}_duration": round(value, 3) for name, value in seconds.items()}


def _failure(error: TampuError | None) -> dict[str, str]:
    return {"failure_reason": error.reason, "failure_detail": f"{error.title}. {error.advice}"} if error else {}


def _fit(value: str, redactor: Redactor) -> str:
    return " ".join(redactor.clean(value).split())[:LONGEST_VALUE]
