from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tampu.build.tasks.static_files import Static, diffsettings, read, static_files
from tests.build.tasks.stage import CHANGES, Actor

if TYPE_CHECKING:
    from pathlib import Path

    from tests.build.tasks.stage import Stage


def answer(url: str, root: str) -> str:
    return f"DEBUG = False\nSTATIC_ROOT = {root}\nSTATICFILES_DIRS = []  ###\nSTATIC_URL = {url}\nMEDIA_URL = '/m/'\n"


@pytest.fixture
def app(tmp_path: Path) -> Path:
    (tmp_path / "site" / "staticfiles").mkdir(parents=True)
    (tmp_path / "odd {name};").mkdir()
    (tmp_path / ".hidden").mkdir()
    return tmp_path


@pytest.mark.parametrize(
    ("url", "root"),
    [
        ("'/static/'", "PosixPath('{app}/site/staticfiles')"),
        ("'static/'", "'{app}/site/staticfiles'"),
        ("'/static/'", "'site/staticfiles/'"),
        ("'/static/'  ###", "'{app}/site/../site/staticfiles'"),
    ],
)
def test_settings_as_django_prints_them(app: Path, url: str, root: str) -> None:
    assert Static(url="/static/", folder="site/staticfiles") == read(answer(url, root.format(app=app)), app)


@pytest.mark.parametrize(
    ("url", "root"),
    [
        ("'/static/'", "None"),
        ("None", "'site/staticfiles'"),
        ("'https://cdn.example/static/'", "'site/staticfiles'"),
        ("'/'", "'site/staticfiles'"),
        ("'/a b/'", "'site/staticfiles'"),
        ("'/x; deny all/'", "'site/staticfiles'"),
        ("'/$uri/'", "'site/staticfiles'"),
        ("'/.hidden/'", "'site/staticfiles'"),
        ("'/static/'", "'site/missing'"),
        ("'/static/'", "'/var/www'"),
        pytest.param("'/static/'", f"'{'9' * 5000}'", id="a long name"),
        ("'/static/'", "'..'"),
        ("'/static/'", "'.'"),
        ("'/static/'", "'odd {name};'"),
        ("'/static/'", "'.hidden'"),
        ("'/static/'", "<object at 0x7f>"),
        ("'/static/'", r"'a\0b'"),
        ("'/static/'", r"'\ud800'"),
        ("'/static/'", f"'{'é' * 200}'"),
        ("'/static/'", "{[]: 1}"),
    ],
)
def test_what_nginx_is_not_told_to_serve(app: Path, url: str, root: str) -> None:
    assert read(answer(url, root), app) is None


def test_settings_without_either(app: Path) -> None:
    assert read("DEBUG = False\n", app) is None


def test_a_link_out_of_the_app_is_not_served(app: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    (app / "out").symlink_to(tmp_path_factory.mktemp("elsewhere"))

    assert read(answer("'/static/'", "'out'"), app) is None


def test_django_is_asked_with_the_apps_environment(stage: Stage) -> None:
    stage.install("django-5.2")
    stage.write("web/manage.py", "")
    stage.write("web/staticfiles/a.css", "")
    stage.run.output = answer("'/static/'", "'web/staticfiles'")

    found = static_files(stage.target(COLOUR="hush"), "web", CHANGES, stage.world)

    assert (Static(url="/static/", folder="web/staticfiles"),) == found
    assert [diffsettings(stage.target(), "web/manage.py", stage.run.ran[0].env)] == stage.run.ran
    assert "hush" == stage.run.ran[0].env["COLOUR"]


def test_settings_that_cannot_be_had(stage: Stage) -> None:
    stage.install("django-5.2")
    stage.write("manage.py", "")
    stage.run = Actor(code=1, output="KeyError: 'SECRET_KEY'")

    assert () == static_files(stage.target(), ".", CHANGES, stage.world)


@pytest.mark.parametrize("name", ["manage.py", "other.py"])
def test_without_django_or_a_project_nobody_is_asked(stage: Stage, name: str) -> None:
    stage.write(name, "")
    if name != "manage.py":
        stage.install("django-5.2")

    assert () == static_files(stage.target(), ".", CHANGES, stage.world)
    assert [] == stage.run.ran
