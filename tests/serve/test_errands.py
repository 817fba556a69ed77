"""`tampu points`, `request`, `post`, `make-config` and `setup-app`, as people call them beside an installed app."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.kit import buildpack
from tests.kit.builds import write_app

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Call = Callable[..., tuple[int, str, str]]

PATIENCE = 120
SHOP = """\
def main(global_config, **settings):
    '''A shop.

    With a door.
    '''
    def app(environ, start_response):
        if environ["PATH_INFO"] == "/broken":
            raise RuntimeError("no goods")
        status = "404 Not Found" if environ["PATH_INFO"] == "/nowhere" else "200 OK"
        start_response(status, [("Content-Type", "text/plain")])
        body = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
        told = [environ[key] for key in ("REQUEST_METHOD", "PATH_INFO", "QUERY_STRING")]
        told += [str(environ["paste.command_request"]), environ.get("HTTP_X_GUEST", ""), global_config.get("town", "")]
        return [" ".join(told).encode(), body]
    return app

def shout(app, global_config):
    return app
"""
WEBSETUP = "def setup_app(command, conf, vars):\n    print('set up', conf['goods'], conf.global_conf['town'], vars)\n"
OLD_WEBSETUP = "def setup_config(command, filename, section, vars):\n    print('set up', filename, section, vars)\n"
OWN = """\
from paste.script.appinstall import Installer

class OwnInstaller(Installer):
    def config_content(self, command, vars):
        return f"# {self.description(None)} of {vars['owner']}\\n"

    def setup_config(self, command, filename, section, vars):
        command.ensure_dir("made")
        print("set up by its own", section)
"""
POINTS = """\
[paste.app_factory]
main = shop:main
own = shop:main
plain = shop:main

[paste.app_install]
own = shop.own:OwnInstaller

[paste.filter_app_factory]
shout = shop:shout

[paste.server_runner]
gone = shop.gone:serve

[paste.entry_point_description]
paste.app_factory = shop.about:Apps
"""
CONFIG = """\
[DEFAULT]
town = Cusco

[app:main]
use = egg:Shop
goods = maize

[pipeline:noisy]
pipeline = shout main

[filter:shout]
use = egg:Shop#shout

[app:old]
use = call:older:main
"""
TEMPLATE = """\
[app:main]
use = egg:${egg}
goods = ${goods}
at = %(here)s
"""
FILES = {
    "shop/__init__.py": SHOP,
    "shop/websetup.py": WEBSETUP,
    "shop/own.py": OWN,
    "shop/about.py": "class Apps:\n    description = 'What answers requests'\n",
    "older/__init__.py": SHOP,
    "older/websetup.py": OLD_WEBSETUP,
    "Shop-1.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: Shop\nVersion: 1.0\nSummary: A small shop\n",
    "Shop-1.0.dist-info/entry_points.txt": POINTS,
    "Shop-1.0.dist-info/paste_deploy_config.ini_tmpl": TEMPLATE,
    "development.ini": CONFIG,
}


@pytest.fixture(scope="module")
def settings(index: str, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    home = tmp_path_factory.mktemp("home")
    return {"HOME": str(home), "PATH": os.defpath, "PIP_INDEX_URL": index, "LANG": "C.UTF-8"}


@pytest.fixture
def call(settings: dict[str, str], tmp_path: Path) -> Call:
    """In the folder of the shop: exit code, output and errors."""
    folder = write_app(tmp_path / "a shop", FILES)

    def tampu(*words: str, stdin: str = "") -> tuple[int, str, str]:
        command = (*buildpack.program("tampu"), *words, "--python", sys.executable)
        ended = subprocess.run(
            command,
            cwd=folder,
            env=settings,
            input=stdin,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
        return ended.returncode, ended.stdout.replace(str(folder), "HERE"), ended.stderr

    return tampu


def test_entry_points_with_what_they_say_of_themselves(call: Call) -> None:
    code, out, _ = call("points", "PASTE.app_f*", "m*")

    assert (0, True) == (code, out.startswith("[paste.app_factory]\n  What answers requests\n"))
    assert "  Shop 1.0\n    main = shop:main\n      main(global_config, **settings)\n      A shop.\n" in out
    assert "own = " not in out


def test_groups_of_entry_points(call: Call) -> None:
    _, every, _ = call("points")
    _, some, _ = call("points", "--list", "--egg", "shop", "--regex", "paste[.](app_f|server)")

    assert "\nconsole_scripts (" in every
    assert "paste.app_factory (3)\npaste.server_runner (1)\n" == some


def test_an_entry_point_that_leads_nowhere_hides_no_other(call: Call) -> None:
    code, out, _ = call("points", "paste.server_runner")

    assert 0 == code
    assert "gone = shop.gone:serve\n      can't be loaded: ModuleNotFoundError: No module named 'shop.gone'\n" in out
    assert "  PasteScript 3.7.0\n" in out


def test_no_entry_point(call: Call) -> None:
    code, out, err = call("points", "paste.app_factory", "other")

    assert (2, "") == (code, out)
    assert "(serve::no-points)" in err


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("/", "size=big one"), "GET / size=big%20one True  Cusco"),
        (("page?a=b", "c"), "GET /.command/page a=b&c True  Cusco"),
        (("/", "--header", "X-Guest: Quilla", "--app-name", "noisy"), "GET /  True Quilla Cusco"),
        (("/", "--config-var", "town:Pisac", "-n", "old"), "GET /  True  Pisac"),
    ],
)
def test_a_request_without_a_server(call: Call, words: tuple[str, ...], expected: str) -> None:
    assert (0, expected, "") == call("request", "development.ini", *words)


def test_a_post_sends_what_it_is_given(call: Call) -> None:
    _, out, _ = call("post", "development.ini", "/buy", "--display-headers", stdin="goods=maíz")

    assert "Status: 200 OK\nContent-Type: text/plain\n\nPOST /buy  True  Cuscogoods=maíz" == out


@pytest.mark.parametrize(("path", "code"), [("/nowhere", 4), ("/broken", 5)])
def test_the_exit_code_tells_how_it_went(call: Call, path: str, code: int) -> None:
    ended, _, err = call("request", "development.ini", path)

    assert code == ended
    assert (code == 5) == ("RuntimeError: no goods" in err)


def test_a_config_is_made_and_never_overwritten_unasked(call: Call, tmp_path: Path) -> None:
    made = call("make-config", "Shop", "goods=beans")
    again = call("make-config", "Shop", "goods=beans", "--run", "town=none")
    other = call("make-config", "Shop", "goods=corn")
    forced = call("make-config", "Shop", "Shop.ini", "goods=corn", "--overwrite")

    assert ((0, "Made Shop.ini\n", ""), 1, 0) == (made, other[0], forced[0])
    assert "(serve::file-differs)" in other[2]
    # The second one set it up, too: the new config has no town.
    assert "KeyError: 'town'" in again[2]
    assert "[app:main]\nuse = egg:Shop\ngoods = corn\nat = %(here)s\n" == (tmp_path / "a shop/Shop.ini").read_text()


def test_a_package_may_make_and_set_up_in_its_own_way(call: Call, tmp_path: Path) -> None:
    code, out, err = call("make-config", "Shop#own", "own.ini", "owner=Quilla", "--run")

    assert (0, "Made own.ini\nset up by its own main\n", "") == (code, out, err)
    assert "# A small shop of Quilla\n" == (tmp_path / "a shop/own.ini").read_text()
    assert (tmp_path / "a shop/made").is_dir()


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (("make-config", "Shop"), "serve::unknown-name"),
        (("make-config", "Nothing"), "serve::no-package"),
        (("make-config", "Shop#x"), "serve::no-package"),
        (("make-config", "Shop", "a.ini", "b.ini"), "usage::command-line"),
        (("setup-app", "development.ini", "now"), "usage::command-line"),
        (("setup-app", "development.ini#none"), "serve::no-section"),
        (("request", "development.ini", "/", "--header", "Guest"), "usage::command-line"),
        (("points", "--regex", "("), "usage::command-line"),
    ],
)
def test_what_is_wrong_is_said(call: Call, words: tuple[str, ...], reason: str) -> None:
    code, out, err = call(*words)

    assert (True, "") == (code in {1, 2}, out)
    assert f"({reason})" in err
    assert "Traceback" not in err


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        ("development.ini", "set up maize Cusco {'owner': 'Quilla'}\n"),
        ("development.ini#old", "set up HERE/development.ini old {'owner': 'Quilla'}\n"),
    ],
)
def test_an_app_sets_itself_up(call: Call, config: str, expected: str) -> None:
    assert (0, expected, "") == call("setup-app", config, "owner=Quilla")


def test_an_app_without_anything_to_set_up(call: Call, tmp_path: Path) -> None:
    (tmp_path / "a shop/shop/websetup.py").unlink()

    code, _, err = call("setup-app", "development.ini")

    assert (1, True) == (code, "no module shop.websetup" in err)
