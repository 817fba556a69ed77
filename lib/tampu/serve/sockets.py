"""Sockets that a server begins with: its predecessor's, or such as only root may open."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tampu.daemon import processes
from tampu.daemon.places import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from tampu.daemon.become import Person
    from tampu.daemon.identity import Found
    from tampu.serve.program import Program

# As paste/listening.py knows it, which is much to load for one who only asks.
HANDED_ON = "TAMPU_SOCKETS"


def taken_over(found: Found) -> list[int]:
    """Descriptors of what that server listens at: as long as we hold them, no caller is refused."""
    from tampu.paste import handing

    uid = processes.owner(found.pid) if found.process else None
    if uid is None or not found.record:
        return []
    return list(handing.take(found.record.token, uid))


def privileged(program: Program, person: Person | None) -> list[int]:
    """Whoever is to become another user opens such a port before."""
    if person is None or person.uid == ROOT:
        return []
    from tampu.paste import listening, loading

    options = loading.server_options(program.ask)
    port = options.get("port", "")
    if not listening.is_port(port) or not 0 < int(port) < listening.FIRST_FREE_FOR_ALL:
        return []
    return [each.detach() for each in listening.sockets(options.get("host", "localhost"), int(port))]


def told(environ: Mapping[str, str], descriptors: Iterable[int]) -> dict[str, str]:
    """So that the program knows them."""
    numbers = ",".join(map(str, descriptors))
    others = {name: value for name, value in environ.items() if name != HANDED_ON}
    return {**others, HANDED_ON: numbers} if numbers else others
