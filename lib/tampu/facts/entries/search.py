"""The app's modules, searched for what answers requests."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tampu.errors import TampuError
from tampu.facts.entries.candidates import candidates
from tampu.facts.entries.listing import NAMED, is_top, listed
from tampu.facts.entries.making import Making
from tampu.facts.entries.modules import Unparsable
from tampu.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from tampu.facts.entries.candidates import Candidate
    from tampu.facts.entries.model import Entry
    from tampu.facts.entries.modules import Modules

VARIABLE = "TAMPU_APP"
MOST_SHOWN = 8


class SeveralEntries(TampuError):
    reason = "entry::several"

    def __init__(self, entries: Sequence[Entry]) -> None:
        super().__init__(
            title="Several things in this app may be what answers requests",
            found="\n".join(entry.evidence for entry in entries[:MOST_SHOWN]),
            expected="one of them, or a word about which it is",
            todo=(
                "Set the one that is meant for the app, and build again, such as:\n\n"
                f"    {VARIABLE}={entries[0].app or entries[0].paste}\n\n"
                "A wsgi.py with the name application in it decides too."
            ),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """The best of them, which are more than one where nothing tells which is meant."""

    best: tuple[Candidate, ...] = ()
    broken: Unparsable | None = None

    def at_the_top(self, modules: Modules) -> bool:
        """Whether it is in a module of its own, and not in a package."""
        return any(is_top(each.module.path, modules.roots) and not each.factory for each in self.best)


def search(modules: Modules, hints: Collection[str]) -> Findings:
    """`hints` are modules that the app's scripts start: they count where nothing else tells."""
    making = Making(modules=modules)
    found: list[tuple[tuple[bool, int], Candidate]] = []
    broken: Unparsable | None = None
    for rank, path in sorted(listed(modules.folder, modules.roots)):
        try:
            module = modules.at(path)
        except Unparsable as error:
            broken = broken or (error if modules.names_a_framework(path) else None)
            continue
        for each in candidates(module, making) if module else ():
            named = each.well_named and rank < len(NAMED)
            found.append(((not named, rank), each))
    if not found:
        return Findings(broken=broken)
    first = min(key for key, _ in found)
    return Findings(best=_meant(_different(each for key, each in found if key == first), hints))


def _different(found: Iterable[Candidate]) -> tuple[Candidate, ...]:
    """Names of the same thing count once."""
    return tuple({each.made.origin: each for each in found}.values())


def _meant(found: tuple[Candidate, ...], hints: Collection[str]) -> tuple[Candidate, ...]:
    exactly = tuple(each for each in found if each.module.name in hints)
    packages = {hint.partition(".")[0] for hint in hints}
    nearly = tuple(each for each in found if each.module.name.partition(".")[0] in packages)
    return exactly or nearly or found
