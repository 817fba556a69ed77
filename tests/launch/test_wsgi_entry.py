from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.kit.builds import write_app
from tests.launch.homes import LAUNCH

if TYPE_CHECKING:
    from pathlib import Path

MODULE = """\
class site:
    class inner:
        app = "found"
    @staticmethod
    def make():
        return "made"
"""
DEPLOY = """
import logging
def loadapp(uri):
    logging.getLogger("x").info("it is made")
    return uri
"""
PASTE = {"paste/__init__.py": "", "paste/deploy.py": DEPLOY}
INI = "[app:main]\npaste.app_factory = shop:make\n"
LOGGING = """
[loggers]
keys = root
[handlers]
keys = file
[formatters]
keys = short
[logger_root]
level = INFO
handlers = file
[handler_file]
class = FileHandler
args = ('%(here)s/log',)
formatter = short
[formatter_short]
format = %(levelname)s: %(message)s
"""
SERVE = "import runpy, sys; print(runpy.run_path(sys.argv[1])['application'])"


@pytest.mark.parametrize(
    ("app", "factory", "found"), [("shop:site.inner.app", False, "found"), ("shop:site.make", True, "made")]
)
def test_an_attribute_of_an_attribute(
    tmp_path: Path,
    python: Path,
    app: str,
    factory: bool,  # noqa: FBT001 - what stack.json says
    found: str,
) -> None:
    assert (f"{found}\n", "") == loaded(tmp_path, python, {"app": app, "factory": factory}, {"shop.py": MODULE})


def test_the_app_of_an_ini(tmp_path: Path, python: Path) -> None:
    told = loaded(tmp_path, python, {"app": "", "paste": "production.ini"}, {**PASTE, "production.ini": INI})

    assert (f"config:{tmp_path}/production.ini\n", "") == told


def test_an_ini_says_what_becomes_of_what_is_logged(tmp_path: Path, python: Path) -> None:
    place = tmp_path / "50% off"

    loaded(place, python, {"app": "", "paste": "production.ini"}, {**PASTE, "production.ini": INI + LOGGING})

    assert "INFO: it is made\n" == (place / "log").read_text()


def loaded(place: Path, python: Path, stack: dict[str, object], files: dict[str, str]) -> tuple[str, str]:
    """The app that a server finds there, and what is said on the way."""
    entry = ".tampu/launch/wsgi_entry.py"
    write_app(place, {**files, entry: (LAUNCH / "wsgi_entry.py").read_text(), ".tampu/stack.json": json.dumps(stack)})
    ended = subprocess.run(
        (python, "-c", SERVE, str(place / entry)),
        cwd=place,
        env={"PYTHONPATH": str(place)},
        capture_output=True,
        text=True,
        check=False,
    )
    return ended.stdout, ended.stderr
