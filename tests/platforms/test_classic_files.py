from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from tampu.build.model import EnvVar, Mode, Scope
from tampu.platforms.classic_files import export_text, release_yaml

if TYPE_CHECKING:
    from pathlib import Path

TEXT = st.text(st.characters(codec="utf-8"))


def test_a_release_of_nothing() -> None:
    assert release_yaml({}) == "addons: []\ndefault_process_types: {}\n"


def test_a_release_with_a_process() -> None:
    assert release_yaml({"web": 'serve "$PORT"'}) == (
        'addons: []\ndefault_process_types:\n  "web": "serve \\"$PORT\\""\n'
    )


def test_a_release_with_a_process_of_a_very_long_name() -> None:
    assert {"x" * 2000: "serve"} == yaml.safe_load(release_yaml({"x" * 2000: "serve"}))["default_process_types"]


@given(processes=st.dictionaries(TEXT, TEXT))
def test_whatever_is_in_a_command_any_reader_of_yaml_gets_it_back(processes: dict[str, str]) -> None:
    assert yaml.safe_load(release_yaml(processes)) == {"addons": [], "default_process_types": processes}


def test_later_buildpacks_get_what_counts_while_building(tmp_path: Path) -> None:
    changes = [
        EnvVar("PATH", "{layers}/bin", Mode.PREPEND),
        EnvVar("LANG", "C.UTF-8", Mode.DEFAULT),
        EnvVar("PORT", "8000", Mode.DEFAULT, Scope.LAUNCH),
        EnvVar("APP", "{app}", scope=Scope.BUILD),
    ]

    assert export_text(changes, layers=tmp_path / "it's", app=tmp_path) == (
        f"export PATH='{tmp_path}/it'\"'\"'s'/bin\"${{PATH:+:$PATH}}\"\n"
        '[ -n "${LANG:-}" ] || LANG=C.UTF-8\nexport LANG\n'
        f"export APP={tmp_path}\n"
    )


@pytest.mark.parametrize("name", ["", "A-B", "1A", "A;touch x", "A\nB", "É"])
def test_a_name_that_is_none_never_reaches_a_shell(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match="a variable can't be named"):
        export_text([EnvVar(name, "x")], layers=tmp_path, app=tmp_path)


def test_the_export_can_be_sourced(tmp_path: Path) -> None:
    text = export_text([EnvVar("NEW", "$(touch x) {layers}", Mode.PREPEND)], layers=tmp_path, app=tmp_path)

    printed = subprocess.check_output(["bash", "-c", f'{text}printf %s "$NEW"'], cwd=tmp_path, text=True)

    assert printed == f"$(touch x) {tmp_path}"
    assert not (tmp_path / "x").exists()
