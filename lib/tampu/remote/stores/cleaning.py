"""What tampu has made for scripts is removed again: here, on hosts, or both."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tampu.remote.call.options import LOCAL, REMOTE
from tampu.remote.links.link import shut
from tampu.remote.quick import spare
from tampu.remote.stores import store
from tampu.world import files
from tampu.world.console import Notice

if TYPE_CHECKING:
    from tampu.remote.call.here import Here

LEFT = 1


def clean(here: Here) -> int:
    """Exit code 1 where something is in use, and stays."""
    what = here.call.words[0]
    spare.end_all(str(here.sockets))
    left = [_on_host(here, host) for host in _hosts(here)] if what != LOCAL else []
    if what != REMOTE:
        files.remove(here.cache)
        here.say.news("Nothing is kept here any more but the records of what ran")
    return LEFT if any(left) else 0


def _hosts(here: Here) -> list[str]:
    many = here.call.value("hosts").split(",") if here.call.asks("hosts") else here.conf.hosts
    return [each for each in many if each] or [here.host().name]


def _on_host(here: Here, name: str) -> bool:
    """Whether something stayed."""
    with here.link(name) as link:
        removed = store.remove(link, "all")
    for each, why in removed.left:
        here.say.notice(Notice(name="remote-in-use", text=f"{each} stays on {name}: {why}."))
    if not removed.left:
        here.say.news(f"Nothing of tampu is on {name} any more")
    shut(link.host)
    return bool(removed.left)
