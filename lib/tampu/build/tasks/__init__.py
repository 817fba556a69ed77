"""What touches the app itself, and so is done in every build."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tampu.build.tasks import collectstatic, hooks, nltk

if TYPE_CHECKING:
    from tampu.build.model import EnvVar, Target, Task
    from tampu.facts.app import App
    from tampu.facts.tree import Tree


def preparations(tree: Tree) -> tuple[Task, ...]:
    """Before the app is looked at: these may still change its files, and have no layer to use."""
    task = hooks.pre_compile(tree)
    return (task,) if task else ()


def tasks(app: App, target: Target, changes: tuple[EnvVar, ...]) -> tuple[Task, ...]:
    """With all layers in place, in order; a build for tests serves nobody, and so collects no files to serve."""
    data = nltk.task(app.tree, changes)
    seen = (*changes, *(data.env if data else ()))
    collecting = None if target.groups else collectstatic.task(app.manage_py, seen)
    return tuple(task for task in (data, collecting, hooks.post_compile(app.tree, seen)) if task)
