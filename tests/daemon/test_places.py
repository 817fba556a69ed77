from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tampu.daemon import places

if TYPE_CHECKING:
    from pathlib import Path

HOME = {"HOME": "/home/me"}


@pytest.mark.parametrize(
    ("environ", "uid", "run", "log"),
    [
        (HOME, 0, "/run", "/var/log"),
        (HOME, 1000, "/home/me/.local/state/tampu/run", "/home/me/.local/state/tampu/log"),
        (HOME | {"XDG_STATE_HOME": "/state"}, 1000, "/state/tampu/run", "/state/tampu/log"),
        (
            HOME | {"XDG_STATE_HOME": "state"},
            1000,
            "/home/me/.local/state/tampu/run",
            "/home/me/.local/state/tampu/log",
        ),
        # A login has it and cron doesn't: there would be two of a name.
        (HOME | {"XDG_RUNTIME_DIR": "/run/user/1000"}, 1000, "/home/me/.local/state/tampu/run", None),
    ],
)
def test_where_state_and_logs_are(environ: dict[str, str], uid: int, run: str, log: str | None) -> None:
    found = places.folders(environ, uid)

    assert run == found.run
    assert log in {None, found.log}


def test_without_a_home_it_is_the_one_that_the_user_has() -> None:
    assert "/nonexistent/.local/state/tampu/run" == places.folders({}, 65534).run


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", "/etc/passwd", "-x", ".hidden", "a\nb", "a\0b", "x" * 101])
def test_what_is_no_name(name: str, tmp_path: Path) -> None:
    with pytest.raises(places.BadName):
        places.place(name, tmp_path)


@pytest.mark.parametrize("name", ["PythonDaemon", "my script", "web@2", "a.b-c_d", "démon"])
def test_what_is_a_name(name: str, tmp_path: Path) -> None:
    assert f"{tmp_path}/{name}.pid" == places.place(name, tmp_path).record


def test_folders_are_nobody_elses_to_write_to(tmp_path: Path) -> None:
    places.make(f"{tmp_path}/a/b")

    assert not (tmp_path / "a" / "b").stat().st_mode & 0o022
