from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.kit import buildpack, store
from tests.kit.golden import Golden

if TYPE_CHECKING:
    from pathlib import Path


def test_a_platform_sets_nothing_but_traps(tmp_path: Path) -> None:
    found = ask(tmp_path, {"python3": buildpack.python()}, "env; command -v python3; python3 -I -S -c 'print(7)'")

    assert "PYTHONHOME=/broken" in found
    assert f"{tmp_path}/programs/python3" in found
    assert "7" in found


def test_some_platforms_have_no_python(tmp_path: Path) -> None:
    assert ["none"] == ask(tmp_path, {}, "command -v python3 || echo none")


def test_a_kept_thing_is_made_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    first = store.kept("kind/thing", lambda place: (place / "made").touch())

    again = store.kept("kind/thing", lambda _: pytest.fail("made twice"))

    assert first == again == tmp_path / "tampu-tests" / "kind" / "thing"
    assert ["made"] == [path.name for path in again.iterdir()]


def test_a_thing_that_fails_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))

    with pytest.raises(FileNotFoundError):
        store.kept("thing", lambda place: (place / "absent").unlink())

    assert ["thing.lock"] == [path.name for path in (tmp_path / "tampu-tests").iterdir()]


def test_a_golden_text_is_compared_until_it_is_meant_to_change(tmp_path: Path) -> None:
    Golden(updating=True, root=tmp_path).check("plans/app.txt", "one\n")

    Golden(updating=False, root=tmp_path).check("plans/app.txt", "one\n")
    with pytest.raises(pytest.fail.Exception, match=r"-one\n\+two\n\nIf it is meant: tests/run --update-golden"):
        Golden(updating=False, root=tmp_path).check("plans/app.txt", "two\n")


def ask(place: Path, programs: dict[str, Path], script: str) -> list[str]:
    env = buildpack.hostile(place, programs)
    return subprocess.check_output(["sh", "-c", script], env=env, text=True).splitlines()
