"""What is on our side of a call: folders, and the host that is meant."""

from __future__ import annotations

import io
import stat
from typing import TYPE_CHECKING

import pytest

from tampu.remote.call import here, options
from tampu.remote.call.here import Here, NoHost
from tampu.remote.quick.looking import Looks
from tampu.world.console import PlainConsole

if TYPE_CHECKING:
    from pathlib import Path


def at(place: Path, line: str, monkeypatch: pytest.MonkeyPatch, **files: str) -> Here:
    """Called in the folder `here` of a home."""
    home, cwd = place / "home", place / "home" / "here"
    cwd.mkdir(parents=True)
    for name, text in files.items():
        (home / name.replace("__", "/").replace("_", ".")).write_text(text, encoding="utf-8")
    monkeypatch.chdir(cwd)
    say = PlainConsole(out=io.StringIO(), err=io.StringIO())
    return here.look(options.read(line.split()), {"HOME": str(home)}, say, Looks())


@pytest.mark.parametrize(
    ("line", "files", "host"),
    [
        ("--host far main.py", {"_cloudpy_conf": "{'host': 'near'}"}, "far"),
        ("main.py", {"_cloudpy_conf": "{'host': 'near'}"}, "near"),
        ("main.py", {"_cloudpy_conf": "{'host': 'near'}", "here__cloudpy_conf": "{'host': 'nearer'}"}, "nearer"),
        ("ps", {"here__tampu_toml": "[remote]\nhost = 'near'\n"}, "near"),
        ("main.py", {"_cloudpy_conf": "{'hosts': ['one', 'two']}"}, "one"),
    ],
)
def test_the_host_that_is_meant(
    line: str, files: dict[str, str], host: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert host == at(tmp_path, line, monkeypatch, **files).host().name


def test_no_host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(NoHost):
        at(tmp_path, "main.py", monkeypatch).host()


def test_ssh_s_configuration_counts_from_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = at(tmp_path, "--host far --ssh-config mine main.py", monkeypatch)

    assert tmp_path / "home" / "here" / "mine" == found.host().config


def test_folders_of_ours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = at(tmp_path, "main.py", monkeypatch)

    assert tmp_path / "home/.cache/tampu/remote" == found.cache
    assert tmp_path / "home/.local/share/tampu/remote" == found.data


def test_sockets_are_nobody_else_s(tmp_path: Path) -> None:
    gone = {"XDG_RUNTIME_DIR": str(tmp_path / "gone")}

    places = [here.sockets(tmp_path / ("long" * 20), environ) for environ in ({}, gone)]

    for place in places:
        found = place.lstat()
        assert len(str(place)) <= here.LONGEST_FOLDER
        assert stat.S_ISDIR(found.st_mode)
        assert not found.st_mode & 0o077
    assert not (tmp_path / "gone").exists()


def test_a_folder_that_others_may_enter_is_not_for_sockets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(here, "LONGEST_FOLDER", 1000)
    (tmp_path / "ssh").mkdir(mode=0o755)
    (tmp_path / "ssh").chmod(0o755)

    assert tmp_path / "ssh" != here.sockets(tmp_path, {})
    (tmp_path / "ssh").chmod(0o700)
    assert tmp_path / "ssh" == here.sockets(tmp_path, {})
