"""What is read of many runs that can't begin, or can't go on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tampu.remote.engines.dask import ClusterFailed
from tampu.remote.engines.slurm import SlurmFailed
from tampu.remote.rows.ledger import Ledger, Of, write_file
from tampu.remote.rows.ledger_errors import AnotherLedger, BadMap, BrokenLedger, LedgerInUse, NoSpaceForResults
from tampu.remote.rows.table import rows_of
from tests.kit import failures

if TYPE_CHECKING:
    from pathlib import Path

    from tampu.errors import TampuError
    from tests.kit.golden import Golden

OF = Of(package="p", rows="r", title="train.py")


def check(golden: Golden, error: TampuError, place: Path) -> None:
    text = error.as_text()
    assert text.endswith(f"({error.reason})\n"), text
    golden.check(failures.golden(error.reason), text.replace(str(place), "<tmp>"))


def test_another_command_is_at_work(tmp_path: Path, golden: Golden) -> None:
    held = Ledger(tmp_path / "ledger.jsonl", OF)
    with pytest.raises(LedgerInUse) as caught:
        Ledger(tmp_path / "ledger.jsonl", OF)
    held.close()

    check(golden, caught.value, tmp_path)


def test_results_of_something_else(tmp_path: Path, golden: Golden) -> None:
    Ledger(tmp_path / "ledger.jsonl", OF).close()
    with pytest.raises(AnotherLedger) as caught:
        Ledger(tmp_path / "ledger.jsonl", Of(package="p", rows="others"))

    check(golden, caught.value, tmp_path)


def test_an_altered_ledger(tmp_path: Path, golden: Golden) -> None:
    Ledger(tmp_path / "ledger.jsonl", OF).close()
    with (tmp_path / "ledger.jsonl").open("a") as file:
        file.write("what is this?\n")
    with pytest.raises(BrokenLedger) as caught:
        Ledger(tmp_path / "ledger.jsonl", OF)

    check(golden, caught.value, tmp_path)


def test_no_space(golden: Golden, tmp_path: Path) -> None:
    (tmp_path / "out").symlink_to("/dev/full")
    with pytest.raises(NoSpaceForResults) as caught:
        write_file(tmp_path / "out", b"much")

    check(golden, caught.value, tmp_path)


def test_a_table_with_an_open_quote(tmp_path: Path, golden: Golden) -> None:
    (tmp_path / "rows.csv").write_text('1,2\n3,"4\n')
    with pytest.raises(BadMap) as caught:
        rows_of(tmp_path / "rows.csv", header=False)

    check(golden, caught.value, tmp_path)


def test_a_cluster_that_comes_to_nothing(tmp_path: Path, golden: Golden) -> None:
    told = "OSError: Timed out trying to connect to tls://192.0.2.7:41011 after 60 s"

    check(golden, ClusterFailed("one", "driver", told), tmp_path)


def test_a_login_node_without_slurm(tmp_path: Path, golden: Golden) -> None:
    check(golden, SlurmFailed("login", "sbatch is not there"), tmp_path)
