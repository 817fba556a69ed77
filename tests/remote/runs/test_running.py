from __future__ import annotations

import hashlib
import os
import signal
from typing import TYPE_CHECKING

from tampu.remote.links.wire import Kind
from tampu.remote.runs.running import Ends, Outcome, Spec, run
from tampu.remote.runs.signals import PASSED_ON, Signals
from tampu.remote.stores.asking import asked
from tests.kit import remotes
from tests.kit.remotes import Talk, over, python, shell

if TYPE_CHECKING:
    from tampu.remote.links.link import Link
    from tests.kit.sshd import Server

MEGABYTES = 10 << 20
STOPS = {signal.SIGSTOP, signal.SIGTSTP, signal.SIGTTIN, signal.SIGTTOU}
IGNORED = {signal.SIGCHLD, signal.SIGCONT, signal.SIGURG, signal.SIGWINCH}
ALL = sorted(signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP})
# The same bytes from any Python: a pattern, cut at random.
INTERLEAVED = """
import os, random
chance = random.Random(7)
told = [0, 0]
pattern = bytes(range(251)) * 300
while sum(told) < 10 << 20:
    stream = chance.randrange(2)
    start = told[stream] % 251
    told[stream] += os.write(1 + stream, pattern[start : start + chance.randrange(1, 1 << 16)])
print(*told, file=open("told", "w"))
"""
DIGEST = "import sys, hashlib; data = sys.stdin.buffer.read(); print(len(data), hashlib.sha256(data).hexdigest())"
# A signal that comes just before Python waits for its input is heard all the same: it can be read, too.
HANDLERS = """
import os, select, signal
woken, wake = os.pipe()
os.set_blocking(wake, False)
signal.set_wakeup_fd(wake)
caught = [number for number in range(1, 65) if number in signal.valid_signals() and number not in (9, 19)]
for number in caught:
    signal.signal(number, lambda number, frame: None)
os.write(1, b"ready\\n")
while 0 not in select.select([0, woken], [], [])[0]:
    os.write(1, b"%d\\n" % ord(os.read(woken, 1)))
"""


def test_each_exit_code(link: Link) -> None:
    codes = [over(link, shell(f"exit {code}")).outcome.code for code in range(256)]

    assert list(range(256)) == codes


def test_each_signal_that_ends_a_program(link: Link) -> None:
    deadly = [number for number in (*ALL, signal.SIGKILL) if number not in STOPS | IGNORED]

    ended = [over(link, shell(f"ulimit -c 0; kill -{int(number)} $$")).outcome.signal for number in deadly]

    assert [int(number) for number in deadly] == ended


def test_each_signal_that_can_be_caught(link: Link, far: Server) -> None:
    spec = python(HANDLERS)
    heard = []

    def talk(run: Talk) -> None:
        other = remotes.link(far)
        heard.append(run.said())
        for number in ALL:
            asked(other, Kind.ORDER, Kind.DONE, id=spec.name, order=Kind.SIGNAL, signal=number)
            heard.append(run.said())
        other.close()

    outcome = Talk(talk).over(link, spec)

    assert ["ready", *(str(int(number)) for number in ALL)] == heard
    assert 0 == outcome.code


def test_signals_that_come_to_us_go_there(link: Link) -> None:
    heard = []

    def talk(run: Talk) -> None:
        heard.append(run.said())
        for number in PASSED_ON:
            os.kill(os.getpid(), number)
            heard.append(run.said())

    with Signals() as signals:
        outcome = Talk(talk).over(link, python(HANDLERS), signals)

    assert ["ready", *(str(int(number)) for number in PASSED_ON)] == heard
    assert 0 == outcome.code


def test_both_streams_to_the_byte(link: Link, far: Server) -> None:
    said = over(link, python(INTERLEAVED))

    told = [int(word) for word in (far.home / "told").read_text().split()]
    pattern = bytes(range(251))
    for stream, size in zip((said.out, said.err), told, strict=True):
        assert size == len(stream)
        assert stream == (pattern * (size // 251 + 1))[:size]
    assert sum(told) >= MEGABYTES


def test_stdin_to_its_end(link: Link) -> None:
    given = os.urandom(MEGABYTES)

    said = over(link, python(DIGEST), given)

    assert f"{len(given)} {hashlib.sha256(given).hexdigest()}\n" == said.out.decode()


def test_nothing_on_stdin(link: Link) -> None:
    assert b"0 " == over(link, python(DIGEST)).out[:2]


def test_a_program_that_reads_nothing(link: Link) -> None:
    assert 5 == over(link, shell("exit 5"), b"x" * (4 << 20)).outcome.code


def test_a_program_that_closes_its_stdin(link: Link) -> None:
    said = over(link, shell("exec 0<&-; sleep 0.1; echo fine"), b"x" * (4 << 20))

    assert b"fine\n" == said.out


def test_each_line_comes_when_it_is_written(link: Link) -> None:
    heard = []

    def talk(run: Talk) -> None:
        for _ in range(3):
            heard.append(run.said())
            run.say(b"on\n")

    outcome = Talk(talk).over(link, python("for n in range(3): print(n); input()"))

    assert (["0", "1", "2"], 0) == (heard, outcome.code)


def test_nobody_reads_any_more(link: Link) -> None:
    read, write = os.pipe()
    os.close(read)

    outcome = run(
        link, shell("trap '' PIPE; while echo y; do :; done 2>/dev/null; exit 9"), Ends(stdin=None, stdout=write)
    )

    os.close(write)
    assert 9 == outcome.code


def test_words_arrive_as_they_are(link: Link) -> None:
    words = ("", "a b", "'\"$HOME`", "ü\n", "{store}!", "--")

    said = over(link, python("import sys; print(ascii(sys.argv[1:4] + sys.argv[6:]))", *words))

    assert ascii([*words[:3], words[5]]) == said.out.decode().strip()


def test_words_may_name_the_store(link: Link, far: Server) -> None:
    said = over(link, Spec(argv=("/bin/sh", "-c", "pwd; echo $0", "{store}/a"), cwd="{store}/runs"))

    assert f"{far.runs}\n{far.store}/a\n" == said.out.decode()


def test_a_program_that_is_not_there(link: Link) -> None:
    outcome = over(link, Spec(argv=("no-such-program",))).outcome

    assert (127, "No such file or directory") == (outcome.code, outcome.error)


def test_a_program_that_can_not_be_executed(link: Link) -> None:
    outcome = over(link, Spec(argv=("/etc/passwd",))).outcome

    assert (126, "Permission denied") == (outcome.code, outcome.error)


def test_secrets_are_nowhere_to_be_read(link: Link, far: Server) -> None:
    secret = os.urandom(8).hex()
    heard: list[object] = []

    def talk(run: Talk) -> None:
        heard.append(run.said())
        heard.append(remotes.processes(secret))

    Talk(talk).over(link, python("import os; print(len(os.environ['TOKEN'])); input()", TOKEN=secret))

    assert [str(len(secret)), []] == heard
    assert [] == remotes.holding(far.store, secret)


def test_a_terminal_where_one_is_asked_for(link: Link) -> None:
    text = "import os, sys; print(os.isatty(0), os.isatty(2), *os.get_terminal_size()); print(input() + '!')"
    heard = []

    def talk(run: Talk) -> None:
        heard.append(run.said())
        # A terminal shows what is typed at once, also in the middle of a line.
        run.say(b"hello\n")
        heard.extend(run.said() for _ in range(3))

    outcome = Talk(talk).over(link, Spec(argv=("", "-c", text), tty=True, size=(11, 99)))

    assert ["True True 99 11", "hello", "hello!", ""] == heard
    assert 0 == outcome.code


def test_what_a_shell_would_tell() -> None:
    assert 7 == Outcome(name="a", code=7).exit_code
    assert 130 == Outcome(name="a", signal=2).exit_code
    assert 1 == Outcome(name="a", lost=True).exit_code
