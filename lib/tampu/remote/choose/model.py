"""What was decided about an import, and what could not be."""

from __future__ import annotations

from tampu.errors import TampuError
from tampu.values import dataclass

# Told by the user or the project; seen on this machine; known of old; found out in the index.
TOLD, SEEN, KNOWN, LOOKED_UP = "certain", "seen here", "well known", "looked up"


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """`name` is the import as far as it counts, `where` a place that has it."""

    name: str
    distribution: str
    requirement: str
    because: str
    confidence: str
    where: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unsure:
    name: str
    where: str
    candidates: tuple[str, ...] = ()
    because: str = ""

    @property
    def line(self) -> str:
        """What to add to conf/mods, or without what follows the tab to a list of requirements."""
        return f"{next(iter(self.candidates), 'NAME-OF-THE-DISTRIBUTION')}\t\t# for {self.name}"


class Undecided(TampuError):
    reason = "remote::undecided"

    def __init__(self, unsure: tuple[Unsure, ...], mods: str) -> None:
        rows = "\n".join(f"{each.name} in {each.where}: {each.because}" for each in unsure)
        lines = "\n".join(f"    {each.line}" for each in unsure)
        super().__init__(
            title="It is not known which distributions some imports come from",
            found=rows,
            expected="for each the name of what is to be installed",
            todo=(
                f"Add lines like these to {mods} (a name, a tab, a version), with the right names:\n\n"
                f"{lines}\n\n"
                "Or list the distributions in requirements.txt, or in the script's own block."
            ),
        )
