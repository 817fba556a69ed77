from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pytest

from tampu.build.model import Target
from tampu.build.story import build
from tampu.world import World
from tampu.world.cache import Cache
from tampu.world.console import PlainConsole
from tampu.world.downloads import Downloads
from tampu.world.mishaps import TimedOut
from tampu.world.run import Processes
from tests.kit import error_classes, failures
from tests.messages.mirrors_gone_bad import answers
from tests.world.origin import stall

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.kit.failures import Bench
    from tests.kit.golden import Golden

# Who waits for it through `bin/compile` waits for a minute and a half.
SLOW = TimedOut.reason
# See test_daemons.py, test_creating.py and test_needs.py.
BY_NO_COMMAND = {
    "create::busy",
    "create::came-meanwhile",
    # Of many runs: see test_rows.py.
    "remote::another-ledger",
    "remote::bad-map",
    "remote::broken-ledger",
    "remote::cluster-failed",
    "remote::ledger-in-use",
    "remote::no-space-for-results",
    "remote::slurm-failed",
    "remote::bad-conf",
    "remote::unknown-key",
    "remote::bad-value",
    "remote::windows",
    "remote::no-package",
    "remote::bad-package",
    "remote::edited-source",
    "remote::in-the-way",
    "remote::unreadable-file",
    "remote::bad-mods",
    "remote::undecided",
    "daemon::busy",
    "daemon::may-not-switch",
    "daemon::not-anew",
    "daemon::threads",
    "daemon::unstoppable",
    "terminal::no-answer",
}
# See test_remotes.py and test_environments.py.
OF_HOSTS = {
    "remote::bad-python",
    "remote::no-such-python",
    "remote::no-wheel",
    "remote::not-provided",
    "remote::unknown-platform",
    "remote::changed-meanwhile",
    "remote::cut-off",
    "remote::host-full",
    "remote::no-python",
    "remote::no-run",
    "remote::not-let-in",
    "remote::out-of-reach",
    "remote::store",
    "remote::unknown-host",
}
REASONS = [reason for reason in failures.ids() if reason not in {SLOW, *BY_NO_COMMAND, *OF_HOSTS}]


@pytest.mark.parametrize("reason", REASONS)
def test_what_a_user_reads(reason: str, failing: Callable[[str], Bench], golden: Golden) -> None:
    bench = failing(reason)
    result = bench.run()
    text = bench.anonymous(failures.message(result.err))

    assert text.endswith(f"\n\n({reason})\n"), result.out + result.err
    assert error_classes.exit_code(reason) == result.code
    assert "Traceback" not in result.err
    assert f'File "{bench.house}' not in result.out
    golden.check(failures.golden(reason), text)


def test_what_a_user_reads_when_a_server_falls_silent(failing: Callable[[str], Bench], golden: Golden) -> None:
    bench = failing(SLOW)
    answers(stall)(bench)
    say = PlainConsole(out=io.StringIO(), err=io.StringIO())
    world = World(
        run=Processes(say),
        fetch=Downloads(environ={}, say=say, pause=lambda _: None, stall=0.2),
        cache=Cache(bench.cache / "tampu"),
        say=say,
        environ=bench.env,
    )

    with pytest.raises(TimedOut) as caught:
        build(Target(app=bench.app, layers=bench.app / ".tampu"), world)
    golden.check(failures.golden(SLOW), bench.anonymous(caught.value.as_text()))
