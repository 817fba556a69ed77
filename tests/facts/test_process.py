from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tampu.facts.excerpt import excerpt
from tampu.facts.process import BadLine, processes
from tampu.facts.tree import Tree

if TYPE_CHECKING:
    from pathlib import Path


def processes_of(folder: Path, procfile: str | bytes) -> dict[str, str]:
    (folder / "Procfile").write_bytes(procfile if isinstance(procfile, bytes) else procfile.encode())
    return dict(processes(Tree(folder)))


def test_an_app_without_a_procfile_has_no_processes(tmp_path: Path) -> None:
    assert dict(processes(Tree(tmp_path))) == {}


def test_processes_keep_their_order(tmp_path: Path) -> None:
    found = processes_of(tmp_path, "worker: python worker.py\nweb: gunicorn wsgi\n")

    assert list(found.items()) == [("worker", "python worker.py"), ("web", "gunicorn wsgi")]


@pytest.mark.parametrize(
    "procfile",
    [
        "web: gunicorn wsgi",
        "  web :  gunicorn wsgi  \n\n\n",
        "# how to start\nweb:gunicorn wsgi\n   # and no more\n",
        "\ufeffweb: gunicorn wsgi\r\n\r\n",
        b"\xff\xfe" + "web: gunicorn wsgi\n".encode("utf-16-le"),
    ],
    ids=["plain", "spaces", "comments", "mark and line ends of Windows", "UTF-16"],
)
def test_one_process_in_many_spellings(tmp_path: Path, procfile: str | bytes) -> None:
    assert processes_of(tmp_path, procfile) == {"web": "gunicorn wsgi"}


def test_a_command_keeps_colons_hashes_and_variables(tmp_path: Path) -> None:
    found = processes_of(tmp_path, "web: serve http://0.0.0.0:$PORT # now\n")

    assert found == {"web": "serve http://0.0.0.0:$PORT # now"}


def test_all_bad_lines_are_told_at_once(tmp_path: Path) -> None:
    text = f"web gunicorn wsgi\nweb: gunicorn\nworker:\n\nweb: other\nmy worker: x\n{'x' * 80}\n"

    with pytest.raises(BadLine) as caught:
        processes_of(tmp_path, text)

    assert caught.value.advice.split("Expected")[0] == (
        "Found:    line 1: web gunicorn wsgi\n"
        "          line 3: worker:\n"
        "          line 5: a second process named web\n"
        "          line 6: my worker: x\n"
        f"          line 7: {excerpt('x' * 80)}\n"
    )
