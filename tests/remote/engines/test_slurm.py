"""Rows by way of a real Slurm: whatever is killed or cancelled, each row has one result."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tampu.remote.engines import Setting
from tampu.remote.engines.parts import parts
from tampu.remote.engines.slurm import Slurm, SlurmFailed, shown
from tests.kit import old_pythons, remotes, rows, slurm, sshd
from tests.kit.rows import Text, numbers, wanted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.kit.slurm import Cluster
    from tests.kit.sshd import Server

PATIENCE = 120
SQUARE = "import sys; print(int(sys.argv[1]) ** 2)"


@pytest.fixture(scope="module")
def login(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with sshd.server(tmp_path_factory.mktemp("login"), "login", old_pythons.program("3.8")) as made:
        yield made


@pytest.fixture(scope="module")
def cluster(login: Server) -> Iterator[Cluster]:
    with slurm.cluster(login) as made:
        yield made


def until(holds: Callable[[], object]) -> None:
    began = time.monotonic()
    while not holds():
        assert time.monotonic() - began < PATIENCE
        time.sleep(0.05)


def waits_for(mark: Path) -> str:
    """Rows that say which task they are, and end once the file is there."""
    names = f"{str(mark)!r}"
    return (
        "import os, sys, time\n"
        f"open({names} + '.' + sys.argv[1], 'w').write('_'.join(map(os.environ.get, "
        "('SLURM_ARRAY_JOB_ID', 'SLURM_ARRAY_TASK_ID'))))\n"
        f"while not os.path.exists({names}): time.sleep(0.05)\n"
        "print(int(sys.argv[1]) ** 2)\n"
    )


def line(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text(errors="replace")
    except OSError:
        return ""


def begun(mark: Path) -> list[Path]:
    return [path for path in mark.parent.glob(f"{mark.name}.*") if path.read_text()]


def test_a_task_that_is_killed_costs_a_retry_and_no_result(login: Server, cluster: Cluster, tmp_path: Path) -> None:
    mark = tmp_path / "mark"

    def kill() -> None:
        until(lambda: len(begun(mark)) == 2)
        victim = begun(mark)[0].read_text()
        cluster.ask("scancel", victim)
        until(lambda: victim not in cluster.queue())
        mark.touch()

    thread = threading.Thread(target=kill)
    thread.start()
    try:
        given = wanted((login,), numbers(5), tmp_path / "r", setting=Setting(jobs=2), title="squares.py")
        said = rows.run(given, Text(text=waits_for(mark)), Slurm)
    finally:
        thread.join()

    assert 0 == said.code, said.err
    assert {number: f"{number**2}\n" for number in range(5)} == rows.outputs(tmp_path / "r")
    assert set(range(5)) == rows.ended(tmp_path / "r").keys()
    assert 1 == len([line for line in rows.ledger(tmp_path / "r") if "lost" in line])
    assert "Slurm has 5 rows as " in said.err
    assert "Slurm has 1 rows as " in said.err
    assert [] == cluster.queue()
    assert [] == list((login.store / "slurm").iterdir())


def test_exit_codes_and_streams(login: Server, cluster: Cluster, tmp_path: Path) -> None:
    text = "import sys; print('o'); print('e', file=sys.stderr); sys.exit(int(sys.argv[1]) * 3)"

    said = rows.run(wanted((login,), numbers(2), tmp_path), Text(text=text), Slurm)

    assert 1 == said.code, said.err
    assert [0, 3] == [each["code"] for _, each in sorted(rows.ended(tmp_path).items())]
    assert [b"o\n", b"e\n"] == [(tmp_path / "2" / name).read_bytes() for name in ("out", "err")]
    assert [] == cluster.queue()


def test_a_command_that_is_killed_takes_its_array_up(login: Server, cluster: Cluster, tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    with rows.client((login,), tmp_path / "r", waits_for(mark), 4, "slurm") as process:
        until(lambda: len(begun(mark)) == 4)
        process.kill()
    tasks = cluster.queue()
    threading.Timer(1, mark.touch).start()

    said = rows.run(wanted((login,), numbers(4), tmp_path / "r"), Text(text="never"), Slurm)

    assert 4 == len(tasks)
    assert 0 == said.code, said.err
    assert {number: f"{number**2}\n" for number in range(4)} == rows.outputs(tmp_path / "r")
    assert 4 == len([line for line in rows.ledger(tmp_path / "r") if "begun" in line])
    assert "rows as" not in said.err


def test_who_is_interrupted_cancels_the_array(login: Server, cluster: Cluster, tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    with rows.client((login,), tmp_path / "r", waits_for(mark), 6, "slurm") as process:
        until(lambda: begun(mark))
        process.send_signal(signal.SIGINT)
        told, _ = process.communicate()

    assert 130 == process.returncode, told
    assert {} == rows.ended(tmp_path / "r")
    assert [] == cluster.queue()


def test_a_helper_that_is_killed_begins_again(login: Server, cluster: Cluster, tmp_path: Path) -> None:
    mark = tmp_path / "mark"

    def kill() -> None:
        until(lambda: len(begun(mark)) == 2)
        [helper] = [pid for pid in remotes.processes("slurm.py") if line(pid).endswith("\0slurm.py\0")]
        os.kill(helper, signal.SIGKILL)
        mark.touch()

    thread = threading.Thread(target=kill)
    thread.start()
    try:
        said = rows.run(wanted((login,), numbers(2), tmp_path / "r"), Text(text=waits_for(mark)), Slurm)
    finally:
        thread.join()

    assert 0 == said.code, said.err
    assert 2 == len([line for line in rows.ledger(tmp_path / "r") if "begun" in line])
    assert [] == cluster.queue()


def test_the_script_is_shown(login: Server, cluster: Cluster) -> None:
    setting = Setting(jobs=3, slurm=("--partition=all", "--comment=a b"))
    given = wanted((login,), numbers(20), None, setting=setting, title="train.py --fast")

    text = shown(given)

    assert text.startswith("#!/bin/sh\n# train.py --fast\n")
    assert "#SBATCH --array=0-19%3\n" in text
    assert "#SBATCH --no-requeue\n#SBATCH --partition=all\n#SBATCH '--comment=a b'\nexec " in text
    assert f"/.tampu/trees/{parts().id}/slurm.py {login.home}/.tampu/slurm/" in text
    assert [] == cluster.queue()


def test_words_that_sbatch_refuses(login: Server, cluster: Cluster, tmp_path: Path) -> None:
    given = wanted((login,), numbers(1), tmp_path, setting=Setting(slurm=("--partition=none",)))

    with pytest.raises(SlurmFailed) as caught:
        rows.run(given, Text(text=SQUARE), Slurm)

    assert "invalid partition" in caught.value.as_text()
    assert [] == cluster.queue()


def test_a_host_without_slurm(tmp_path: Path) -> None:
    with sshd.server(tmp_path / "bare", "bare", None) as bare:
        (bare.folder / "bin" / "python3").symlink_to(old_pythons.program("3.13"))

        with pytest.raises(SlurmFailed) as caught:
            rows.run(wanted((bare,), numbers(1), tmp_path / "r"), Text(text=SQUARE), Slurm)

    assert "sbatch is not there" in caught.value.as_text()


def test_a_task_that_slurm_begins_again_is_no_result(tmp_path: Path) -> None:
    program = next(iter(parts().sources.values())).parent / "slurm.py"
    (tmp_path / "rows").write_text(json.dumps({"rows": [["r", []]]}))
    words = (sys.executable, program, tmp_path, "0")

    subprocess.run(words, env={"SLURM_RESTART_COUNT": "1"}, check=True)

    assert {"fault": "Slurm has begun it a second time"} == json.loads((tmp_path / "r").read_text())
    (tmp_path / "r").write_text("{}")
    subprocess.run(words, env={"SLURM_RESTART_COUNT": "2"}, check=True)
    assert "{}" == (tmp_path / "r").read_text()
