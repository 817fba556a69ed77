"""`nltk.txt`: data of the Natural Language Toolkit that the app wants beside its code."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tampu.build.environ import user_env
from tampu.build.model import EnvVar, Mode, Task
from tampu.build.tasks.installed import installed
from tampu.errors import TampuError
from tampu.values import dataclass
from tampu.world.console import Notice
from tampu.world.run import Command, CommandFailed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tampu.build.model import Target
    from tampu.facts.tree import Tree
    from tampu.world import World

NLTK_TXT = "nltk.txt"
DATA = ".tampu/nltk_data"
ENV = (EnvVar("NLTK_DATA", f"{{app}}/{DATA}", Mode.PREPEND),)
COMPLAINT = "Error loading "


class NltkFailed(TampuError):
    reason = "nltk::failed"

    def __init__(self, failure: CommandFailed) -> None:
        super().__init__(
            title=f"The data of {NLTK_TXT} can't be fetched",
            found=_complaint(failure),
            expected="names of NLTK's packages of data, one a line",
            todo=(
                f"Compare {NLTK_TXT} with the list that `python -m nltk.downloader` offers, commit it and\n"
                "build again. If the names are right, the server of NLTK's data can't be reached from here."
            ),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchData:
    names: tuple[str, ...]
    changes: tuple[EnvVar, ...]

    def __call__(self, target: Target, world: World) -> None:
        if not installed("nltk", target.layers):
            text = f"{NLTK_TXT} asks for data, but the package nltk is not installed. Add nltk to your requirements."
            world.say.notice(Notice(name="nltk::not-installed", text=text))
            return
        world.say.step(f"Fetching the data that {NLTK_TXT} names")
        try:
            world.run.run(download(target, self.names, user_env(target, self.changes, world.environ)))
        except CommandFailed as failure:
            raise NltkFailed(failure) from failure


def task(tree: Tree, changes: tuple[EnvVar, ...]) -> Task | None:
    lines = (line.partition("#")[0].split() for line in (tree.read(NLTK_TXT) or "").split("\n"))
    names = tuple(name for line in lines for name in line)
    act = FetchData(names=names, changes=(*changes, *ENV))
    return Task(name="nltk_downloader", act=act, env=ENV) if names else None


def download(target: Target, names: tuple[str, ...], env: Mapping[str, str]) -> Command:
    # Without --exit-on-error, which would end with exit code 0: it asks what to do about an error, and as
    # nobody answers it ends with 1. The folder is resolved as NLTK refuses to unpack through a link.
    return Command(
        argv=(
            str(target.python),
            *("-m", "nltk.downloader", "-d", str(target.app.resolve() / DATA), "--"),
            *names,
        ),
        cwd=target.app,
        env=env,
    )


def _complaint(failure: CommandFailed) -> str:
    lines = (line.removeprefix("[nltk_data]").strip() for line in failure.output.splitlines())
    return next((line for line in lines if line.startswith(COMPLAINT)), failure.title)
