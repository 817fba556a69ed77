"""A list of imports, none of it made from the table: right where it decides alone, and never an impostor."""

from __future__ import annotations

import csv
import subprocess
import sys
from pathlib import Path

from tampu.remote.choose.chosen import Evidence
from tampu.remote.choose.declared import Declared
from tampu.remote.choose.model import Choice
from tampu.remote.choose.mods import NO_MODS
from tampu.remote.choose.table import table

LIST = Path(__file__).with_name("imports.tsv")
LIB = Path(__file__).parents[3] / "lib"
ALONE = Evidence(declared=Declared(), mods=NO_MODS)
QUICK = """
import sys, time
sys.path.insert(0, sys.argv[1])
from tampu.remote.choose.chosen import Evidence
from tampu.remote.choose.declared import Declared
from tampu.remote.choose.mods import NO_MODS
start = time.process_time()
for name in sys.argv[2:]:
    Evidence(declared=Declared(), mods=NO_MODS).choose(name, "here")
print(time.process_time() - start)
"""


def rows() -> list[dict[str, str]]:
    with LIST.open(encoding="utf-8") as file:
        return list(csv.DictReader(file, delimiter="\t"))


def decided() -> dict[str, str]:
    choices = [ALONE.choose(row["import"], "here") for row in rows()]
    return {each.name: each.distribution for each in choices if isinstance(each, Choice)}


def test_the_list_is_long_enough_and_says_where_each_was_seen() -> None:
    assert len({row["import"] for row in rows()}) >= 150
    assert [] == [row for row in rows() if not row["seen"]]


def test_nearly_all_that_is_decided_alone_is_right() -> None:
    right = {row["import"]: row["distributions"].split("|") for row in rows()}
    chosen = decided()

    wrong = {name: found for name, found in chosen.items() if found not in right[name]}

    assert len(chosen) >= 0.9 * len(right)
    assert len(wrong) <= 0.03 * len(chosen), wrong


def test_no_impostor_is_ever_chosen() -> None:
    assert {} == {name: found for name, found in decided().items() if table().deceives(name, found)}


def test_no_distribution_is_taken_for_its_name_alone() -> None:
    unheard_of = ["foobarbaz", "google.cloud.foobarbaz", "zope", "azure.foobarbaz", "reqeusts", "colourama"]

    assert [] == [name for name in unheard_of if isinstance(ALONE.choose(name, "here"), Choice)]


def test_the_whole_list_takes_no_longer_than_a_blink() -> None:
    names = [row["import"] for row in rows()]
    words = [sys.executable, "-I", "-c", QUICK, str(LIB), *names]

    # What else the machine does makes the first of them slow, and hardly each of five.
    taken = [float(subprocess.run(words, capture_output=True, check=True).stdout) for _ in range(5)]

    assert min(taken) < 0.05


def test_the_table_is_small_and_says_where_it_is_from() -> None:
    file = Path(sys.modules["tampu.remote.choose.table"].__file__ or "").with_name("table.json")
    lines = table().lines

    assert file.stat().st_size <= 60_000
    assert sorted(lines, key=str.lower) == list(lines)
    assert {} == {
        name: line for name, line in lines.items() if not all(part.count(" ") == 1 for part in line.split(", "))
    }
