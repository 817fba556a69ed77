from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tampu.build.model import EnvVar, Mode
from tampu.build.tasks.collectstatic import task
from tampu.build.tasks.collectstatic_errors import (
    BrokenSettings,
    DatabaseNeeded,
    MissingFile,
    MissingVariable,
    NoStaticRoot,
)
from tampu.world.run import Processes
from tests.build.tasks.stage import Stage
from tests.kit.require import lack

DJANGO = "django==5.2.4"
LIBRARY = f"site/lib/python3.{sys.version_info.minor}/site-packages"
CHANGES = (EnvVar("PATH", "{layers}/python/bin", Mode.PREPEND), EnvVar("PYTHONPATH", f"{{layers}}/{LIBRARY}"))
MANAGE = """
import os, sys
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "my.settings")
from django.core.management import execute_from_command_line
execute_from_command_line(sys.argv)
"""
SETTINGS = """
from pathlib import Path
BASE_DIR = Path(__file__).resolve().parent.parent
SECRET_KEY = "only for this test"
INSTALLED_APPS = ["django.contrib.staticfiles", "my"]
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}
STATIC_URL = "static/"
STATIC_ROOT = BASE_DIR / "collected"
"""
MANIFEST = """
STORAGES = {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"}}
"""
QUERY = """
from django.apps import AppConfig
class My(AppConfig):
    name = "my"
    def ready(self):
        from django.db import connection
        connection.cursor().execute("select * from nowhere")
"""


@pytest.fixture(scope="session")
def layers(index: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An interpreter, and beside it an environment with a real Django."""
    uv = shutil.which("uv", path=os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"])))
    if not uv:
        lack("uv")
    place = tmp_path_factory.mktemp("layers")
    python = place / "python/bin/python3"
    subprocess.run((str(uv), "venv", "--quiet", "--python", sys.executable, place / "python"), check=True)
    where = ("--no-config", "--default-index", index, "--target", place / LIBRARY)
    subprocess.run((str(uv), "pip", "install", "--quiet", "--python", python, *where, DJANGO), check=True)
    return place


@pytest.fixture
def project(tmp_path: Path, layers: Path) -> Stage:
    stage = Stage(tmp_path)
    stage.layers = layers
    stage.write("web/manage.py", MANAGE)
    stage.write("web/my/__init__.py", "")
    stage.write("web/my/settings.py", SETTINGS)
    stage.write("web/my/static/site.css", "body { color: red }\n")
    return stage


def collect(project: Stage, settings: str = "") -> None:
    project.write("web/my/settings.py", SETTINGS + settings)
    project.act(task("web/manage.py", CHANGES), Processes(project.say))


def test_a_project_is_collected(project: Stage) -> None:
    collect(project)

    assert "body { color: red }\n" == (project.app / "web/collected/site.css").read_text()
    assert "1 static file copied to" in "".join(project.said)


def test_a_project_without_staticfiles_is_left_as_it_is(project: Stage) -> None:
    collect(project, 'INSTALLED_APPS = ["my"]')

    assert "django.contrib.staticfiles is not in INSTALLED_APPS" in "".join(project.said)


def test_no_folder_to_collect_in(project: Stage) -> None:
    with pytest.raises(NoStaticRoot):
        collect(project, "STATIC_ROOT = None")


def test_a_variable_that_is_not_set(project: Stage) -> None:
    with pytest.raises(MissingVariable, match="Django's settings need BUCKET"):
        collect(project, "import os; BUCKET = os.environ['BUCKET']")


@pytest.mark.parametrize(
    ("settings", "found"),
    [
        ("import storages", "ModuleNotFoundError: No module named 'storages'"),
        ("INSTALLED_APPS += ['storages']", "ModuleNotFoundError: No module named 'storages'"),
        ("from django.utils.translation import ugettext", "ImportError: cannot import name 'ugettext'"),
        ("X = (", "SyntaxError: '(' was never closed"),
    ],
)
def test_settings_that_cannot_be_imported(project: Stage, settings: str, found: str) -> None:
    with pytest.raises(BrokenSettings) as caught:
        collect(project, settings)

    assert f"Found:    {found}" in caught.value.advice


def test_a_query_while_the_app_is_loaded(project: Stage) -> None:
    project.write("web/my/apps.py", QUERY)

    with pytest.raises(DatabaseNeeded):
        collect(project)


def test_a_stylesheet_that_names_a_file_that_is_not_there(project: Stage) -> None:
    project.write("web/my/static/site.css", "body { background: url(nowhere.png) }\n")

    with pytest.raises(MissingFile, match="A static file is missing"):
        collect(project, MANIFEST)
