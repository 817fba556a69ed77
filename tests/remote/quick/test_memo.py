from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tampu.remote.quick import memo
from tampu.remote.quick.memo import CONTENT, NAMES, NOTHING, THERE, fingerprint

ROOT = Path(__file__).parents[3]
PROGRAM = Path(__file__).with_name("memo_cycles.py")
CYCLES = 240


def test_no_memo_outlives_an_edit_that_matters(tmp_path: Path) -> None:
    (tmp_path / "project").mkdir()
    words = (sys.executable, PROGRAM, ROOT, tmp_path / "project", str(CYCLES))

    done = subprocess.run(words, check=False, capture_output=True, text=True)

    assert (0, "") == (done.returncode, done.stderr), done.stdout
    held, taken = map(int, done.stdout.split())
    assert held > CYCLES / 4 < taken


def test_what_is_remembered_holds_until_something_changes(tmp_path: Path) -> None:
    place, file = str(tmp_path / "memo" / "one"), tmp_path / "file"
    file.write_text("one", encoding="utf-8")
    looks = [(str(path), how, fingerprint(str(path), how)) for path, how in ((file, CONTENT), (tmp_path / "no", THERE))]

    memo.remember(place, looks, {"all": ["is", 1]})

    assert {"all": ["is", 1]} == memo.recalled(place)
    (tmp_path / "no").touch()
    assert memo.recalled(place) is None


def test_a_memo_may_be_anything(tmp_path: Path) -> None:
    place = tmp_path / "memo"
    for text in (b"", b"[]", b"{", b'{"looks": [[1]], "settled": {}}', b"\xff\0", b'{"looks": 3, "settled": {}}'):
        place.write_bytes(text)
        assert memo.recalled(str(place)) is None
    memo.forget(str(place))
    memo.forget(str(place))
    assert memo.recalled(str(place)) is None


def test_what_is_seen_of_a_path(tmp_path: Path) -> None:
    file, link = tmp_path / "file", tmp_path / "link"
    file.write_text("text", encoding="utf-8")
    seen = fingerprint(str(file), CONTENT)
    file.chmod(0o755)
    assert seen != fingerprint(str(file), CONTENT)
    link.symlink_to("file")
    before = fingerprint(str(link), CONTENT)
    file.write_text("more", encoding="utf-8")
    assert before != fingerprint(str(link), CONTENT)
    assert NOTHING == fingerprint(str(file / "in a file"), THERE)

    folder = tmp_path / "folder"
    folder.mkdir()
    names = fingerprint(str(folder), NAMES)
    (folder / "__pycache__").mkdir()
    assert names == fingerprint(str(folder), NAMES)
    (folder / "new").touch()
    assert names != fingerprint(str(folder), NAMES)


def test_another_call_is_remembered_elsewhere(tmp_path: Path) -> None:
    env = {"HOME": "/home/me", "PATH": "/bin"}
    place = memo.place_of(str(tmp_path), ["s.py", "a"], "/work", env)

    assert place == memo.place_of(str(tmp_path), ["s.py", "a"], "/work", {**env, "SHLVL": "3", "_": "x"})
    others = (
        memo.place_of(str(tmp_path), ["s.py a"], "/work", env),
        memo.place_of(str(tmp_path), ["s.py", "a"], "/other", env),
        memo.place_of(str(tmp_path), ["s.py", "a"], "/work", {**env, "VIRTUAL_ENV": "/venv"}),
    )
    assert 4 == len({place, *others})
