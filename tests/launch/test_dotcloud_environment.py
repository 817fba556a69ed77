from __future__ import annotations

import json
import os
import stat
import tempfile
from pathlib import Path

import dotcloud_environment
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from tests.launch.homes import locked_folder

DEFAULTS = {"DOTCLOUD_PROJECT": "shop", "DOTCLOUD_SERVICE_ID": "0"}
# As a variable may hold: all but zero bytes.
TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)
FILES = ("environment.json", "environment.yml")


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return tmp_path_factory.mktemp("home"), tmp_path_factory.mktemp("run")


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    home, run = tmp_path / "home", tmp_path / "run"
    home.mkdir()
    run.mkdir()
    return home, run


def write(folders: tuple[Path, Path], **values: str) -> None:
    home, run = folders
    dotcloud_environment.write(str(home), str(run), values)


def test_the_app_s_own_variables_and_no_others() -> None:
    environ = {"PATH": "/bin", "SECRET": "s", "DOTCLOUD_PROJECT": "mine", "DOTCLOUD_DB_MYSQL_URL": "mysql://"}

    assert {
        "DOTCLOUD_DB_MYSQL_URL": "mysql://",
        "DOTCLOUD_PROJECT": "mine",
        "DOTCLOUD_SERVICE_ID": "0",
        "SECRET": "s",
    } == dotcloud_environment.values(environ, ["SECRET", "NOT_SET"], DEFAULTS)


def test_bytes_that_are_no_text() -> None:
    found = dotcloud_environment.values({"KEY": os.fsdecode(b"a\xff")}, ["KEY"], {})

    assert {"KEY": "a\N{REPLACEMENT CHARACTER}"} == found


def test_both_files_hold_the_same_for_their_owner_alone(folders: tuple[Path, Path]) -> None:
    home, _ = folders
    write(folders, COLOUR="old", GONE="")
    write(folders, COLOUR="red")

    assert {"COLOUR": "red"} == json.loads((home / "environment.json").read_text())
    assert {"COLOUR": "red"} == yaml.safe_load((home / "environment.yml").read_text())
    assert [0o600, 0o600] == [stat.S_IMODE((home / name).stat().st_mode) for name in FILES]


def test_nothing_to_tell(folders: tuple[Path, Path]) -> None:
    write(folders)

    assert ["{}\n", "{}\n"] == [(folders[0] / name).read_text() for name in FILES]


def test_an_app_s_own_file_stays(folders: tuple[Path, Path], capfd: pytest.CaptureFixture[str]) -> None:
    home, run = folders
    (home / "environment.json").write_text("mine")

    write(folders, COLOUR="red")

    assert "mine" == (home / "environment.json").read_text()
    assert f"that of this boot is {run / 'environment.json'}" in capfd.readouterr().err
    assert "COLOUR" in (home / "environment.yml").read_text()


def test_a_home_that_can_t_be_written(capfd: pytest.CaptureFixture[str]) -> None:
    with locked_folder() as home, tempfile.TemporaryDirectory() as run:
        dotcloud_environment.write(str(home), run, {"COLOUR": "red"})

        assert {"COLOUR": "red"} == json.loads(Path(run, "environment.json").read_text())
        assert {"web"} == {path.name for path in home.iterdir()}
    assert "tampu: ~/environment.json can't be written (Permission denied)" in capfd.readouterr().err


@given(values=st.dictionaries(TEXT, TEXT, max_size=3))
def test_any_text_is_read_back_as_it_was(shared: tuple[Path, Path], values: dict[str, str]) -> None:
    write(shared, **values)

    assert values == json.loads((shared[0] / "environment.json").read_text())
    assert values == yaml.safe_load((shared[0] / "environment.yml").read_text())
