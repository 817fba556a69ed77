from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from tampu.build.model import EnvVar, Mode, Scope
from tampu.platforms.cloudfoundry_folders import (
    copy_profiles,
    link_folders,
    multi_supply,
    of_earlier,
    variables_of_earlier,
)
from tampu.platforms.surroundings import BadVariable
from tampu.world import files
from tests.kit.builds import names, write_app

if TYPE_CHECKING:
    from pathlib import Path

CHANGES = (
    EnvVar("PATH", "{layers}/apt/bin", Mode.PREPEND),
    EnvVar("PATH", "{layers}/site/bin:{layers}/python/bin", Mode.PREPEND),
    EnvVar("LD_LIBRARY_PATH", "{layers}/apt/lib:{layers}/none", Mode.PREPEND),
    EnvVar("CPATH", "{layers}/apt/include", Mode.PREPEND, Scope.BUILD),
)


@pytest.fixture
def layers(tmp_path: Path) -> Path:
    return write_app(
        tmp_path / "deps" / "0",
        {
            "apt/bin/convert": "apt",
            "apt/bin/python": "apt",
            "apt/lib/libgeos.so.1": "apt",
            "apt/include/geos/c.h": "apt",
            "python/bin/python": "python",
            "python/lib/libpython3.13.so.1.0": "python",
            "site/bin/flask": "site",
        },
    )


def test_later_buildpacks_find_everything_by_links_that_can_be_moved(layers: Path, tmp_path: Path) -> None:
    link_folders(CHANGES, layers, tmp_path / "app")
    moved = layers.rename(tmp_path / "moved")

    assert {"convert", "python", "flask"} == names(moved / "bin")
    assert ("python", "apt", "site") == tuple(
        (moved / "bin" / name).read_text() for name in ("python", "convert", "flask")
    )
    assert {"libgeos.so.1", "libpython3.13.so.1.0"} == names(moved / "lib")
    assert "apt" == (moved / "include" / "geos" / "c.h").read_text()
    assert not (moved / "pkgconfig").exists()


def test_what_an_earlier_supply_has_linked_and_is_gone_goes(layers: Path, tmp_path: Path) -> None:
    link_folders(CHANGES, layers, tmp_path / "app")
    files.remove(layers / "site")

    link_folders(CHANGES, layers, tmp_path / "app")

    assert {"convert", "python"} == names(layers / "bin")


def test_folders_of_all_buildpacks_are_found_by_the_app_and_those_of_the_last_first(tmp_path: Path) -> None:
    deps = tmp_path / "deps"
    for folder in ("00/bin", "00/lib", "01/include", "10/bin"):
        (deps / folder).mkdir(parents=True)
    (deps / "note").write_text("")
    script = multi_supply(deps)
    files.write(tmp_path, (script,))

    ask = f'. {tmp_path}/{script.path}; echo "$PATH"; echo "$LIBRARY_PATH"; echo "${{CPATH:-none}}"'
    env = {"PATH": "/usr/bin:/bin", "DEPS_DIR": "/a home/deps"}
    said = subprocess.check_output(("/bin/sh", "-uc", ask), env=env, text=True)

    assert "/a home/deps/10/bin:/a home/deps/00/bin:/usr/bin:/bin\n/a home/deps/00/lib\nnone\n" == said


def test_scripts_of_all_buildpacks_run_in_their_order(tmp_path: Path) -> None:
    deps = write_app(tmp_path / "deps", {"0/profile.d/b.sh": "first", "1/profile.d/a.sh": "second"})
    (deps / "1" / "profile.d" / "folder").mkdir()
    (deps / "1" / "profile.d" / "link.sh").symlink_to("a.sh")
    (tmp_path / "profile.d").mkdir()

    copy_profiles(deps, tmp_path / "profile.d")

    assert {"0_b.sh": "first", "1_a.sh": "second"} == {
        path.name: path.read_text() for path in (tmp_path / "profile.d").iterdir()
    }


def test_what_buildpacks_before_this_one_supplied_is_found_while_building(tmp_path: Path) -> None:
    deps = write_app(
        tmp_path / "deps",
        {
            "00/bin/node": "",
            "00/lib/libgeos.so": "",
            "00/env/COLOUR": "red",
            "01/bin/tool": "",
            "01/env/COLOUR": "crimson\n",
            "02/bin/later": "",
            "02/env/LATER": "",
        },
    )
    (deps / "00" / "env" / "FOLDER").mkdir()

    assert {
        "PATH": f"{deps}/01/bin:{deps}/00/bin:/usr/bin",
        "LD_LIBRARY_PATH": f"{deps}/00/lib",
        "LIBRARY_PATH": f"{deps}/00/lib",
        "CPATH": "/own",
    } == of_earlier(deps, "02", {"PATH": "/usr/bin", "CPATH": "/own", "PKG_CONFIG_PATH": ""})
    assert {"COLOUR": "crimson\n"} == variables_of_earlier(deps, "02")
    assert {} == variables_of_earlier(deps, "00")


def test_a_variable_of_an_earlier_buildpack_that_none_can_hold(tmp_path: Path) -> None:
    deps = write_app(tmp_path / "deps", {"00/env/COLOUR": "re\0d"})

    with pytest.raises(BadVariable, match="COLOUR"):
        variables_of_earlier(deps, "01")
