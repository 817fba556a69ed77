"""`bin/pre_compile` and `bin/post_compile`: programs of the app that take part in its build."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, ClassVar

from tampu.build.environ import user_env
from tampu.build.model import Task
from tampu.errors import TampuError
from tampu.values import dataclass
from tampu.world.run import Command, CommandFailed, CommandMissing

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tampu.build.model import EnvVar, Target
    from tampu.facts.tree import Tree
    from tampu.world import World

PRE_COMPILE = "bin/pre_compile"
POST_COMPILE = "bin/post_compile"
PROGRAM = b"\x7fELF"


class WindowsLineEnds(TampuError):
    reason = "hooks::line-ends"

    def __init__(self, path: str) -> None:
        super().__init__(
            title=f"{path} has the line ends of Windows",
            found="\\r\\n at the end of its first line",
            expected="\\n",
            todo=(
                f"Save {path} with the line ends of Unix, add this line to .gitattributes so that\n"
                "they stay, commit both and build again:\n\n"
                "    bin/* text eol=lf"
            ),
        )


class HookFailed(TampuError):
    path: ClassVar[str]

    def __init__(self, cause: CommandFailed | CommandMissing) -> None:
        super().__init__(
            title=f"{self.path} failed",
            found=f"{self.path} {cause.ending}" if isinstance(cause, CommandFailed) else cause.title,
            expected="exit code 0",
            todo=(
                f"{self.path} is a program of your app; what it wrote is shown above.\n"
                f"Mend it, or remove {self.path} if nothing needs it, commit that and build again."
            ),
        )


class PreCompileFailed(HookFailed):
    reason = "hooks::pre-compile"
    path = PRE_COMPILE


class PostCompileFailed(HookFailed):
    reason = "hooks::post-compile"
    path = POST_COMPILE


@dataclass(frozen=True, slots=True, kw_only=True)
class Hook:
    """Runs a program of the app in the app's folder, executable or not."""

    path: str
    failure: type[HookFailed]
    changes: tuple[EnvVar, ...] = ()

    def __call__(self, target: Target, world: World) -> None:
        world.say.step(f"Running {self.path}")
        env = user_env(target, self.changes, world.environ)
        first_line = (target.app / self.path).read_bytes().partition(b"\n")[0]
        if first_line.endswith(b"\r"):
            raise WindowsLineEnds(self.path)
        try:
            world.run.run(command(self.path, first_line, target.app, env))
        except (CommandFailed, CommandMissing) as failure:
            raise self.failure(failure) from failure


def pre_compile(tree: Tree) -> Task | None:
    hook = Hook(path=PRE_COMPILE, failure=PreCompileFailed)
    return Task(name="pre_compile_hook", act=hook) if tree.has(PRE_COMPILE) else None


def post_compile(tree: Tree, changes: tuple[EnvVar, ...]) -> Task | None:
    hook = Hook(path=POST_COMPILE, failure=PostCompileFailed, changes=changes)
    return Task(name="post_compile_hook", act=hook) if tree.has(POST_COMPILE) else None


def command(path: str, first_line: bytes, app: Path, env: Mapping[str, str]) -> Command:
    return Command(argv=(*_interpreter(first_line, env), path), cwd=app, env=env)


def _interpreter(first_line: bytes, env: Mapping[str, str]) -> tuple[str, ...]:
    """As the kernel reads a first line, but for scripts that nobody marked as executable too."""
    if first_line.startswith(PROGRAM):
        return ()
    if first_line.startswith(b"#!"):
        return tuple(first_line[2:].decode(errors="replace").strip().split(maxsplit=1))
    return (shell(env),)


def shell(env: Mapping[str, str]) -> str:
    """What people mean when they write a line of shell."""
    return shutil.which("bash", path=env["PATH"]) or "/bin/sh"
