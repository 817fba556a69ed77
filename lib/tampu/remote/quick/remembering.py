"""What a whole call has settled and looked at becomes a memo, if it is sure that the memo tells what was seen."""

from __future__ import annotations

import os
import re
from contextlib import suppress
from glob import glob
from pathlib import Path
from typing import TYPE_CHECKING

from tampu.remote import agent
from tampu.remote.quick import memo
from tampu.remote.quick.memo import CONTENT, NAMES, NOTHING, THERE, digest, fingerprint
from tampu.remote.quick.spare import PREFIX
from tampu.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from tampu.remote.call.here import Here
    from tampu.remote.links.host import Host
    from tampu.remote.links.link import Link
    from tampu.remote.quick.looking import Looks
    from tampu.remote.quick.memo import Look
    from tampu.remote.runs.running import Spec

# What a call may say that only leads to the same.
PLAIN = frozenset({"host", "ssh-config", "python"})
# Clocks of file systems are as coarse as that.
MARGIN = 0.05
MOST = 20000
KEPT = 200
INSTALLED = frozenset({"site-packages", "dist-packages"})
OF_THE_SYSTEM = ("/proc", "/sys", "/dev")
LIBRARY = Path(__file__).resolve().parents[3]
SSH = Path("/etc/ssh/ssh_config")
INCLUDE = re.compile(r"^\s*include\s+(.*)$", re.IGNORECASE | re.MULTILINE)
# What leads ssh elsewhere though its words are the same.
OF_SSH = ("HOME", "PATH", "SSH_AUTH_SOCK", "USER", "LOGNAME")
DEEPEST = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """What is to be remembered if all goes well."""

    cache: Path
    place: str
    looks: tuple[Look, ...]
    settled: Mapping[str, object]

    def keep(self) -> None:
        with suppress(OSError):
            memo.remember(self.place, self.looks, self.settled)
            _make_room(self.cache)


def memory_of(here: Here, link: Link, spec: Spec, about: Mapping[str, object]) -> Memory | None:
    """Of a plain call: what it is that another one like it comes to, and all that was looked at for that."""
    host = link.host
    place = spare_of(host)
    here.looks.stop()
    if not _plain(here):
        return None
    looks = looks_of(here.looks, (here.cache, here.data, here.home / ".cache" / "tampu", host.sockets))
    if looks is None:
        return None
    told = {"name": host.name, "sockets": str(host.sockets), "config": str(host.config or ""), "store": host.store}
    wish = {name: value for name, value in spec.wish().items() if name != "id"}
    records = {"data": str(here.data), "about": dict(about)}
    settled = {"spare": place, "host": told, "hello": link.hello, "wish": wish, "records": records}
    return Memory(
        cache=here.cache,
        place=memo.place_of(str(here.cache), here.call.said, str(here.cwd), here.environ),
        looks=looks,
        settled=settled,
    )


def _plain(here: Here) -> bool:
    """What is secret is never written down; what does more than to run is seldom done twice."""
    conf, call = here.conf, here.call
    return not (call.verb or conf.env or conf.secrets or conf.name) and bool(conf.spare) and call.given.keys() <= PLAIN


def looks_of(looks: Looks, ours: Iterable[Path]) -> tuple[Look, ...] | None:
    """What was seen; nothing if any of it may have changed since it was looked at."""
    folders = (*OF_THE_SYSTEM, str(LIBRARY), str(Path(os.__file__).parent), *map(str, ours))
    found: dict[str, int] = {}
    for path, how in sorted(looks.seen.items()):
        if path not in folders and not path.startswith(tuple(f"{folder}/" for folder in folders)):
            place, least = _installed(path)
            found[place] = max(how if place == path else least, found.get(place, THERE))
    if len(found) > MOST or looks.torn & found.keys():
        return None
    told = tuple((path, how, fingerprint(path, how)) for path, how in found.items())
    if any(looks.there.get(path, seen != NOTHING) != (seen != NOTHING) for path, _, seen in told):
        return None
    return None if any(_young(path, how, looks.began) for path, how, _ in told) else told


def _installed(path: str) -> tuple[str, int]:
    """Who installs or removes a distribution changes the names beside it."""
    parts = path.split("/")
    at = next((at for at, part in enumerate(parts) if part in INSTALLED), len(parts))
    return "/".join(parts[: at + 1]), NAMES


def _young(path: str, how: int, began: float) -> bool:
    if how == THERE:
        return False
    with suppress(OSError):
        return max(os.stat(path).st_ctime, os.lstat(path).st_ctime) > began - MARGIN  # noqa: PTH116 - a text
    return False


def spare_of(host: Host) -> str:
    """Where a spare link to that host is; another way to get there is another one."""
    home = Path(host.env.get("HOME") or "/")
    first = (host.config,) if host.config else (home / ".ssh" / "config", SSH)
    files = {path: fingerprint(str(path), CONTENT) for path in _included(first, home, DEEPEST)}
    env = [f"{name}={host.env.get(name, '')}" for name in OF_SSH]
    words = (host.name, str(host.config), host.store, host.python, host.ssh, *host.options, *env)
    told = repr((words, sorted(files.items()), digest(agent.packed())))
    return str(host.sockets / f"{PREFIX}{digest(told.encode('utf-8', 'surrogateescape'))[:16]}")


def _included(paths: Iterable[Path], home: Path, deepest: int) -> Iterator[Path]:
    for path in paths:
        yield path
        try:
            text = path.read_text(encoding="utf-8", errors="replace")
        except OSError:
            continue
        base = SSH.parent if path == SSH else home / ".ssh"
        words = [word.strip('"') for line in INCLUDE.findall(text) for word in line.split()]
        patterns = (str(base / word.replace("~", str(home), 1)) for word in words)
        more = (each for pattern in patterns for each in glob(pattern))  # noqa: PTH207 - it may be anywhere
        if deepest:
            yield from _included(map(Path, sorted(more)), home, deepest - 1)


def _make_room(cache: Path) -> None:
    """The oldest go."""
    with suppress(OSError):
        found = sorted((cache / memo.FOLDER).iterdir(), key=lambda each: each.stat().st_mtime, reverse=True)
        for each in found[KEPT:]:
            each.unlink()
