"""From an import to what is installed for it: the best evidence decides, and without any nothing does."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tampu.remote.choose.model import KNOWN, SEEN, TOLD, Choice, Unsure
from tampu.remote.choose.mods import distribution as _name
from tampu.remote.choose.table import Table, beginnings, canonical, table
from tampu.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from tampu.facts.requirements import Requirement
    from tampu.remote.choose.declared import Declared
    from tampu.remote.choose.installed import Installed, Site
    from tampu.remote.choose.mods import Mods

# As in python-magic and pyserial.
AFFIXES = re.compile(r"^(?:python|py)-?(?=.)|(?<=.)-?(?:python|py)$")
NOT_LISTED = "nothing lists it, and nobody here knows it"


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """All that may tell, in the order of its worth."""

    declared: Declared
    mods: Mods
    sites: Sequence[Site] = ()

    def reduced(self, names: Sequence[str]) -> tuple[str, ...]:
        """As much of the dotted names as tells distributions apart: all of it in a namespace, else its top."""
        top = names[0].partition(".")[0]
        shared = top in table().namespaces or any(site.has_namespace(top) for site in self.sites)
        parts = {each for name in names for each in beginnings(name) if each != top}
        told = any(each in table().lines or _same(each) in self._names() for each in parts)
        return tuple(names) if shared or told else (top,)

    def _names(self) -> set[str]:
        listed = {each.name or "" for each in (*self.declared.requirements, *self.declared.spare)}
        return listed | {_name(each) for each in self.mods.requirements}

    def choose(self, name: str, where: str) -> Choice | Unsure:
        ways: tuple[Callable[[str], Choice | Unsure | None], ...]
        ways = (self._listed, self._pinned, self._listed_alike, self._installed, self._known)
        found = next((each for way in ways if (each := way(name))), Unsure(name=name, where="", because=NOT_LISTED))
        if isinstance(found, Unsure):
            return Unsure(name=name, where=where, candidates=found.candidates, because=found.because)
        return Choice(
            name=found.name,
            distribution=found.distribution,
            requirement=found.requirement,
            because=found.because,
            confidence=found.confidence,
            where=where,
        )

    def backed(self, name: str) -> Choice | None:
        """For an import that need not succeed: only what the user, the project or the environment has."""
        found = self._listed(name) or self._pinned(name) or self._listed_alike(name) or self._installed(name)
        return found if isinstance(found, Choice) else None

    def _listed(self, name: str) -> Choice | None:
        """Among what is listed: by who is known to give it, or has given it here."""
        givers = [each.distribution for each in table().providers(name)]
        here = next(self._here(name), None)
        for each in (*self.declared.requirements, *self.declared.spare):
            if each.name and (each.name in givers or (here and each.name == here.distribution)):
                return _told(name, each)
        return None

    def _pinned(self, name: str) -> Choice | None:
        pins = self.mods.pins
        found = next((pins[each] for each in beginnings(name) if each in pins), None)
        if found is None:
            givers = {each.distribution for each in table().providers(name)}
            named = givers | {_same(each) for each in beginnings(name)}
            found = next((each for each in self.mods.requirements if _name(each) in named), None)
        if not found:
            return None
        because = "conf/mods says so"
        return Choice(name=name, distribution=_name(found), requirement=found, because=because, confidence=TOLD)

    def _listed_alike(self, name: str) -> Choice | Unsure | None:
        """By its own name, which says enough only where somebody has listed it, and if it is no impostor's."""
        known = table()
        wanted = [_same(each) for each in beginnings(name)]
        bare = "" if known.providers(name) else AFFIXES.sub("", wanted[-1])
        for each in (*self.declared.requirements, *self.declared.spare):
            if each.name and (each.name in wanted or AFFIXES.sub("", each.name) == bare):
                if known.deceives(name, each.name):
                    right = tuple(giver.distribution for giver in known.providers(name))
                    because = f"{each.origin} lists {each.name}, and this import usually means another"
                    return Unsure(name=name, where="", candidates=(*right, each.name), because=because)
                return _told(name, each)
        return None

    def _installed(self, name: str) -> Choice | Unsure | None:
        found = next(self._here(name), None)
        if found is None:
            return None
        known = table()
        if known.deceives(name, found.distribution):
            right = tuple(giver.distribution for giver in known.providers(name))
            because = f"here it comes from {found.distribution}, and it usually means another"
            return Unsure(name=name, where="", candidates=(*right, found.distribution), because=because)
        because = f"{found.distribution} {found.version} is installed here: {found.evidence}"
        return Choice(
            name=name,
            distribution=found.distribution,
            requirement=found.requirement,
            because=because,
            confidence=SEEN,
        )

    def _here(self, name: str) -> Iterator[Installed]:
        for site in self.sites:
            found = site.provider(name) or site.described(name)
            if found:
                yield found

    def _known(self, name: str) -> Choice | Unsure | None:
        return by_table(table(), name)


def by_table(known: Table, name: str) -> Choice | Unsure | None:
    givers = known.providers(name)
    if len(givers) > 1:
        because = "several distributions give it"
        return Unsure(name=name, where="", candidates=tuple(each.distribution for each in givers), because=because)
    because = f"the table of {known.made} has it from {givers[0].seen}" if givers else ""
    return (
        Choice(
            name=name,
            distribution=givers[0].distribution,
            requirement=givers[0].distribution,
            because=because,
            confidence=KNOWN,
        )
        if givers
        else None
    )


def _told(name: str, each: Requirement) -> Choice:
    distribution = each.name or ""
    return Choice(
        name=name,
        distribution=distribution,
        requirement=each.line,
        because=f"{each.origin} lists {distribution}",
        confidence=TOLD,
    )


def _same(name: str) -> str:
    return canonical(name.replace(".", "-"))
