"""What templates want to run before and after. Of folders and repositories nothing runs unless they are trusted."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from tampu.create.installed import InstalledTemplate
from tampu.create.layout import FolderTemplate
from tampu.create.model import Hook
from tampu.create.rendering import BadTemplate, render
from tampu.errors import TampuError
from tampu.values import replace
from tampu.world.console import Notice
from tampu.world.environ import tool_env
from tampu.world.run import Command, CommandFailed, CommandMissing

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from tampu.create.model import Template, Values
    from tampu.world import World
    from tampu.world.console import Console


class HookFailed(TampuError):
    reason = "create::hook-failed"

    def __init__(self, template: str, found: str, folder: Path) -> None:
        there = f"All files are in {folder}" if folder.exists() else "Nothing was made"
        super().__init__(
            title=f"What the template {template} wants to run has failed",
            found=found,
            expected="it to come to an end, as the lines above may explain",
            todo=f"{there}. Mend what is wrong, and run that command yourself or try again.",
        )


def before(stack: Iterable[Template], values: Values, folder: Path, world: World) -> None:
    for template in stack:
        if isinstance(template, FolderTemplate):
            _run(template, template.hook.before, values, folder, folder.parent, world)


def after(stack: Iterable[Template], values: Values, folder: Path, world: World) -> None:
    for template in stack:
        if isinstance(template, FolderTemplate):
            _run(template, template.hook.after, values, folder, folder, world)
        elif isinstance(template, InstalledTemplate):
            try:
                template.finish(values, folder)
            except BadTemplate as error:
                raise HookFailed(template.address, error.found, folder) from error


def wanted(stack: Iterable[Template]) -> tuple[str, ...]:
    hooks = ((each.hook.before, each.hook.after) for each in stack if isinstance(each, FolderTemplate))
    return tuple(line for lines in hooks for part in lines for line in part)


def without(stack: Iterable[Template], say: Console) -> tuple[Template, ...]:
    """The same templates, but nothing of folders and repositories is run."""
    for each in stack:
        if lines := wanted((each,)):
            told = "".join(f"\n    {line}" for line in lines)
            say.notice(Notice(name="create-hooks", text=f"{each.name} wants to run, and --trust would let it:{told}"))
    return tuple(replace(each, hook=Hook()) if isinstance(each, FolderTemplate) else each for each in stack)


def _run(
    template: FolderTemplate, lines: Sequence[str], values: Values, project: Path, cwd: Path, world: World
) -> None:
    for line in lines:
        place = f"{template.name}: {line}"
        try:
            words = tuple(render(word, values, place) for word in shlex.split(line))
        except ValueError as error:
            raise BadTemplate(place, str(error), "a command") from error
        if not words:
            raise BadTemplate(template.name, "an empty line in pre or post", "a command")
        try:
            cwd.mkdir(parents=True, exist_ok=True)
            world.run.run(Command(argv=words, cwd=cwd, env=tool_env(world.environ)))
        except (CommandFailed, CommandMissing) as error:
            raise HookFailed(template.name, f"{' '.join(words)}: {error.title}", project) from error
