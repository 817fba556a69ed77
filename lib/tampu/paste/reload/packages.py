"""What an app turned out to need, and what of it a fork server may hold."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

    Environ = dict[str, str]


class Packages:
    """`blocked` are modules that no fork server may hold, `edited` the files that somebody works at."""

    def __init__(self, *, held: bool) -> None:
        self.blocked: set[str] = set()
        self.edited: set[str] = set()
        # In the order in which they were completed: what a module needs comes before it.
        self._files: dict[str, str] = {}
        self._held = held
        self._differed = False

    def learn(self, message: dict[str, Any], environ: Environ | None) -> bool:
        """Whether another fork server is needed than one that holds things as loaded in `environ`."""
        self._files.update((name, path) for name, path in message["foreign"])
        if not self._held:
            return False
        other = environ is not None and environ != message["environ"]
        # An app that is another one each time had better be loaded from the ground.
        self._held = not message["patched"] and not (other and self._differed)
        self._differed = other
        return bool(message["patched"]) or other

    def but(self, sent: Iterable[str]) -> list[str]:
        left_out = self.blocked.union(sent)
        return [name for name in self._files if name not in left_out] if self._held else []

    def forget(self, changed: set[str]) -> bool:
        """What has changed on disk is not what a fork server holds of it; whether that is anything."""
        stale = {name for name, path in self._files.items() if path in changed}
        self.blocked |= stale
        self.edited |= {self._files[name] for name in stale}
        return bool(stale)
