"""What the agent does for each kind of frame."""

from __future__ import annotations

import os
import platform
import sys
import time

from tampu.remote.agent.changes import changing, fetching
from tampu.remote.agent.cleaning import RUNS_KEPT, clearing, collecting, used
from tampu.remote.agent.holding import MOMENT, entering, inside, leased, release
from tampu.remote.agent.interpreters import finding
from tampu.remote.agent.making import Making, wanted
from tampu.remote.agent.places import ENVS, TREES, Store, about, inner
from tampu.remote.agent.shown import Shown
from tampu.remote.agent.tasks import BACKGROUND
from tampu.remote.links.wire import Kind, blob_of, frame, said, words

TYPE_CHECKING = False

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from tampu.remote.agent.serving import Agent
    from tampu.remote.agent.tasks import Steps

    Answer = Callable[[Agent, int, bytes], None]

VERSION = 1
# So many runs above what is kept are there before the oldest go.
MORE = 20
SHORTLY = 0.1


def itself() -> dict[str, Any]:
    return {
        "agent": VERSION,
        "python": platform.python_version(),
        "implementation": sys.implementation.name,
        "executable": sys.executable,
        "machine": os.uname().machine,
        "system": sys.platform,
        "cpus": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1,
        "libc": " ".join(platform.libc_ver()),
        "home": os.path.expanduser("~"),
    }


def greet(agent: Agent, _channel: int, body: bytes) -> None:
    wish = words(body)
    agent.store = Store(wish.get("store", ""), wish.get("budget", 0))
    hold = inside(agent.store)
    release([hold] if hold >= 0 else [])


def pong(agent: Agent, channel: int, _body: bytes) -> None:
    agent.say(frame(Kind.PONG, channel))


def run(agent: Agent, channel: int, body: bytes) -> None:
    spec, store = words(body), agent.store
    folder = store.run(spec["id"])
    if not os.path.isdir(folder) and spec.get("argv"):
        holds, lacking = leased(store, spec)
        if lacking:
            agent.say(said(Kind.FAULT, channel, error="not all of it is there", lacks=lacking))
            return
        agent.next.supervise(store, settled(store, spec))
        if len(os.listdir(store.runs)) > RUNS_KEPT + MORE:
            agent.tasks.add(BACKGROUND, collecting(store, store.budget))
        release(holds)
    if channel in agent.shown:
        agent.shown.pop(channel).close()
    agent.shown[channel] = Shown(folder, spec)
    agent.say(said(Kind.STARTED, channel, **about(folder)))


def settled(store: Store, spec: dict[str, Any]) -> dict[str, Any]:
    """With words that are paths where they name the store, and with its interpreter."""
    python = store.within(spec.get("python") or "") or sys.executable
    if spec.get("environment"):
        spec["programs"] = os.path.join(store.place(ENVS, spec["environment"]), "bin")
        python = os.path.join(spec["programs"], "python")
    spec["argv"] = [store.within(word) for word in spec["argv"]]
    spec["argv"][0] = spec["argv"][0] or python
    spec["interpreter"] = python
    spec["cwd"] = store.within(spec.get("cwd") or "")
    if spec.get("tree"):
        spec["from"] = store.place(TREES, spec["tree"])
        spec["work"] = os.path.join(store.run(spec["id"]), "work")
        spec["cwd"] = os.path.join(spec["work"], inner(spec["cwd"]) if spec["cwd"] else "")
    return spec


def listed(agent: Agent, channel: int, _body: bytes) -> None:
    agent.say(said(Kind.LISTED, channel, runs=agent.store.listed()))


def order(agent: Agent, channel: int, body: bytes) -> None:
    """To a run by its ID, whoever else looks on."""
    wish = words(body)
    shown = Shown(agent.store.run(wish["id"]), {})
    shown.say(said(wish["order"], **wish))
    agent.say(said(Kind.DONE, channel, running=shown.door is not None))
    shown.close()


def want(agent: Agent, channel: int, body: bytes) -> None:
    wish = words(body)
    if channel in agent.makings:
        agent.tasks.add(channel, agent.makings.pop(channel).drop())
    agent.tasks.add(channel, wanting(agent, channel, wish["kind"], wish["id"]))


def wanting(agent: Agent, channel: int, kind: str, name: str) -> Steps:
    told = time.monotonic()
    while not agent.store.has(kind, name):
        holds = wanted(agent.store, kind, name)
        if holds:
            agent.makings[channel] = Making(agent.store, kind, name, holds)
            break
        if time.monotonic() - told > 1:
            told = time.monotonic()
            agent.say(frame(Kind.WAIT, channel))
        yield MOMENT
    making = agent.makings.get(channel)
    # Somebody may have ended it between the two looks.
    if making and agent.store.has(kind, name):
        yield from agent.makings.pop(channel).drop()
    agent.say(said(Kind.HAS, channel, ready=channel not in agent.makings))


def tree(agent: Agent, channel: int, body: bytes) -> None:
    agent.tasks.add(channel, beginning(agent, channel, words(body)))


def beginning(agent: Agent, channel: int, told: dict[str, Any]) -> Steps:
    making = agent.makings[channel]
    yield from making.begin(told)
    if making.lacking:
        agent.say(said(Kind.LACKS, channel, shas=list(making.lacking)))
    else:
        yield from publishing(agent, channel)


def blob_came(agent: Agent, channel: int, body: bytes) -> None:
    # What is still on its way of a tree that was dropped goes nowhere.
    if channel in agent.makings:
        agent.makings[channel].take(*blob_of(body))
        if not agent.makings[channel].lacking:
            agent.tasks.add(channel, publishing(agent, channel))


def publishing(agent: Agent, channel: int) -> Steps:
    yield from agent.makings[channel].publish()
    making = agent.makings.pop(channel)
    release(making.holds)
    agent.say(said(Kind.HAS, channel, ready=True))
    if not agent.grown:
        agent.grown = True
        agent.tasks.add(BACKGROUND, tidying(agent))


def tidying(agent: Agent) -> Steps:
    """Once for all that comes at about the same time."""
    yield SHORTLY
    agent.grown = False
    yield from collecting(agent.store, agent.store.budget)


def changed(agent: Agent, channel: int, body: bytes) -> None:
    agent.tasks.add(channel, changing(agent, channel, words(body)["id"]))


def fetch(agent: Agent, channel: int, body: bytes) -> None:
    agent.tasks.add(channel, fetching(agent, channel, words(body)["id"], words(body)["paths"]))


def remove(agent: Agent, channel: int, body: bytes) -> None:
    agent.tasks.add(channel, clearing(agent, channel, words(body)["what"], words(body).get("id", "")))


def pythons(agent: Agent, channel: int, _body: bytes) -> None:
    agent.tasks.add(channel, finding(agent, channel))


def in_store(agent: Agent, channel: int, _body: bytes) -> None:
    agent.tasks.add(channel, telling(agent, channel))


def telling(agent: Agent, channel: int) -> Steps:
    hold = yield from entering(agent.store)
    agent.say(said(Kind.USED, channel, **used(agent.store)))
    release([hold])


ANSWERS: dict[int, Answer] = {
    Kind.HELLO: greet,
    Kind.PING: pong,
    Kind.RUN: run,
    Kind.LIST: listed,
    Kind.ORDER: order,
    Kind.WANT: want,
    Kind.TREE: tree,
    Kind.BLOB: blob_came,
    Kind.CHANGED: changed,
    Kind.FETCH: fetch,
    Kind.REMOVE: remove,
    Kind.PYTHONS: pythons,
    Kind.USED: in_store,
}
