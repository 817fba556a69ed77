from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tampu.envs import pip, pips
from tampu.envs.tools import Tools

if TYPE_CHECKING:
    from tests.envs.household import House

TODAY = Tools(Path("/tools"), {"pip": "26.3", "uv": "0.13.8"})
LAST = {"2.7": "20.3.4", "3.6": "21.3.1", "3.7": "24.0", "3.8": "25.0.1", "3.9": "26.0.1"}


@pytest.mark.parametrize(("minor", "version"), [*LAST.items(), ("3.10", "26.3"), ("3.13", "26.3")])
def test_each_python_has_the_last_pip_that_runs_on_it(minor: str, version: str) -> None:
    assert version == pips.version_for(minor, TODAY)


def test_todays_pip_is_among_the_tools(house: House) -> None:
    assert Path("/tools/pip/__pip-runner__.py") == pips.path_for("3.13", TODAY, house.world)


def test_no_pip_writes_beside_itself() -> None:
    env = {"PIP_CACHE_DIR": "/cache"}
    today, old = Path("/tools/pip/__pip-runner__.py"), Path("/pips/pip")
    python, app = Path("/bin/python3"), Path("/app")

    assert pip.install(today, python, ("six",), app, env).argv[1:5] == (
        *("-I", "-X", "pycache_prefix=/cache/bytecode"),
        str(today),
    )
    assert pip.wheel(today, python, ("six",), app, {}).argv[1:4] == ("-I", "-B", str(today))
    assert pip.check(old, python, env).argv == ("/bin/python3", "-E", "-s", "-B", "/pips/pip", "check")
