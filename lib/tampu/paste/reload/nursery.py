"""The fork servers and workers there are, as the process that stays knows them."""

from __future__ import annotations

import os
import selectors
import signal
import time
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol

from tampu.paste.reload.channel import Channel
from tampu.paste.reload.offspring import ForkServer, fork_server
from tampu.paste.reload.packages import Packages
from tampu.paste.reload.relatives import Parent, Worker
from tampu.paste.reload.sources import Sources

if TYPE_CHECKING:
    from collections.abc import Callable

    from tampu.paste.asking import Ask
    from tampu.paste.reload.offspring import Order

LET_GO_WITHIN = 0.1


class Listener(Protocol):
    def ready(self, worker: Worker, where: str) -> None: ...
    def loaded(self, worker: Worker) -> None: ...
    def failed(self, worker: Worker) -> None: ...
    def told(self, worker: Worker, message: dict[str, Any]) -> None: ...
    def ended(self, worker: Worker, code: int) -> None: ...
    def lost(self) -> None: ...


class Nursery:
    def __init__(
        self,
        ask: Ask,
        selector: selectors.BaseSelector,
        foreign: tuple[str, ...],
        listener: Listener,
        forget: Callable[[], None],
    ) -> None:
        self._ask = ask
        self._selector = selector
        self._foreign = foreign
        self._listener = listener
        self._forget = forget
        self._packages = Packages(held=bool(ask.reload and ask.reload.preload))
        self._listening: list[int] = []
        self._parents: list[Parent] = []
        self._answered = False
        self.workers: dict[int, Worker] = {}
        self.next_number = 1

    def fork(self, page: str, failure: str) -> Worker:
        parent = self._parent()
        ours, theirs = Channel.pair()
        worker = Worker(self.next_number, parent, ours)
        worker.failed = bool(failure)
        self.next_number += 1
        self.workers[worker.number] = worker
        self._selector.register(ours, selectors.EVENT_READ, partial(self._hear_worker, worker))
        order = {"do": "fork", "worker": worker.number, "page": page, "failure": failure}
        parent.channel.send(order, [theirs.fileno(), *self._listening])
        theirs.close()
        return worker

    def load(self, message: dict[str, Any]) -> bool:
        """Have the fork server hold what an app turned out to need; whether what it held was made for another one."""
        other = self._packages.learn(message, self._parent().environ)
        if other:
            self._retire()
        self._parent().load(self._packages, message["environ"], message["own"])
        return other

    def replace_if_held(self, changed: set[str]) -> None:
        """What has changed on disk is not what a fork server holds of it."""
        if self._packages.forget(changed):
            self._retire()

    def before(self, worker: Worker) -> list[Worker]:
        """Who listens, or did a moment ago."""
        return [each for each in self.workers.values() if each is not worker and each.begun]

    def may_begin(self, worker: Worker) -> bool:
        late = time.monotonic() >= worker.turn
        return all(
            worker.shares and each.shares and (late or each.closed or each.ended) for each in self.before(worker)
        )

    def first_ready(self) -> bool:
        first, self._answered = not self._answered, True
        return first

    def end_all(self, number: int) -> None:
        for worker in self.workers.values():
            worker.end(number, 0)

    def moments(self) -> list[float]:
        now = time.monotonic()
        turns = [worker.turn for worker in self.workers.values() if worker.turn > now]
        return [*turns, *(worker.deadline for worker in self.workers.values() if worker.deadline)]

    def lose_patience(self, now: float) -> None:
        for worker in self.workers.values():
            if worker.deadline and now >= worker.deadline:
                worker.end(signal.SIGKILL, 0)

    def close(self) -> None:
        """What is left ends now."""
        for parent in self._parents:
            parent.channel.close()
            with suppress(ProcessLookupError):
                os.kill(parent.pid, signal.SIGTERM)
            os.waitpid(parent.pid, 0)

    def _parent(self) -> Parent:
        if not self._parents or self._parents[-1].retired:
            ours, theirs = Channel.pair()
            pid = fork_server(partial(self._be_parent, ours, theirs))
            theirs.close()
            parent = Parent(pid, ours)
            self._parents.append(parent)
            self._selector.register(ours, selectors.EVENT_READ, partial(self._hear_parent, parent))
        return self._parents[-1]

    def _retire(self) -> None:
        if self._parents and not self._parents[-1].retired:
            self._parents[-1].retired = True
            self._parents[-1].channel.send({"do": "retire"})

    def _be_parent(self, ours: Channel, theirs: Channel) -> int:
        self._forget()
        ours.close()
        for channel in (each.channel for several in (self._parents, self.workers.values()) for each in several):
            channel.close()
        for number in self._listening:
            os.close(number)
        os.environ.pop("NOTIFY_SOCKET", None)
        sources = Sources(self._foreign, frozenset(self._packages.edited))
        sources.install()
        ask = self._ask

        def work(order: Order) -> int:
            from tampu.paste.reload.worker import Worker as Work

            return Work(ask, order, sources).run()

        return ForkServer(theirs, sources, frozenset(self._packages.blocked), work).run()

    def _hear_parent(self, parent: Parent) -> None:
        messages = parent.channel.receive()
        for message, descriptors in messages or ():
            if "harmful" in message:
                self._packages.blocked.add(message["harmful"])
                self._retire()
                self._parent().load(self._packages, parent.environ or {}, [])
            elif "unborn" in message:
                self._adopt(self.workers[message["unborn"]["worker"]], message["unborn"], descriptors)
            else:
                self._bury(self.workers[message["worker"]], message["code"])
        if messages is None:
            self._lose(parent)

    def _adopt(self, worker: Worker, order: dict[str, Any], descriptors: list[int]) -> None:
        worker.parent = self._parent()
        worker.parent.channel.send({"do": "fork", **order}, descriptors)
        for number in descriptors:
            os.close(number)
        if worker.asked_to_end:
            worker.end(signal.SIGKILL, 0)

    def _lose(self, parent: Parent) -> None:
        self._selector.unregister(parent.channel)
        parent.channel.close()
        self._parents.remove(parent)
        os.waitpid(parent.pid, 0)
        orphans = [worker for worker in self.workers.values() if worker.parent is parent]
        for worker in orphans:
            worker.asked_to_end = True
            self._bury(worker, -signal.SIGKILL)
        if not parent.retired or orphans:
            self._listener.lost()

    def _hear_worker(self, worker: Worker) -> None:
        if worker.ended:
            return
        messages = worker.channel.receive()
        for message, descriptors in messages or ():
            what = message["is"]
            if what == "ready":
                self._hold(descriptors)
                worker.ready = True
                if not worker.asked_to_end:
                    self._listener.ready(worker, message["where"])
            elif what == "loaded" and not worker.asked_to_end:
                worker.shares, worker.turn = message["shares"], time.monotonic() + LET_GO_WITHIN
                self._listener.loaded(worker)
            elif what == "closed":
                worker.closed = True
            elif what == "told":
                self._listener.told(worker, message)
            elif what == "failed":
                self._listener.failed(worker)
        if messages is None:
            self._selector.unregister(worker.channel)
            worker.channel.close()

    def _drain(self, worker: Worker) -> None:
        """Its last words."""
        while worker.channel.has_more():
            self._hear_worker(worker)

    def _hold(self, descriptors: list[int]) -> None:
        old, self._listening = self._listening, descriptors
        for number in old:
            os.close(number)

    def _bury(self, worker: Worker, code: int) -> None:
        self._drain(worker)
        del self.workers[worker.number]
        worker.ended = True
        with suppress(KeyError, ValueError):
            self._selector.unregister(worker.channel)
        worker.channel.close()
        self._listener.ended(worker, code)
