from __future__ import annotations

import subprocess
from pathlib import Path

import yaml

from tampu import __version__
from tampu.build.model import EnvVar, Mode, Scope, Target
from tampu.platforms.cloudfoundry_files import launch_yml, of_supply
from tampu.world import files

CHANGES = (
    EnvVar("PATH", "{layers}/site/bin", Mode.PREPEND),
    EnvVar("LANG", "C.UTF-8", Mode.DEFAULT),
    EnvVar("COLOUR", "{crimson}", Mode.DEFAULT, verbatim=True),
    EnvVar("DATA", "{app}/data", Mode.PREPEND),
    EnvVar("AT_LAUNCH", "{layers}/x", scope=Scope.LAUNCH),
)
TARGET = Target(app=Path("/build/app"), layers=Path("/build/deps/01"))


def supplied(environ: dict[str, str]) -> dict[str, str]:
    return {file.path: file.text for file in of_supply(CHANGES, TARGET, "01", environ)}


def test_variables_for_later_buildpacks_are_files() -> None:
    found = supplied({"DATA": "/more"})

    assert {"env/LANG": "C.UTF-8", "env/COLOUR": "{crimson}", "env/DATA": "/build/app/data:/more"} == {
        name: text for name, text in found.items() if name.startswith("env/")
    }


def test_a_variable_that_is_set_already_stays() -> None:
    assert "env/LANG" not in supplied({"LANG": "de_DE.UTF-8"})


def test_who_supplied_it_is_told() -> None:
    assert {"name": "tampu", "version": __version__, "config": {}} == yaml.safe_load(supplied({})["config.yml"])


def test_the_app_finds_the_layers_where_they_were_moved_to(tmp_path: Path) -> None:
    script = supplied({})["profile.d/tampu.sh"]
    env = {"PATH": "/usr/bin:/bin", "HOME": "/home/vcap/app", "DEPS_DIR": "/home/vcap/deps"}
    files.replace(tmp_path / "tampu.sh", script)

    ask = f'. {tmp_path}/tampu.sh; echo "$PATH $AT_LAUNCH $DATA"'
    said = subprocess.check_output(("bash", "-c", ask), env=env, text=True)

    assert "/home/vcap/deps/01/site/bin:/usr/bin:/bin /home/vcap/deps/01/x /home/vcap/app/data\n" == said


def test_processes_are_yaml_whatever_is_in_their_lines() -> None:
    line = "\"$HOME/bin/dcapproot.sh\"; exec supervisord: # \\ 'x' {é}"

    assert {"processes": [{"type": "web", "command": line}]} == yaml.safe_load(launch_yml({"web": line}).text)
    assert {"processes": []} == yaml.safe_load(launch_yml({}).text)
