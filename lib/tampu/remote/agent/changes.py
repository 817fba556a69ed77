"""What a run has written into its own copy of the code."""

from __future__ import annotations

import hashlib
import os
import stat

from tampu.remote.agent.copying import BYTECODE
from tampu.remote.agent.places import TREES, about, inner, noted
from tampu.remote.links.wire import LAST, Kind, blob, said

TYPE_CHECKING = False

if TYPE_CHECKING:
    from typing import Any

    from tampu.remote.agent.places import Store
    from tampu.remote.agent.serving import Agent
    from tampu.remote.agent.tasks import Steps

PORTION = 1 << 18
# As much waits to be sent; and that long is waited for it to go.
SENT_AHEAD = 1 << 20
TURN = 0.005


def worked(store: Store, name: str) -> str:
    folder = store.run(name)
    work = os.path.join(folder, "work")
    if not os.path.isdir(work):
        raise ValueError("nothing is kept of what that run wrote" if os.path.isdir(folder) else "no run of that ID")
    return work


def changing(agent: Agent, channel: int, name: str) -> Steps:
    """New files, and those that differ from the tree, by their content; a link is no file."""
    work = worked(agent.store, name)
    tree = about(agent.store.run(name)).get("tree")
    items: dict[str, Any] = noted(agent.store.lock(TREES, tree) + ".told").get("items", {}) if tree else {}
    found = []
    for folder, folders, files in os.walk(work):
        folders[:] = sorted(each for each in folders if each != BYTECODE)
        for path in sorted(os.path.join(folder, each) for each in files):
            place = os.path.relpath(path, work)
            about_it = os.lstat(path)
            if not stat.S_ISREG(about_it.st_mode):
                continue
            made = hashlib.sha256()
            with open(path, "rb", 0) as file:
                data = b"-"
                while data:
                    data = file.read(PORTION)
                    made.update(data)
                    yield 0.0
            mode = stat.S_IMODE(about_it.st_mode)
            before = items.get(place, [])
            if before[:1] != [made.hexdigest()] or bool(before[2]) != bool(mode & stat.S_IXUSR):
                found.append([place, made.hexdigest(), about_it.st_size, mode])
    agent.say(said(Kind.CHANGED, channel, files=found))


def fetching(agent: Agent, channel: int, name: str, paths: list[str]) -> Steps:
    """One after the other; whose content it is, whoever gets them makes sure."""
    work = os.path.realpath(worked(agent.store, name))
    for path in paths:
        place = os.path.join(work, inner(path))
        if os.path.realpath(place) != place:
            raise ValueError(f"a link: {path!r}")
        with open(place, "rb", 0) as file:
            data = file.read(PORTION)
            while True:
                while len(agent.unsent) > SENT_AHEAD:
                    yield TURN
                after = file.read(PORTION)
                agent.say(blob(channel, "00" * 32, 0 if after else LAST, data))
                yield 0.0
                if not after:
                    break
                data = after
