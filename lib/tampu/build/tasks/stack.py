"""The stack of an app: written, tried with nginx and uWSGI themselves, and only then put in place."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tampu.build.model import Task
from tampu.build.stack import NONE
from tampu.build.tasks.stack_files import Front, home_files
from tampu.build.tasks.stack_links import refuse_taken
from tampu.build.tasks.stack_place import own, place, refuse_files
from tampu.build.tasks.stack_trial import program, trial
from tampu.build.tasks.static_files import static_files
from tampu.envs.nginx import version_of
from tampu.facts.nginx_conf import error_pages, nginx_conf
from tampu.facts.tree import Tree
from tampu.values import dataclass
from tampu.world.console import Notice

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tampu.build.model import EnvVar, Target
    from tampu.build.stack import Stack
    from tampu.world import World


@dataclass(frozen=True, slots=True, kw_only=True)
class SetUp:
    """`changes` are what the layers add to the environment."""

    stack: Stack
    changes: tuple[EnvVar, ...]

    def __call__(self, target: Target, world: World) -> None:
        world.say.step("Setting up what serves the app" if self.stack.server != NONE else "Setting up supervisord")
        refuse_taken(target, self.stack.approot)
        front = _front(self.stack, target, self.changes, world)
        if front.conf.old:
            world.say.notice(_old_home(front.conf.old))
        for static in front.statics:
            world.say.detail(f"nginx serves {static.url} from {static.folder}/")
        wanted = home_files(self.stack, front)
        refuse_files(target, wanted)
        kept = own(target, wanted)
        if kept:
            world.say.detail(f"The app's own stays: {', '.join(kept)}")
        trial(self.stack, target, wanted, kept, self.changes, world)
        place(self.stack, target, wanted, kept)


def tasks(stack: Stack | None, changes: tuple[EnvVar, ...]) -> tuple[Task, ...]:
    return (Task(name="stack", act=SetUp(stack=stack, changes=changes), serves=True),) if stack else ()


def _front(stack: Stack, target: Target, changes: tuple[EnvVar, ...], world: World) -> Front:
    tree = Tree(target.app).within(stack.approot)
    conf = nginx_conf(tree)
    if stack.server == NONE:
        return Front(conf=conf)
    nginx = program(target)
    libraries = {"LD_LIBRARY_PATH": str(nginx.parent.parent / "lib")}
    numbers = version_of(nginx, "the stack's nginx", world, libraries).split(".")
    statics = static_files(target, stack.approot, changes, world)
    return Front(
        conf=conf,
        pages=error_pages(tree),
        statics=tuple(static for static in statics if not conf.has(static.url)),
        version=tuple(int(number) for number in numbers if number.isdigit()),
        # Who edits files wants to see them at once.
        caching=not target.local,
    )


def _old_home(names: Sequence[str]) -> Notice:
    text = (
        f"/home/dotcloud is named in {' and '.join(names)}. That works only where the app, when it\n"
        "starts, may make a link of that name. These work everywhere: app/current/static/ in nginx's\n"
        "configuration, and %(ENV_HOME)s/current/ in that of supervisord."
    )
    return Notice(name="stack::home-dotcloud", text=text)
