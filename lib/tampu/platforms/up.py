"""`tampu up`: build the app, serve it on this machine as a platform would, and follow its changes."""

from __future__ import annotations

import signal
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from tampu.build.story import build
from tampu.platforms import local
from tampu.platforms.up_changes import Kind, Watch
from tampu.platforms.up_launch import launch
from tampu.platforms.up_port import choose
from tampu.platforms.up_serving import HEALS, TICK, Serving
from tampu.values import dataclass
from tampu.world import files
from tampu.world.console import Notice
from tampu.world.run import Processes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from typing_extensions import Self

    from tampu.platforms.up_launch import Launch
    from tampu.world.console import Console

    Attempt = Callable[[Callable[[], int]], int]

INTERRUPTED = 130
COLLECTS = "django_collectstatic"
MOST_NAMED = 3
# Paths of sockets have an end.
LONGEST_FOLDER = 60
SHORT_FOLDER = "/tmp"  # noqa: S108 - what is made there has a name that nobody can guess


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """What a person asks for; `attempt` does a piece of work, and tells of its errors instead of raising them."""

    app: Path
    port: str | None
    reload: bool
    environ: Mapping[str, str]
    say: Console
    attempt: Attempt


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where it listens, and the folder of what changes while it runs."""

    port: int
    run: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Built:
    """What to start, and whether a build collects the app's static files."""

    launch: Launch
    collects: bool


def up(call: Call) -> int:
    port = choose(call.port, call.environ)
    if port.instead:
        text = f"port {port.instead} is taken, so this is {port.number}."
        call.say.notice(Notice(name="up::other-port", text=text))
    with _run_folder() as run, Interruption() as interruption:
        place = Place(port=port.number, run=run)
        app = Up(call, place, _built(call, place))
        try:
            return app.follow(interruption)
        except KeyboardInterrupt:
            app.end()
            return 0


class Up:
    """An app as it was last built, and what serves it, if anything does at the moment."""

    def __init__(self, call: Call, place: Place, built: Built) -> None:
        self._call = call
        self._say = call.say
        self._place = place
        self._built = built
        self._stale = False
        self._watch = Watch(call.app.resolve())
        self._serving: Serving | None = self._start()

    def follow(self, interruption: Interruption) -> int:
        """Until it ends of itself and no change could mend it."""
        while True:
            interruption.check()
            ended = self._look()
            if ended is not None and not self._call.reload:
                return ended
            if ended is not None:
                self._serving = None
                self._tell("up::ended", f"it ended with exit code {ended}. The next change starts it again.")
            changed = self._watch.changes() if self._call.reload else {}
            if changed:
                self._act(changed)

    def end(self) -> None:
        self._say.step("Ending")
        if self._serving:
            try:
                self._serving.end()
            except KeyboardInterrupt:
                self._serving.end()
        self._say.rest()

    def _look(self) -> int | None:
        if self._serving:
            return self._serving.look()
        time.sleep(TICK)
        return None

    def _act(self, changed: Mapping[Kind, list[str]]) -> None:
        builds = self._stale or Kind.BUILD in changed or (Kind.STATIC in changed and self._built.collects)
        if not builds and Kind.CODE not in changed:
            return
        self._say.step(f"{_named(changed)} changed")
        if builds and not self._rebuild():
            return
        if set(changed) == {Kind.STATIC} and self._serving:
            self._say.news("Static files are collected")
        elif builds or not self._serving or not self._serving.launch.stack or not self._serving.reload():
            self._restart()

    def _rebuild(self) -> bool:
        def work() -> int:
            self._built = _built(self._call, self._place)
            return 0

        code = self._call.attempt(work)
        if code == INTERRUPTED:
            raise KeyboardInterrupt
        self._stale = code != 0
        self._watch.forget_a_build()
        if self._stale:
            self._tell("up::stale", "what was built before goes on. The next change builds again.")
        return not self._stale

    def _restart(self) -> None:
        if self._serving:
            self._serving.end()
            self._serving = None
        self._serving = self._start()

    def _start(self) -> Serving:
        launch = self._built.launch
        self._say.step(f"Starting {self._call.app.resolve().name}" if launch.stack else f"Starting {launch.line}")
        return Serving(launch, starter=Processes(self._say), say=self._say)

    def _tell(self, name: str, text: str) -> None:
        self._say.rest()
        self._say.notice(Notice(name=name, text=text))


def _built(call: Call, place: Place) -> Built:
    target = local.read_target(call.app, None, call.environ)
    outcome = build(target, local.open_world(call.app, call.environ, call.say))
    local.publish(outcome, target)
    heals = {HEALS: "1"} if call.reload else {}
    return Built(
        launch=launch(outcome.plan, target, {**call.environ, **heals}, place.run, place.port),
        collects=any(task.name == COLLECTS for task in outcome.plan.tasks),
    )


def _named(changed: Mapping[Kind, list[str]]) -> str:
    names = [name for paths in changed.values() for name in paths]
    more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    return ", ".join(names[:MOST_NAMED]) + more


@contextmanager
def _run_folder() -> Iterator[Path]:
    usual = tempfile.gettempdir()
    place = usual if len(usual) <= LONGEST_FOLDER else SHORT_FOLDER
    folder = Path(tempfile.mkdtemp(prefix="tampu-up-", dir=place))
    try:
        yield folder
    finally:
        files.remove(folder)


class Interruption:
    """Ctrl-C, or what managers send instead: raised at once, and kept, for what is raised in a finalizer is lost."""

    _asked = False

    def __enter__(self) -> Self:
        # What is ignored, as Ctrl-C is behind a shell's `&`, is so on purpose.
        heard = [each for each in (signal.SIGINT, signal.SIGTERM) if signal.getsignal(each) is not signal.SIG_IGN]
        self._before = {number: signal.signal(number, self._interrupt) for number in heard}
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def check(self) -> None:
        if self._asked:
            raise KeyboardInterrupt

    def _interrupt(self, *_: object) -> NoReturn:
        self._asked = True
        raise KeyboardInterrupt
