"""A row of words for each run, spread over two hosts; whatever is killed meanwhile, each row has one result."""

from __future__ import annotations

import itertools
import os
import random
import signal
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tampu.remote.engines import Setting
from tampu.remote.links.link_errors import OutOfReach
from tampu.remote.rows.ledger_errors import AnotherLedger, BrokenLedger, LedgerInUse
from tampu.remote.runs import at_host
from tampu.remote.runs.watch import Ends
from tests.kit import remotes, rows
from tests.kit.distance import distance
from tests.kit.rows import Text, numbers, wanted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.kit.rows import Pair
    from tests.kit.sshd import Server

PATIENCE = 60
# On the host that stays away nobody ends it.
WAITS = """
import os, time
for _ in range(3000):
    if os.environ["HOST"] != "two" and os.path.exists({mark!r}):
        break
    time.sleep(0.01)
"""
# Nobody ends before both hosts have begun.
TOGETHER = """
import os, time
open({folder!r} + "/began-" + os.environ["HOST"], "w").close()
while not all(os.path.exists({folder!r} + "/began-" + name) for name in ("one", "two")):
    time.sleep(0.01)
"""
SQUARE = "import sys; print(int(sys.argv[1]) ** 2)"
SLOWLY = "import sys, time; print(int(sys.argv[1]) ** 2); time.sleep(0.1)"
# The last one goes on until enough were killed.
UNTIL_ENOUGH = f"""{SLOWLY}
import os
while sys.argv[1] == "99" and not os.path.exists({{mark!r}}):
    time.sleep(0.01)
"""
ENOUGH = 3


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    with rows.pair(tmp_path_factory.mktemp("pair"), "3.8") as servers:
        yield servers


def until(holds: Callable[[], object]) -> None:
    began = time.monotonic()
    while not holds():
        assert time.monotonic() - began < PATIENCE
        time.sleep(0.01)


def squares(count: int) -> dict[int, str]:
    return {number: f"{number**2}\n" for number in range(count)}


def test_rows_are_spread_over_hosts(pair: Pair, tmp_path: Path) -> None:
    text = "import sys; print(sys.argv[1:]); print('e', file=sys.stderr); sys.exit(int(sys.argv[1]) == 3)"
    given = tuple((str(number), "a b", "") for number in range(12))

    said = rows.run(wanted(pair, given, tmp_path), Text(text=f"{TOGETHER.format(folder=str(tmp_path))}{text}"))

    assert 1 == said.code
    assert {"one", "two"} == {each["host"] for each in rows.ended(tmp_path).values()}
    assert [0] * 3 + [1] + [0] * 8 == [each["code"] for _, each in sorted(rows.ended(tmp_path).items())]
    assert {number: f"['{number}', 'a b', '']\n" for number in range(12)} == rows.outputs(tmp_path)
    assert "e\n" == (tmp_path / "1" / "err").read_text()
    assert "[12/12] " in said.err
    assert said.err.endswith("12 runs: 11 well, 1 failed, 0 without a result\n")
    assert "" == said.out


def test_without_rows_each_host_has_one_run_and_its_lines_are_shown(pair: Pair) -> None:
    text = "import os, sys; print(os.environ['HOST']); print('a\\nb', end='', file=sys.stderr)"

    said = rows.run(wanted(pair, (), None), Text(text=text))

    assert 0 == said.code
    assert ["one | one", "two | two"] == sorted(said.out.splitlines())
    assert ["one | a", "one | b", "two | a", "two | b"] == sorted(said.err.splitlines()[:4])


def test_what_has_its_result_is_not_run_again(pair: Pair, tmp_path: Path) -> None:
    given = wanted(pair, numbers(5), tmp_path)
    rows.run(given, Text(text=SQUARE))
    before = (tmp_path / "ledger.jsonl").read_bytes()

    said = rows.run(given, Text(text="never"))

    assert 0 == said.code
    assert before == (tmp_path / "ledger.jsonl").read_bytes()
    assert squares(5) == rows.outputs(tmp_path)


def test_what_failed_is_run_again_where_that_is_asked_for(pair: Pair, tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    text = f"import os, sys; sys.exit(7 if sys.argv[1] == '2' and not os.path.exists({str(mark)!r}) else 0)"
    assert 1 == rows.run(wanted(pair, numbers(4), tmp_path), Text(text=text)).code
    assert [1] == [line["ended"]["attempt"] + 1 for line in rows.ledger(tmp_path) if line.get("ended", {}).get("code")]

    tried = rows.run(wanted(pair, numbers(4), tmp_path, retry_failed=True), Text(text=text))
    mark.touch()
    mended = rows.run(wanted(pair, numbers(4), tmp_path, retry_failed=True), Text(text=text, id="mended"))

    assert (1, 0) == (tried.code, mended.code)
    results = [line["ended"] for line in rows.ledger(tmp_path) if line.get("ended", {}).get("row") == 2]
    assert [(0, 7), (3, 7), (4, 0)] == [(each["attempt"], each["code"]) for each in results]


def test_who_dies_of_a_signal_is_tried_again_and_then_that_is_its_result(pair: Pair, tmp_path: Path) -> None:
    text = Text(text="import os; os.kill(os.getpid(), 9)")

    said = rows.run(wanted(pair, numbers(1), tmp_path, retries=2), text)

    assert 1 == said.code
    assert [(2, 9)] == [(each["attempt"], each["signal"]) for each in rows.ended(tmp_path).values()]
    assert ["ended by signal 9"] * 2 == [line["why"] for line in rows.ledger(tmp_path) if "lost" in line]
    assert "1: signal 9 on " in said.err


def test_results_of_something_else_are_not_touched(pair: Pair, tmp_path: Path) -> None:
    rows.run(wanted(pair, numbers(2), tmp_path), Text(text=SQUARE))
    before = (tmp_path / "ledger.jsonl").read_bytes()

    with pytest.raises(AnotherLedger):
        rows.run(wanted(pair, numbers(3), tmp_path), Text(text=SQUARE))
    with pytest.raises(AnotherLedger):
        rows.run(wanted(pair, numbers(2), tmp_path), Text(text=SQUARE, id="other"))

    assert before == (tmp_path / "ledger.jsonl").read_bytes()


def test_a_host_that_is_not_there_leaves_its_rows_to_the_others(pair: Pair, tmp_path: Path) -> None:
    gone = pair[1].by(1)

    said = rows.run(wanted((pair[0], gone), numbers(6), tmp_path), Text(text=SQUARE))

    assert 0 == said.code
    assert {"one"} == {each["host"] for each in rows.ended(tmp_path).values()}
    assert "two takes no part: two can't be reached with ssh" in said.err


def test_where_no_host_is_there_its_error_is_shown(pair: Pair, tmp_path: Path) -> None:
    with distance(pair[0].port) as way:
        gone = pair[0].by(way.port)
    with pytest.raises(OutOfReach):
        rows.run(wanted((gone,), numbers(2), tmp_path), Text(text=SQUARE))


def test_a_host_that_stays_away_leaves_its_rows_to_the_others(pair: Pair, tmp_path: Path) -> None:
    with distance(pair[1].port) as way:
        far = pair[1].by(way.port)
        mark = tmp_path / "mark"
        text = WAITS.format(mark=str(mark))

        def cut() -> None:
            until(lambda: any(line.get("begun", {}).get("host") == "two" for line in rows.ledger(tmp_path / "r")))
            way.close()
            mark.touch()

        (tmp_path / "r").mkdir()
        (tmp_path / "r" / "ledger.jsonl").touch()
        thread = threading.Thread(target=cut)
        thread.start()
        setting = Setting(jobs=2, patience=1.0)

        said = rows.run(wanted((pair[0], far), numbers(8), tmp_path / "r", setting=setting), Text(text=text))

        thread.join()
    assert 0 == said.code
    assert {"one"} == {each["host"] for each in rows.ended(tmp_path / "r").values()}
    assert "its host stays away" in {line["why"] for line in rows.ledger(tmp_path / "r") if "lost" in line}


def killers(servers: Pair, count: int) -> Iterator[int]:
    """How many were killed: a supervisor, an agent and the sshd of a connection, one after the other."""
    chance = random.Random(count)  # noqa: S311 - who is killed when
    for kind in itertools.cycle(("supervisor", "agent", "sshd")):
        server = chance.choice(servers)
        found = victims(server, kind)
        for pid in found[:1]:
            with_luck(pid)
        yield len(found[:1])


def victims(server: Server, kind: str) -> list[int]:
    if kind == "supervisor":
        # The connection may be the one whose sshd was just killed.
        with suppress(OutOfReach):
            return supervisors(server)
        return []
    agents = [pid for pid in remotes.processes("tampu-agent") if home(pid) == str(server.home)]
    # Those of root have two: one that keeps its privileges, and nothing that listens.
    return agents if kind == "agent" else [parent(pid) for pid in agents if parent(pid) > 1]


def supervisors(server: Server) -> list[int]:
    link = remotes.link(server)
    try:
        runs = at_host.listed(link)
    finally:
        link.close()
    return [int(run["supervisor"]) for run in runs if not {"code", "signal", "lost"} & run.keys()]


def with_luck(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return


def home(pid: int) -> str:
    try:
        words = Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    except OSError:
        return ""
    return next((word[5:].decode() for word in words if word.startswith(b"HOME=")), "")


def parent(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    except OSError:
        return 0


def test_whoever_is_killed_each_row_has_one_result(pair: Pair, tmp_path: Path) -> None:
    stop = threading.Event()
    killed: list[int] = []
    mark = tmp_path / "mark"

    def kill() -> None:
        try:
            for found in killers(pair, 9):
                killed.append(found)
                if sum(killed) >= ENOUGH:
                    mark.touch()
                if stop.wait(0.3):
                    return
        finally:
            mark.touch()

    thread = threading.Thread(target=kill)
    thread.start()
    try:
        text = Text(text=UNTIL_ENOUGH.format(mark=str(mark)))
        said = rows.run(wanted(pair, numbers(100), tmp_path, retries=50), text)
    finally:
        stop.set()
        thread.join()

    assert 0 == said.code, said.err
    assert sum(killed) >= ENOUGH
    assert set(range(100)) == rows.ended(tmp_path).keys()
    assert squares(100) == rows.outputs(tmp_path)


def noted(folder: Path, what: str) -> int:
    path = folder / "ledger.jsonl"
    return path.read_text().count(f'{{"{what}"') if path.exists() else 0


def test_a_command_that_is_killed_goes_on_where_it_was(pair: Pair, tmp_path: Path) -> None:
    for enough in (20, 50, 80):
        with rows.client(pair, tmp_path, SLOWLY, 100) as process:
            until(lambda: noted(tmp_path, "ended") >= enough)  # noqa: B023 - used at once
            process.kill()
    with rows.client(pair, tmp_path, SLOWLY, 100) as process:
        told, _ = process.communicate()

    assert 0 == process.returncode, told
    assert set(range(100)) == rows.ended(tmp_path).keys()
    assert squares(100) == rows.outputs(tmp_path)
    before = [line["begun"]["run"] for line in rows.ledger(tmp_path) if "begun" in line]
    assert len(before) == len(set(before))


def test_who_is_interrupted_ends_what_runs_and_goes_on_later(pair: Pair, tmp_path: Path) -> None:
    mark = f"stopped{os.getpid()}"
    # In short naps, and only when all have begun: else Python may well miss it.
    text = f"import time; print(1)  # {mark}\nwhile True: time.sleep(0.05)"
    with rows.client(pair, tmp_path, text, 9) as process:
        until(lambda: list(rows.outputs(tmp_path).values()).count("1\n") == 8)
        process.send_signal(signal.SIGINT)
        told, _ = process.communicate()

    assert 130 == process.returncode, told
    assert {} == rows.ended(tmp_path)
    until(lambda: not remotes.processes(mark))
    assert 0 == rows.run(wanted(pair, numbers(9), tmp_path), Text(text=SQUARE)).code


def test_one_command_at_a_time(pair: Pair, tmp_path: Path) -> None:
    with rows.client(pair, tmp_path, "import time; time.sleep(1000)", 2):
        until(lambda: noted(tmp_path, "begun"))
        with pytest.raises(LedgerInUse):
            rows.run(wanted(pair, numbers(2), tmp_path), Text(text=SQUARE))


def test_a_line_that_a_killed_writer_left_is_no_line(pair: Pair, tmp_path: Path) -> None:
    given = wanted(pair, numbers(3), tmp_path)
    rows.run(given, Text(text=SQUARE))
    path = tmp_path / "ledger.jsonl"
    whole = path.read_bytes()
    cut = len(whole) - len(whole.splitlines()[-1]) // 2
    path.write_bytes(whole[:cut])

    assert 0 == rows.run(given, Text(text=SQUARE)).code
    assert {0, 1, 2} == rows.ended(tmp_path).keys()


@pytest.mark.parametrize("line", ["no", "{}", '{"ended": 3}', "[1]", '{"begun": {"row": 1}}', "7"])
def test_a_ledger_that_somebody_has_altered(pair: Pair, tmp_path: Path, line: str) -> None:
    given = wanted(pair, numbers(1), tmp_path)
    rows.run(given, Text(text=SQUARE))
    with (tmp_path / "ledger.jsonl").open("a") as file:
        file.write(f"{line}\n")

    with pytest.raises(BrokenLedger):
        rows.run(given, Text(text=SQUARE))


def test_on_a_terminal_there_is_one_line_that_changes(pair: Pair, tmp_path: Path) -> None:
    screen, ours = os.openpty()
    text = Text(text="import sys; sys.exit(sys.argv[1] == '1')")

    said = rows.run(wanted(pair, numbers(4), tmp_path), text, ends=Ends(stdin=None, stdout=ours, stderr=ours))

    shown = ""
    while "a result\r\n" not in shown:
        shown += os.read(screen, 1 << 16).decode()
    os.close(screen)
    os.close(ours)
    assert 1 == said.code
    assert "\r\x1b[K" in shown
    assert "/4 done, " in shown
    assert ": ok, " not in shown
    assert "2: exit code 1, " in shown
    assert shown.endswith("4 runs: 3 well, 1 failed, 0 without a result\r\n")
