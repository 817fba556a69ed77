"""What touches the app itself, and so is done in every build."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tampu.build.tasks import collectstatic, dotcloud, hooks, nltk

if TYPE_CHECKING:
    from tampu.build.model import EnvVar, Target, Task
    from tampu.facts.app import App
    from tampu.facts.dotcloud import Service
    from tampu.facts.tree import Tree


def preparations(tree: Tree, service: Service | None) -> tuple[Task, ...]:
    """Before the app is looked at: these may still change its files, and have no layer to use."""
    first = dotcloud.prebuild(service) if service else None
    return tuple(task for task in (first, hooks.pre_compile(tree)) if task)


def tasks(app: App, target: Target, changes: tuple[EnvVar, ...]) -> tuple[Task, ...]:
    """With all layers in place, in order; a build for tests serves nobody, and so collects no files to serve."""
    data = nltk.task(app.holding(nltk.NLTK_TXT), changes)
    seen = (*changes, *(data.env if data else ()))
    collecting = None if target.groups else collectstatic.task(app.manage_py, seen)
    last = dotcloud.postbuild(app.service, seen) if app.service else None
    return tuple(task for task in (data, collecting, last, hooks.post_compile(app.tree, seen)) if task)
