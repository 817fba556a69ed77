"""A project, the files that it was made of, and what its templates make now: one plan out of the three."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from tampu.create import ground, moves
from tampu.create.merge import merge
from tampu.create.plan import Change, Fate, is_text
from tampu.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from tampu.create.model import Made

OF_TEMPLATE = ".of-template"
NOTHING = b""


@dataclass(frozen=True)
class Three:
    """`old` is what the templates made then, `new` what they make now."""

    folder: Path
    old: Mapping[str, Made]
    new: Mapping[str, Made]

    def changes(self) -> tuple[Change, ...]:
        found = (*self._known(), *self._added())
        return tuple(sorted(found, key=lambda change: (change.fate is Fate.DELETED, change.path)))

    @cached_property
    def _moved(self) -> Mapping[str, str]:
        """Files that the templates have under another name now, where nobody else has that."""
        gone = {path: made.data for path, made in self.old.items() if path not in self.new}
        came = {path: made.data for path, made in self.new.items() if path not in self.old}
        free = {path: data for path, data in came.items() if ground.read(self.folder, path) is None}
        return moves.pairs(gone, free)

    @cached_property
    def _moved_by_you(self) -> Mapping[str, str]:
        gone = {path: made.data for path, made in self.old.items() if ground.read(self.folder, path) is None}
        if not any(data.strip() for data in gone.values()):
            return {}
        return moves.pairs(gone, moves.strangers(self.folder, frozenset({*self.old, *self.new})))

    def _known(self) -> Iterator[Change]:
        for path, old in self.old.items():
            named = self._moved.get(path, path)
            new, here = self.new.get(named), self._moved_by_you.get(path, path)
            yours = ground.read(self.folder, here)
            if yours is None:
                yield self._absent(path, old, new)
            elif new is None:
                yield self._dropped(here, old, yours)
            elif here == path != named:
                yield from self._carried_over(path, named, yours)
            else:
                note = f"was {path}" if here != path else ""
                yield from self._both(here, old, new, yours, note)

    def _added(self) -> Iterator[Change]:
        taken = {*self.old, *self._moved.values()}
        for path, new in self.new.items():
            yours = ground.read(self.folder, path)
            if path in taken:
                continue
            if yours is None:
                yield self._written(path, path)
            else:
                yield from self._both(path, None, new, yours, "")

    def _absent(self, path: str, old: Made, new: Made | None) -> Change:
        note = "though the templates have changed it" if new and new.data != old.data else ""
        return Change(path=path, fate=Fate.ABSENT, origins=old.origins, note=note)

    def _dropped(self, path: str, old: Made, yours: bytes) -> Change:
        if yours == old.data:
            return Change(path=path, fate=Fate.DELETED, old=yours, origins=old.origins)
        note = "though no template makes it any more"
        return Change(path=path, fate=Fate.YOURS, data=yours, old=yours, origins=old.origins, note=note)

    def _carried_over(self, path: str, named: str, yours: bytes) -> Iterator[Change]:
        """To its new name, with what you have changed."""
        for change in self._both(named, self.old[path], self.new[named], yours, f"was {path}"):
            fate = Fate.UPDATED if change.fate in {Fate.SAME, Fate.YOURS} else change.fate
            yield self._change(named, fate, change.data, None, named, change.note)
        yield Change(path=path, fate=Fate.DELETED, old=yours, note=f"is {named} now")

    def _both(self, path: str, old: Made | None, new: Made, yours: bytes, note: str) -> Iterator[Change]:
        """`path` is where it is in the project; `old` is None where the project's file is its own."""
        before = old.data if old else NOTHING
        if yours == new.data and not self._other_mode(path, old, new):
            yield self._change(path, Fate.SAME, yours, yours, new.path, note)
        elif yours in (before, new.data) and old:
            yield self._change(path, Fate.UPDATED, new.data, yours, new.path, note)
        elif old and new.data == before:
            yield self._change(path, Fate.YOURS, yours, yours, new.path, note)
        elif is_text(yours) and is_text(new.data) and is_text(before):
            merged = merge(before, yours, new.data, ", ".join(new.origins))
            fate = Fate.CONFLICT if merged.conflicts else Fate.SAME if merged.data == yours else Fate.MERGED
            yield self._change(path, fate, merged.data, yours, new.path, note)
        else:
            beside = ground.free_name(self.folder, path, OF_TEMPLATE)
            yield self._change(path, Fate.UNMERGED, yours, yours, new.path, beside)
            yield self._written(beside, new.path)

    def _written(self, path: str, named: str) -> Change:
        return self._change(path, Fate.NEW, self.new[named].data, None, named, "")

    def _change(self, path: str, fate: Fate, data: bytes, yours: bytes | None, named: str, note: str) -> Change:
        new = self.new[named]
        return Change(
            path=path,
            fate=fate,
            data=data,
            executable=self._executable(path, new, fresh=yours is None),
            origins=new.origins,
            old=yours,
            note=note,
        )

    def _executable(self, path: str, new: Made, *, fresh: bool) -> bool:
        """As the templates want it, unless it is you who changed that."""
        old = self.old.get(new.path)
        here = ground.is_executable(self.folder, path)
        return new.executable if fresh or old is None or here == old.executable else here

    def _other_mode(self, path: str, old: Made | None, new: Made) -> bool:
        here = ground.is_executable(self.folder, path)
        return old is not None and here == old.executable and here != new.executable
