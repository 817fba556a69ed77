"""A build's outcome in the terms of `bin/report`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tampu.platforms.classic_report import CacheStatus, ManagerUsed, PythonUsed, Report

if TYPE_CHECKING:
    from tampu.build.choose_python import PythonChoice
    from tampu.build.model import Layer, Outcome

STEPS = {
    "python": "python_install",
    "apt": "system_packages_install",
    "site": "dependencies_install",
    "keeper": "supervisor_install",
    "nginx": "nginx_install",
}
TASKS = ("pre_compile_hook", "nltk_downloader", "django_collectstatic", "post_compile_hook")
PINNED = "=="
OUTDATED = "python-version::outdated-patch"


def reported(outcome: Outcome, total: float) -> Report:
    site = next(layer for layer in outcome.layers if layer.name == "site")
    manager, _, version = site.key.parts["installer"].partition(" ")
    return Report(
        total=total,
        cache=_cache(outcome.layers),
        python=_python(outcome.plan.python),
        manager=ManagerUsed(name=manager, version=version),
        steps={STEPS[layer.name]: layer.seconds for layer in outcome.layers},
        tasks={name: seconds for name, seconds in outcome.seconds.items() if name in TASKS},
    )


def _cache(layers: tuple[Layer, ...]) -> CacheStatus:
    reasons = [reason for layer in layers for reason in layer.reasons]
    if not reasons:
        return CacheStatus.REUSED
    return CacheStatus.EMPTY if all("none in the cache" in reason for reason in reasons) else CacheStatus.DISCARDED


def _python(choice: PythonChoice) -> PythonUsed:
    request = choice.request
    spec = request.spec.removeprefix(PINNED) if request else "default"
    return PythonUsed(
        version=choice.version,
        requested=spec,
        origin=request.origin if request else "default",
        pinned=spec == choice.version,
        outdated=any(notice.name == OUTDATED for notice in choice.notices),
    )
