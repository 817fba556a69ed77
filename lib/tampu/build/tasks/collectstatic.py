"""Django's `collectstatic`, where there is a Django project to run it in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tampu.build.environ import user_env
from tampu.build.model import Task
from tampu.build.tasks.collectstatic_errors import explained
from tampu.build.tasks.installed import installed
from tampu.values import dataclass
from tampu.world.console import Notice
from tampu.world.run import Command, CommandFailed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tampu.build.model import EnvVar, Target
    from tampu.world import World

NO = frozenset({"", "0", "false"})
NO_SUCH_COMMAND = "Unknown command: 'collectstatic'"


@dataclass(frozen=True, slots=True, kw_only=True)
class Collect:
    """`manage_py` is a path in the app; `changes` are what the layers add to the environment."""

    manage_py: str
    changes: tuple[EnvVar, ...]

    def __call__(self, target: Target, world: World) -> None:
        if not installed("Django", target.layers):
            return
        env = user_env(target, self.changes, world.environ)
        command = collect(target, self.manage_py, env)
        world.say.step(f"$ python {' '.join(command.argv[1:])}")
        if _is_set("DISABLE_COLLECTSTATIC", env):
            world.say.detail("Skipped, as DISABLE_COLLECTSTATIC is set")
            return
        if _is_set("DEBUG_COLLECTSTATIC", env):
            world.say.detail("\n".join(("With these variables:", *sorted(env))))
        try:
            world.run.run(command)
        except CommandFailed as failure:
            if NO_SUCH_COMMAND not in failure.output:
                raise explained(failure, self.manage_py) from failure
            world.say.notice(_no_staticfiles())


def task(manage_py: str | None, changes: tuple[EnvVar, ...]) -> Task | None:
    return Task(name="django_collectstatic", act=Collect(manage_py=manage_py, changes=changes)) if manage_py else None


def collect(target: Target, manage_py: str, env: Mapping[str, str]) -> Command:
    argv = (str(target.python), manage_py, "collectstatic", "--noinput", "--traceback")
    return Command(argv=argv, cwd=target.app, env=env)


def _is_set(name: str, env: Mapping[str, str]) -> bool:
    return env.get(name, "").strip().lower() not in NO


def _no_staticfiles() -> Notice:
    text = (
        "this project collects no static files, as django.contrib.staticfiles is not in INSTALLED_APPS.\n"
        "Add it there, or set DISABLE_COLLECTSTATIC=1 to skip this step."
    )
    return Notice(name="collectstatic::no-staticfiles", text=text)
