"""What somebody has asked for, and whom to ask back."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from tampu.create import configs, variables
from tampu.create.plan import Fate
from tampu.values import dataclass
from tampu.world.questions import Nobody

if TYPE_CHECKING:
    import argparse

    from tampu.world import World
    from tampu.world.console import Console
    from tampu.world.questions import Questions


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    options: argparse.Namespace
    world: World
    person: Questions

    @property
    def project(self) -> str:
        """The word that says which, if one does."""
        return next((word for word in self.options.words[:1] if "=" not in word), "")

    @property
    def say(self) -> Console:
        return self.world.say

    @property
    def folder(self) -> Path:
        return Path(self.options.output_dir / self.project).expanduser().absolute()

    @property
    def questions(self) -> Questions:
        return Nobody() if self._silent else self.person

    @property
    def _silent(self) -> bool:
        return bool(self.options.no_interactive or self.options.json)

    @property
    def config(self) -> Path | None:
        chosen: Path | None = self.options.config
        return chosen

    @property
    def differing(self) -> Fate:
        """What becomes of files that are there and other ones. Who simulates sees what would be asked."""
        if self.options.overwrite:
            return Fate.OVERWRITTEN
        return Fate.ASKED if self.person.answered and not self._silent else Fate.KEPT

    def said(self) -> dict[str, str]:
        """Of the values that were said, a word of the command line counts more than a file."""
        from_file = configs.read(self.config) if self.config else {}
        return {**from_file, **variables.read_words(self.options.words[1 if self.project else 0 :])}
