"""The process that stays: it hears of changes, has workers made, and lets the old one go when the new one answers."""

from __future__ import annotations

import os
import selectors
import signal
import time
from typing import TYPE_CHECKING, Any

from tampu.daemon import notify
from tampu.paste.asking import Reload
from tampu.paste.reload import refresh
from tampu.paste.reload.live import Live
from tampu.paste.reload.nursery import Nursery
from tampu.paste.reload.offspring import Become
from tampu.paste.reload.outside import Outside
from tampu.paste.reload.scope import Scope, foreign_folders
from tampu.paste.reload.watching import watcher
from tampu.world.console import Notice, PlainConsole

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tampu.paste.asking import Ask
    from tampu.paste.reload.relatives import Worker

# A change after a quiet moment is taken up at once; of many, the last ones are waited for.
QUIET, SETTLED, LONGEST = 0.05, 0.01, 0.25
PATIENCE = 12.0
LAST_WORDS = 1.0
MOST_NAMED = 3
OURS = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))


def follow(ask: Ask) -> int:
    role = Following(ask).run
    while True:
        try:
            return role()
        except Become as other:  # noqa: PERF203 - no more than two turns
            role = other.role


class Following:
    def __init__(self, ask: Ask) -> None:
        wish = ask.reload or Reload()
        self._say = PlainConsole()
        self._selector = selectors.DefaultSelector()
        self._asked_to_end = 0
        self._bell()
        folder = os.path.dirname(os.path.join(ask.here, ask.file)) if ask.file else (*ask.first, ask.here)[0]
        self._scope = Scope([folder], wish.also)
        self._watcher = watcher(self._scope, wish)
        if self._watcher.pause is None:
            self._selector.register(self._watcher.fileno(), selectors.EVENT_READ, self._hear)
        self._live = Live(self._selector) if wish.refresh else None
        foreign = foreign_folders(*ask.last, OURS)
        self._outside = Outside(self._scope, self._watcher, foreign)
        self._nursery = Nursery(ask, self._selector, foreign, self, self._close)
        self._serving: Worker | None = None
        self._coming: Worker | None = None
        self._changed: set[str] = set()
        self._why: set[str] = set()
        self._due = self._first = self._last = 0.0
        self._next_look = 0.0

    def run(self) -> int:
        self._begin()
        while not self._asked_to_end:
            self._turn()
        deadline = time.monotonic() + LAST_WORDS
        self._nursery.end_all(signal.SIGTERM)
        while self._nursery.workers and self._asked_to_end == 1 and time.monotonic() < deadline:
            self._turn()
        self._nursery.close()
        return 0

    # What the nursery tells.

    def ready(self, worker: Worker, where: str) -> None:
        old, self._serving = self._serving, worker
        if worker is self._coming:
            self._coming = None
        if old and not old.asked_to_end:
            old.end(signal.SIGTERM, PATIENCE)
        if self._live:
            self._live.tell(worker.number)
        if self._nursery.first_ready():
            notify.ready()
            self._say.news(f"Serving {where and f'at {where} '}and following changes (Ctrl-C ends it)")
        elif not worker.failed:
            self._say.news(f"Reloaded in {1000 * (time.monotonic() - worker.began):.0f} ms: {_names(self._why)}")
        self._why.clear()

    def loaded(self, worker: Worker) -> None:
        """Who calls from now on waits for the new one, which waits until the old ones don't listen any more."""
        for old in self._nursery.before(worker):
            if not old.asked_to_end:
                old.end(signal.SIGTERM, PATIENCE)

    def failed(self, worker: Worker) -> None:
        worker.failed = worker.told = True
        self._wait_for_change()

    def told(self, worker: Worker, message: dict[str, Any]) -> None:
        if self._outside.learn(message):
            self._change(self._outside.changed())
        # What doesn't come to its end hasn't said all that it has to say.
        current = worker in {self._serving, self._coming} and not worker.failed
        if current and self._nursery.load(message):
            self._begin()

    def ended(self, worker: Worker, code: int) -> None:
        # If the one that served has ended, the one that comes is as good an answer as any.
        current = worker is self._coming or (worker is self._serving and not self._coming)
        self._serving = None if worker is self._serving else self._serving
        self._coming = None if worker is self._coming else self._coming
        if current and not worker.failed and not self._asked_to_end and not worker.asked_to_end:
            how = f"was ended by signal {-code}" if code < 0 else f"ended with exit code {code}"
            when = "" if worker.ready else " while it was loaded"
            self._begin(f"The app {how}{when}.")
        elif current and not worker.ready and not worker.asked_to_end and not worker.told:
            self._wait_for_change()

    def lost(self) -> None:
        """Somebody has killed the fork server, and all its workers are gone with it."""
        if not self._asked_to_end:
            self._begin()

    def _wait_for_change(self) -> None:
        self._say.notice(Notice(name="serve::broken", text="the next change starts it again."))

    def _begin(self, failure: str = "") -> None:
        if self._coming:
            # It may have begun to answer just now: then it ends what it is at.
            self._coming.end(signal.SIGTERM, LAST_WORDS)
        number = self._nursery.next_number
        page = refresh.script(self._live.address, self._live.name_of(number)) if self._live else ""
        self._coming = self._nursery.fork(page, failure)

    def _turn(self) -> None:
        for key, _ in self._selector.select(self._wait()):
            key.data()
        now = time.monotonic()
        if self._watcher.pause is not None and now >= self._next_look:
            self._hear()
            self._next_look = time.monotonic() + self._watcher.pause
        if self._changed and now >= self._due and not self._asked_to_end:
            self._take_up()
        self._nursery.lose_patience(now)
        if self._coming and self._coming.turn and self._nursery.may_begin(self._coming):
            self._coming.begin()

    def _wait(self) -> float | None:
        moments = [self._due] if self._changed else []
        moments += [self._next_look] if self._watcher.pause is not None else []
        moments += self._nursery.moments()
        moments += [time.monotonic() + LAST_WORDS] if self._asked_to_end else []
        return max(0.0, min(moments) - time.monotonic()) if moments else None

    def _hear(self) -> None:
        self._change(self._watcher.changes())

    def _change(self, paths: Iterable[str]) -> None:
        found = set(paths)
        if not found:
            return
        now = time.monotonic()
        if not self._changed:
            self._first = now
        self._changed |= found
        quiet = now - self._last > QUIET
        self._due = now if quiet else min(now + SETTLED, self._first + LONGEST)
        self._last = now

    def _take_up(self) -> None:
        self._nursery.replace_if_held(self._changed)
        self._why |= self._changed
        self._changed = set()
        self._begin()

    def _bell(self) -> None:
        reader, writer = os.pipe()
        for each in (reader, writer):
            os.set_blocking(each, False)
        signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._end)
        self._selector.register(reader, selectors.EVENT_READ, lambda: os.read(reader, 4096))
        self._pipe = (reader, writer)

    def _end(self, _number: int, _frame: object) -> None:
        self._asked_to_end += 1

    def _close(self) -> None:
        """In a new process: nothing of this one is its business."""
        signal.set_wakeup_fd(-1)
        self._selector.close()
        if self._watcher.pause is None:
            self._watcher.close()
        if self._live:
            self._live.close()
        for each in self._pipe:
            os.close(each)


def _names(paths: set[str]) -> str:
    names = sorted({os.path.basename(path) for path in paths})
    more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    return ", ".join(names[:MOST_NAMED]) + more
