from __future__ import annotations

import re
from pathlib import Path

import pytest

HOUSE = Path(__file__).resolve().parents[1]
# These go into built apps, and are no calls of ours.
OF_APPS = frozenset({"dcapproot.sh", "nginx_start", "uwsgi_start"})
ENTRIES = sorted(path for path in (HOUSE / "bin").iterdir() if path.is_file() and path.name not in OF_APPS)
NAME = re.compile(r"^from tampu\.cli import (\w+) as entry$", re.MULTILINE)


def test_there_is_an_entry_point_for_each_call_of_a_platform_and_of_people() -> None:
    classic = {"detect", "compile", "release", "report", "test-compile"}
    cloud_foundry = {"supply", "finalize"}
    native = {"build"}
    people = {"nginx_build", "python_build", "tampu"}

    assert classic | cloud_foundry | native | people == {path.name for path in ENTRIES}


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda path: path.name)
def test_entry_points_differ_in_one_name_only(entry: Path) -> None:
    texts = {NAME.sub("from tampu.cli import ENTRY as entry", path.read_text(encoding="utf-8")) for path in ENTRIES}

    assert 1 == len(texts)
    assert NAME.search(entry.read_text(encoding="utf-8"))
    assert 0o755 == entry.stat().st_mode & 0o777


def test_no_two_entry_points_are_the_same() -> None:
    names = [found[1] for path in ENTRIES if (found := NAME.search(path.read_text(encoding="utf-8")))]

    assert sorted(set(names)) == sorted(names)
