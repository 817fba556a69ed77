"""What an engine can't do is refused before anything is begun."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pytest

from tampu.remote.call.options import WrongCall
from tampu.remote.rows import fleet
from tampu.values import replace
from tampu.world.console import PlainConsole
from tests.remote.call.test_here import at

if TYPE_CHECKING:
    from pathlib import Path

CLEAR = "--engine dask --map r.csv --scheduler tcp://a:1"


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("--engine dask main.py", "--engine dask without rows"),
        (f"{CLEAR} --fetch main.py", "--fetch with a scheduler that is there"),
        (f"{CLEAR} --secrets s main.py", "secrets by way of tcp://a:1"),
        ("--engine steam main.py", "--engine steam"),
        ("--engine slurm main.py", "--engine slurm without rows"),
        ("--engine slurm --map r.csv --hosts a,b main.py", "--engine slurm with 2 hosts"),
        ("--engine slurm --map r.csv --host a --fetch main.py", "--fetch with --engine slurm"),
        ("--engine slurm --map r.csv --host a --slurm-option x main.py", "--slurm-option x"),
        ("--engine dask --map r.csv --dry-run main.py", "--dry-run"),
        ("--hosts a,b --dry-run main.py", "--dry-run with --engine slurm"),
    ],
)
def test_what_is_refused(line: str, told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(WrongCall) as caught:
        fleet.engine_of(at(tmp_path, line, monkeypatch))

    assert told in caught.value.as_text()


def test_secrets_of_the_configuration_are_refused_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    here = at(tmp_path, f"{CLEAR} main.py", monkeypatch, _cloudpy_conf="{'secrets': 's'}")

    with pytest.raises(WrongCall):
        fleet.engine_of(here)


@pytest.mark.parametrize(
    ("line", "engine", "told"),
    [
        (f"{CLEAR} -e A=1 main.py", "dask", "go to tcp://a:1 and its workers in plain text"),
        (f"{CLEAR} main.py", "dask", ""),
        (f"{CLEAR.replace('tcp', 'tls')} -e A=1 --secrets s main.py", "dask", ""),
        ("--engine dask --map r.csv --fetch --secrets s main.py", "dask", ""),
        ("--map r.csv main.py", "dask", ""),
        ("--hosts a,b main.py", "ssh", ""),
        ("--engine slurm --map r.csv --host a --dry-run --slurm-option=-px main.py", "slurm", ""),
    ],
)
def test_what_is_done(line: str, engine: str, told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    err = io.StringIO()
    found = at(tmp_path, line, monkeypatch, _cloudpy_conf="{'engine': 'dask'}")

    assert engine == fleet.engine_of(replace(found, say=PlainConsole(out=io.StringIO(), err=err)))
    assert told in " ".join(err.getvalue().replace("!", "").split())
    assert bool(told) == bool(err.getvalue())
