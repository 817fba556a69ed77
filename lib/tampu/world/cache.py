"""Results kept for the next build: found by keys of named parts, published whole, trusted only when unaltered."""

from __future__ import annotations

import fcntl
import hashlib
import json
import tempfile
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from tampu.values import dataclass
from tampu.world import files
from tampu.world.manifest import NOT_WHOLE, altered, manifest

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import TextIO

DIGEST_LENGTH = 24
# What every app of a machine may use, with what is named below it; the rest is an app's own.
COMMON = frozenset({"python", "keeper", "tools", "people", "serve", "pips", "uv", "pip", "nginx", "apt", "bytecode"})
COMMON_KEPT = 8
# Memos that say the same of all apps.
COMMON_MEMOS = frozenset({"nginx"})


@dataclass(frozen=True, slots=True)
class Key:
    """What a result depends on, part by part, in words that a miss can be explained with."""

    parts: Mapping[str, str]

    @property
    def digest(self) -> str:
        text = json.dumps(dict(self.parts), sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:DIGEST_LENGTH]

    def shares(self, old: Key, ground: frozenset[str]) -> bool:
        """Whether what was made from the old key can be built on: all of that ground is the same, and there is some."""
        return bool(ground) and all(old.parts.get(part) == self.parts.get(part) for part in ground)

    def changes_since(self, old: Key) -> tuple[str, ...]:
        names = sorted(self.parts.keys() | old.parts.keys())
        return tuple(
            _change(name, old.parts.get(name), self.parts.get(name))
            for name in names
            if old.parts.get(name) != self.parts.get(name)
        )


def _change(name: str, before: str | None, now: str | None) -> str:
    if before is None:
        return f"{name} is new"
    if now is None:
        return f"{name} is gone"
    if _is_digest(before) or _is_digest(now):
        return f"{name} changed"
    return f"{name} changed from {before} to {now}"


def _is_digest(value: str) -> bool:
    return len(value) >= DIGEST_LENGTH and set(value) <= set("0123456789abcdef")


@dataclass(frozen=True, slots=True)
class Hit:
    """A stored tree that was made from the very same parts."""

    tree: Path


@dataclass(frozen=True, slots=True)
class Miss:
    """All that keeps a stored tree from being used; `previous` is the newest one, to build on."""

    reasons: tuple[str, ...]
    previous: Path | None = None


class Cache:
    """A folder of layers and memos. Two builds may share it: what is published is whole, and is never changed.

    Where many apps are built, each has its own `root`, and `common` holds what they share.
    """

    def __init__(self, root: Path, common: Path | None = None) -> None:
        self.root = root
        self._common = common
        self._held: dict[str, list[TextIO]] = {}

    def find(self, name: str, key: Key, ground: frozenset[str] = frozenset()) -> Hit | Miss:
        """The stored tree; or why there is none, and an older one whose `ground` parts are the same."""
        place = self._place(name, key)
        if self._hold(name, place):
            odd = self._odd(place)
            return Miss((odd,)) if odd else Hit(place / "tree")
        newest = self._newest(name)
        if newest is None:
            return Miss(("there is none in the cache",))
        old, odd = _read_key(newest), self._odd(newest)
        if old is None or odd:
            return Miss((odd or NOT_WHOLE,))
        return Miss(key.changes_since(old), previous=newest / "tree" if key.shares(old, ground) else None)

    def keep(self, name: str, key: Key, tree: Path) -> Path:
        """Publish a finished tree: linked beside, described, renamed. Older ones that nobody uses are dropped."""
        place = self._place(name, key)
        place.parent.mkdir(parents=True, exist_ok=True)
        with self.workshop() as bench, self._alone(name):
            for held in self._held.pop(name, ()):
                held.close()
            taken = [away for other in self._outdated(name, place) if (away := _take_away(other, bench))]
            # One that is no longer needed is most of the way there.
            new = taken[0] if taken else bench / "new"
            files.graft(tree, new / "tree")
            # Never into the old files: a copy of this cache made of links would be told lies about its own trees.
            files.replace(new / "manifest", manifest(new / "tree"))
            files.replace(new / "key.json", json.dumps(dict(key.parts)))
            if not place.exists():
                new.rename(place)
            self._hold(name, place)
        return place / "tree"

    def shares(self, name: str) -> bool:
        """Whether other apps use the same."""
        return self._common is not None and name.partition("/")[0] in COMMON

    def recall(self, name: str, key: Key) -> str | None:
        """What was noted under this very key, if anything."""
        try:
            memo = json.loads(self._memo(name).read_text(encoding="utf-8"))
            return str(memo["text"]) if memo["parts"] == dict(key.parts) else None
        except (OSError, ValueError, TypeError, KeyError, RecursionError):
            return None

    def note(self, name: str, key: Key, text: str) -> None:
        place = self._memo(name)
        place.parent.mkdir(parents=True, exist_ok=True)
        files.replace(place, json.dumps({"parts": dict(key.parts), "text": text}))

    def folder(self, name: str) -> Path:
        """A folder for a tool that looks after its own cache."""
        place = self._home(name) / name
        place.mkdir(parents=True, exist_ok=True)
        return place

    @contextmanager
    def workshop(self) -> Iterator[Path]:
        """A folder on the cache's disk that is gone afterwards; what killed builds left in theirs goes too."""
        shops = self.folder("work")
        with ExitStack() as held:
            with self._alone("work"):
                _sweep(shops)
                bench = Path(tempfile.mkdtemp(dir=shops))
                busy = held.enter_context((bench / "busy").open("w"))
                fcntl.flock(busy, fcntl.LOCK_EX)
            try:
                yield bench
            finally:
                with self._alone("work"):
                    files.remove(bench)

    @contextmanager
    def _alone(self, name: str) -> Iterator[None]:
        with (self._home(name) / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _hold(self, name: str, place: Path) -> bool:
        """Keep other builds from dropping a layer for as long as this process lives."""
        try:
            held = (place / "key.json").open(encoding="utf-8")
        except OSError:
            return False
        fcntl.flock(held, fcntl.LOCK_SH)
        self._held.setdefault(name, []).append(held)
        return place.is_dir()

    def _odd(self, place: Path) -> str:
        """What keeps a stored tree from being trusted, if anything does."""
        return altered(place)

    def _home(self, name: str) -> Path:
        return self._common if self._common and self.shares(name) else self.root

    def _memo(self, name: str) -> Path:
        home = self._home(name) if name in COMMON_MEMOS else self.root
        return home / "memos" / f"{name}.json"

    def _place(self, name: str, key: Key) -> Path:
        return self._home(name) / "layers" / name / key.digest

    def _newest(self, name: str) -> Path | None:
        return next((place for place in _by_age(self._home(name) / "layers" / name) if self._hold(name, place)), None)

    def _outdated(self, name: str, place: Path) -> list[Path]:
        """Those beyond what may stay, and an altered one in the very place."""
        others = [other for other in _by_age(place.parent) if other != place]
        spare = others[COMMON_KEPT if self.shares(name) else 0 :]
        spoilt = [place] if place.exists() and self._odd(place) else []
        return [*spoilt, *spare]


def _by_age(folder: Path) -> list[Path]:
    """Newest first; those that another build drops meanwhile are as good as gone."""
    ages: list[tuple[float, Path]] = []
    for key in folder.glob("*/key.json"):
        with suppress(OSError):
            ages.append((key.parent.stat().st_mtime, key.parent))
    return [place for _, place in sorted(ages, reverse=True)]


def _take_away(place: Path, bench: Path) -> Path | None:
    """Move a layer out of the cache, unless a build is using it; none can begin to while it goes."""
    away = bench / place.name
    with (place / "key.json").open("r+", encoding="utf-8") as key, suppress(BlockingIOError):
        fcntl.flock(key, fcntl.LOCK_EX | fcntl.LOCK_NB)
        place.rename(away)
        return away
    return None


def _read_key(place: Path) -> Key | None:
    try:
        parts = json.loads((place / "key.json").read_text(encoding="utf-8"))
    except (ValueError, RecursionError):
        return None
    return Key({str(name): str(value) for name, value in parts.items()}) if isinstance(parts, dict) else None


def _sweep(shops: Path) -> None:
    """Where no other build is just opening or clearing its workshop, one that nobody holds is a killed build's."""
    for bench in shops.iterdir():
        with suppress(OSError), (bench / "busy").open("a") as busy:
            fcntl.flock(busy, fcntl.LOCK_EX | fcntl.LOCK_NB)
            files.remove(bench)
