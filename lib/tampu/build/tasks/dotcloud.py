"""What `dotcloud.yml` wants done while building: commands before and after, and variables for them and for the app."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from tampu.build.environ import NEVER_FROM_USERS, user_env
from tampu.build.model import EnvVar, Mode, Scope, Task
from tampu.build.tasks.hooks import shell
from tampu.errors import TampuError
from tampu.values import dataclass
from tampu.world.run import Command, CommandFailed, CommandMissing

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tampu.build.model import Target
    from tampu.facts.dotcloud import Service
    from tampu.world import World


class LineFailed(TampuError):
    key: ClassVar[str]

    def __init__(self, line: str, cause: CommandFailed | CommandMissing) -> None:
        super().__init__(
            title=f"{self.key} of dotcloud.yml failed",
            found=f"the command {cause.ending}" if isinstance(cause, CommandFailed) else cause.title,
            expected="exit code 0",
            todo=(
                f"This is the command, and what it wrote is shown above:\n    {line}\n\n"
                f"It runs in the approot. Mend it, or take {self.key} out of dotcloud.yml, commit that and\n"
                "build again."
            ),
        )


class PrebuildFailed(LineFailed):
    reason = "dotcloud::prebuild"
    key = "prebuild"


class PostbuildFailed(LineFailed):
    reason = "dotcloud::postbuild"
    key = "postbuild"


@dataclass(frozen=True, slots=True, kw_only=True)
class ShellLine:
    """Runs a line of shell in the approot."""

    title: str
    line: str
    approot: str
    failure: type[LineFailed]
    changes: tuple[EnvVar, ...]

    def __call__(self, target: Target, world: World) -> None:
        world.say.step(self.title)
        env = user_env(target, self.changes, world.environ)
        try:
            world.run.run(command(self.line, target.app / self.approot, env))
        except (CommandFailed, CommandMissing) as failure:
            raise self.failure(self.line, failure) from failure


def prebuild(service: Service) -> Task | None:
    """Before there are any layers."""
    return _task("prebuild", service.prebuild, service, PrebuildFailed, ())


def postbuild(service: Service, changes: tuple[EnvVar, ...]) -> Task | None:
    return _task("postbuild", service.postbuild, service, PostbuildFailed, changes)


def variables(service: Service) -> tuple[EnvVar, ...]:
    """What the platform and its users set wins over what the file says; what would break the build is left out."""
    said = ((name, value) for name, value in service.environment.items() if name not in NEVER_FROM_USERS)
    named = (
        EnvVar(name, value, Mode.DEFAULT if value.isdigit() else Mode.SAME, Scope.LAUNCH)
        for name, value in service.port_variables.items()
    )
    return (*(EnvVar(name, value, Mode.DEFAULT, verbatim=True) for name, value in said), *named)


def _task(
    key: str,
    line: str | None,
    service: Service,
    failure: type[LineFailed],
    changes: tuple[EnvVar, ...],
) -> Task | None:
    if line is None:
        return None
    act = ShellLine(
        title=f"Running {key} of dotcloud.yml",
        line=line,
        approot=service.approot,
        failure=failure,
        changes=(*changes, *variables(service)),
    )
    return Task(name=f"dotcloud_{key}", act=act)


def command(line: str, folder: Path, env: Mapping[str, str]) -> Command:
    return Command(argv=(shell(env), "-c", line), cwd=folder, env=env)
