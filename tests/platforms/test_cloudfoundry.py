"""bin/supply and bin/finalize, called inside this process; tests/contract calls them as the lifecycle does."""

from __future__ import annotations

import io
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tampu.platforms import cloudfoundry
from tampu.platforms.cloudfoundry import FINALIZE, SUPPLY, Call, read_call
from tampu.platforms.surroundings import Usage
from tampu.values import replace
from tampu.world.console import PlainConsole
from tests.kit.builds import names, write_app

if TYPE_CHECKING:
    from tests.kit.builds import Platform

EDITABLE = {
    "pyproject.toml": '[build-system]\nrequires = ["setuptools"]\nbuild-backend = "setuptools.build_meta"\n'
    '[project]\nname = "shop"\nversion = "1.0"\n',
    "shop/__init__.py": "",
    "requirements.txt": "-e .\n",
}
WSGI = "def application(environ, start_response):\n    return []\n"


@pytest.fixture
def call(platform: Platform, index: str, tmp_path: Path) -> Call:
    app = write_app(tmp_path / "tmp" / "app", {"requirements.txt": "alpha<2\n", "runtime.txt": "python-3.13\n"})
    (tmp_path / "contents" / "deps" / "0").mkdir(parents=True)
    environ = {"PATH": os.environ["PATH"], "HOME": "/home/vcap", "PIP_INDEX_URL": index, **platform.environ}
    folders = (app, platform.cache, tmp_path / "contents" / "deps", "0", tmp_path / "contents" / "profile.d")
    return read_call(FINALIZE, [str(folder) for folder in folders], environ)


def console() -> PlainConsole:
    return PlainConsole(io.StringIO(), io.StringIO())


def test_an_app_in_two_calls(call: Call) -> None:
    write_app(call.app, {"wsgi.py": WSGI})

    assert 0 == cloudfoundry.supply(call, console())
    assert {"requirements.txt", "runtime.txt", "wsgi.py"} == names(call.app)
    assert 0 == cloudfoundry.finalize(call, console())

    dot_tampu = call.app / ".tampu"
    assert {"stack.json", "build.json", "launch", "run", "profile.sh"} <= names(dot_tampu)
    links = {path.name: str(path.readlink()) for path in dot_tampu.iterdir() if path.is_symlink()}
    assert {name: f"../../deps/0/{name}" for name in ("python", "site", "nginx")} == links
    assert {"000_multi-supply.sh", "0_tampu.sh"} == names(call.profile)
    assert ["web"] == [process["type"] for process in json.loads((call.layers / "launch.yml").read_text())["processes"]]


def test_what_a_laptop_left_in_the_app_goes(call: Call) -> None:
    write_app(call.app, {".tampu/python/bin/python3": "", ".tampu/site/old": ""})

    cloudfoundry.supply(call, console())
    cloudfoundry.finalize(call, console())
    cloudfoundry.finalize(call, console())

    assert (call.app / ".tampu" / "python").is_symlink()


def test_an_editable_project_is_looked_for_where_the_app_will_be(call: Call) -> None:
    write_app(call.app, EDITABLE)

    cloudfoundry.supply(call, console())
    cloudfoundry.finalize(call, console())

    assert Path(cloudfoundry.APP_AT_LAUNCH) == (call.layers / "site" / ".app").readlink()


def test_what_the_platform_has_set_is_no_secret_of_the_user(call: Call) -> None:
    environ = {"PATH": "/bin", "CF_STACK": "cflinuxfs4", "MEMORY_LIMIT": "1024m", "KEY": "hush", "VCAP_SERVICES": "{}"}

    user_env = replace(call, environ=environ).user_env

    assert {"KEY": "hush", "VCAP_SERVICES": "{}"} == user_env


def test_the_base_image_is_named_as_on_other_platforms(call: Call) -> None:
    words = [str(call.app), "cache", str(call.deps), "0"]

    assert "cflinuxfs4" == read_call(SUPPLY, words, {"CF_STACK": "cflinuxfs4"}).environ["STACK"]
    assert "own" == read_call(SUPPLY, words, {"CF_STACK": "cflinuxfs4", "STACK": "own"}).environ["STACK"]


@pytest.mark.parametrize(
    "words", [(), ("{app}", "c", "{app}"), ("{app}", "c", "{app}", "x"), ("{app}", "c", "/none", "0")], ids=str
)
def test_calls_with_other_arguments(words: tuple[str, ...], call: Call) -> None:
    with pytest.raises(Usage, match="bin/supply"):
        read_call(SUPPLY, [word.format(app=call.app) for word in words], {})
