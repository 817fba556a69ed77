from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tampu.facts.entrypoint import Entry, Kind, entrypoint

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tampu.facts.tree import Tree

    Lay = Callable[[Mapping[str, str]], Tree]

MANAGE = 'import os\nos.environ.setdefault("DJANGO_SETTINGS_MODULE", "mysite.settings")\n'
LIVE = MANAGE.replace("mysite.settings", "mysite.settings.live")
WSGI = "WSGI_APPLICATION = 'mysite.wsgi.application'\n"
ASGI = 'ASGI_APPLICATION: str = "mysite.asgi.application"\n'
CHANNELS = 'INSTALLED_APPS = [\n    "channels",\n]\n'
SERVERS = {
    "mysite/__init__.py": "",
    "mysite/wsgi.py": "from django.core.wsgi import get_wsgi_application\napplication = get_wsgi_application()\n",
    "mysite/asgi.py": "from django.core.asgi import get_asgi_application\napplication = get_asgi_application()\n",
}


def found(app: Lay, files: Mapping[str, str], manage_py: str = "manage.py") -> str | None:
    entry = entrypoint(app({"manage.py": MANAGE, **files}), ".", None, manage_py)
    return f"{entry.app} {entry.kind.value} {entry.evidence}" if entry else None


def test_the_settings_say_it(app: Lay) -> None:
    files = {"manage.py": MANAGE, "mysite/settings.py": f"DEBUG = False\n{WSGI}", **SERVERS, "app.py": "app = 1"}

    expected = Entry(
        kind=Kind.WSGI,
        app="mysite.wsgi:application",
        evidence="mysite/settings.py:2: WSGI_APPLICATION = 'mysite.wsgi.application'",
    )
    assert expected == entrypoint(app(files), ".", None, "manage.py")


def test_a_project_in_a_folder_has_its_folder_on_the_path(app: Lay) -> None:
    files = {"manage.py": MANAGE, "mysite/settings.py": WSGI, **SERVERS}
    tree = app({f"web/site/{name}": text for name, text in files.items()})

    expected = "mysite/settings.py:1: WSGI_APPLICATION = 'mysite.wsgi.application'"
    whole = entrypoint(tree, ".", None, "web/site/manage.py")
    within = entrypoint(tree, "web", None, "web/site/manage.py")
    inner = entrypoint(tree, "web/site", None, "web/site/manage.py")

    assert [("web/site",), ("site",), (".",)] == [each.path for each in (whole, within, inner) if each]
    assert [f"web/site/{expected}", f"site/{expected}", expected] == [
        each.evidence for each in (whole, within, inner) if each
    ]


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        (WSGI, "wsgi"),
        (ASGI, "asgi"),
        (WSGI + ASGI, "wsgi"),
        (WSGI + ASGI + CHANNELS, "asgi"),
        (WSGI + ASGI + "INSTALLED_APPS += ['daphne']", "asgi"),
        (WSGI + ASGI + "# as 'channels' has it\n", "wsgi"),
        (WSGI + CHANNELS, "wsgi"),
        (WSGI.replace("mysite", "gone") + ASGI, "asgi"),
        ("", "wsgi"),
        ("WSGI_APPLICATION = None\n", "wsgi"),
        ("print 'python 2'\n" + ASGI, "wsgi"),
    ],
)
def test_asgi_only_where_the_project_means_it(app: Lay, settings: str, expected: str) -> None:
    text = found(app, {**SERVERS, "mysite/settings.py": settings})

    assert text
    assert f"mysite.{expected}:application {expected}" == text.rpartition(" mysite/")[0]


@pytest.mark.parametrize(
    ("files", "where"),
    [
        ({"settings/live.py": "from .base import *\n", "settings/base.py": WSGI}, "settings/base.py:1"),
        ({"settings/live.py": "from mysite.settings.base import *\n", "settings/base.py": WSGI}, "settings/base.py:1"),
        ({"settings/live.py": f"from .base import *\n{WSGI}", "settings/base.py": WSGI}, "settings/live.py:2"),
        ({"settings/live.py": "from .live import *\nfrom gone import *\n"}, "wsgi.py:2"),
        ({"settings/live.py": "from .base import *\n", "settings/base.py": "x = = 1"}, "wsgi.py:2"),
    ],
)
def test_settings_are_followed_to_their_base(app: Lay, files: Mapping[str, str], where: str) -> None:
    inner = {f"mysite/{name}": text for name, text in files.items()}
    text = found(app, {**SERVERS, **inner, "mysite/settings/__init__.py": "", "manage.py": LIVE})

    assert text
    assert f"mysite/{where}:" in text


@pytest.mark.parametrize("name", ["production", "base"])
def test_a_package_of_settings_is_looked_into(app: Lay, name: str) -> None:
    files = {"mysite/settings/__init__.py": "", f"mysite/settings/{name}.py": WSGI}
    text = found(app, {**SERVERS, **files})

    assert text
    assert f"mysite/settings/{name}.py:1:" in text


def test_manage_py_need_not_be_read_by_python_3(app: Lay) -> None:
    manage = "import os\nprint 'hello'\nos.environ['DJANGO_SETTINGS_MODULE'] = 'other.settings'\n"
    text = found(app, {**SERVERS, "manage.py": manage, "other/settings.py": WSGI})

    assert text
    assert "other/settings.py:1:" in text


def test_without_a_word_in_settings_the_file_beside_them_is_it(app: Lay) -> None:
    expected = "mysite.asgi:application asgi mysite/asgi.py:2: application = get_asgi_application()"
    asgi_only = {name: text for name, text in SERVERS.items() if "wsgi" not in name}

    assert expected == found(app, {**asgi_only, "mysite/settings.py": ""})
    assert expected == found(app, {**asgi_only, "manage.py": "import os\n"})


def test_a_project_without_a_callable_may_still_have_one_elsewhere(app: Lay) -> None:
    files = {"mysite/wsgi.py": "", "mysite/settings.py": "", "app.py": "from flask import Flask\napp = Flask('x')\n"}

    assert "app:app wsgi app.py:2: app = Flask('x')" == found(app, files)
    assert found(app, {"app.py": ""}) is None


def test_a_manage_py_outside_of_the_approot_is_not_asked(app: Lay) -> None:
    tree = app({"manage.py": MANAGE, "mysite/settings.py": WSGI, **SERVERS, "web/README": ""})

    assert entrypoint(tree, "web", None, "manage.py") is None
    assert entrypoint(tree, "mysite", None, "gone/manage.py") is not None
