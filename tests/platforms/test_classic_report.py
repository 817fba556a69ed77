from __future__ import annotations

import json

from tampu.errors import TampuError
from tampu.platforms.classic_report import CacheStatus, ManagerUsed, PythonUsed, Report, report_json
from tampu.world.console import Redactor


class Sad(TampuError):
    reason = "sad::story"


def read(report: Report, *secrets: str) -> dict[str, object]:
    redactor = Redactor()
    redactor.hide(secrets)
    values: dict[str, object] = json.loads(report_json(report, redactor))
    return values


def test_a_whole_build() -> None:
    report = Report(
        total=12.34567,
        cache=CacheStatus.REUSED,
        python=PythonUsed(version="3.12.4", requested="3.12", origin=".python-version", pinned=False, outdated=True),
        manager=ManagerUsed(name="uv", version="0.9.1"),
        steps={"python_install": 1.5, "dependencies_install": 2.25},
        tasks={"pre_compile_hook": 0.1, "django_collectstatic": 3.0},
    )

    assert read(report) == {
        "cache_status": "reused",
        "dependencies_install_duration": 2.25,
        "django_collectstatic": "enabled",
        "django_collectstatic_duration": 3.0,
        "package_manager": "uv",
        "pre_compile_hook": True,
        "pre_compile_hook_duration": 0.1,
        "python_install_duration": 1.5,
        "python_version": "3.12.4",
        "python_version_major": "3.12",
        "python_version_origin": ".python-version",
        "python_version_outdated": True,
        "python_version_pinned": False,
        "python_version_requested": "3.12",
        "total_duration": 12.346,
        "uv_version": "0.9.1",
    }


def test_a_build_that_failed_at_once_says_only_what_is_known() -> None:
    error = Sad(title="A token is wrong", found="s3cret", expected="another", todo="x" * 300)

    assert read(Report(total=0.1, failure=error), "s3cret") == {
        "failure_reason": "sad::story",
        "failure_detail": ("A token is wrong. Found: [redacted] Expected: another " + "x" * 300)[:200],
        "total_duration": 0.1,
    }
