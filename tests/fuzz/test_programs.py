"""Programs and what they say: modules of an app, the settings of Django, wheels, configs of PasteDeploy."""

from __future__ import annotations

import configparser
import io
import zipfile
from typing import TYPE_CHECKING

from tampu.build.lacking import needs
from tampu.build.tasks import static_files
from tampu.errors import TampuError
from tampu.facts.entrypoint import Entry, entrypoint
from tampu.facts.tree import Tree
from tampu.paste.explaining import unreadable
from tampu.paste.troubles import BadConfig
from tampu.remote.found.parse import parsed
from tests.kit.drawn import given, st
from tests.kit.foreign import HOSTILE, WIDEST, changed_bytes, desk, fuzz, outcome, saved, texts

if TYPE_CHECKING:
    from pathlib import Path

PIECES = (
    *("app", "application", "=", "(", ")", ":", "\n", "\n    ", " ", ".", "*", ",", "'x'", "lambda", "def ", "class "),
    *("import ", "from ", "as ", "Flask", "flask", "FastAPI", "fastapi", "create_app", "return ", "async ", "await "),
    *("if ", "try:", "except:", "with ", "@", "environ, start_response", "scope, receive, send", "make_wsgi_app", "1"),
    *("from flask import Flask\n", "app = Flask(__name__)\n", "def create_app():\n    return ", "global ", "yield "),
    *("match x:\n case ", "-", "~", "[", "{", "f'{", "# coding: utf-7\n", "# coding: rot13\n", "type X = ", "'''"),
)
REAL = "from flask import Flask\n\napp = Flask(__name__)\n\n\n@app.route('/')\ndef page():\n    return 'x'\n"
NAMES = ("app.py", "wsgi.py", "settings.py", "manage.py", "production.ini")
SETTINGS = (
    "STATIC_URL = ",
    "STATIC_ROOT = ",
    "'/static/'",
    "'static'",
    "\n",
    "{[]: 1}",
    "'\\ud800'",
    "'\\0'",
    "..",
    "None",
    "(" * 300,
)
INI = (
    *(
        "[app:main]\n",
        "[server:main]\n",
        "[pipeline:main]\n",
        "[DEFAULT]\n",
        "use = ",
        "egg:x",
        "config:x.ini",
        "call:os:x",
    ),
    *(
        "pipeline = a b\n",
        "%(here)s",
        "%(x)s",
        "%",
        " = ",
        "\n",
        "\n  ",
        "[",
        "]",
        "set x = y\n",
        "get x = y\n",
        "#main",
    ),
)


@fuzz
@given(
    data=saved(texts(*PIECES, examples=[REAL])), name=st.sampled_from(NAMES), wanted=st.none() | texts("app:", "app")
)
def test_what_answers_requests_and_what_is_imported(data: bytes, name: str, wanted: str | None) -> None:
    folder = desk("modules")
    (folder / "manage.py").write_bytes(b"DJANGO_SETTINGS_MODULE'='settings'")
    (folder / name).write_bytes(data)
    found = outcome(lambda: entrypoint(Tree(folder), ".", wanted, "manage.py"), WIDEST)
    outcome(lambda: parsed(folder / name, name))
    (folder / name).unlink()

    assert found is None or isinstance(found, Entry | TampuError)


@fuzz
@given(answer=texts(*SETTINGS, examples=["STATIC_ROOT = 'static'\nSTATIC_URL = '/static/'\n"]))
def test_what_django_says_of_its_settings(answer: str) -> None:
    app = desk("django") / "app"
    (app / "static").mkdir(parents=True, exist_ok=True)
    found = outcome(lambda: static_files.read(answer, app))

    assert not isinstance(found, TampuError)
    assert found is None or (app / found.folder).resolve().is_relative_to(app.resolve())


WHEEL = io.BytesIO()
with zipfile.ZipFile(WHEEL, "w", zipfile.ZIP_DEFLATED) as whole:
    whole.writestr("x.dist-info/METADATA", "Name: x\nRequires-Dist: flask (>=3) ; extra == 'y'\n" * 3)


@fuzz
@given(data=changed_bytes(WHEEL.getvalue()), text=texts("Requires-Dist: ", "\n", "flask", ";", "(", *HOSTILE))
def test_what_a_wheel_needs(data: bytes, text: str) -> None:
    place = desk("wheel") / "x.whl"
    place.write_bytes(data)
    needs(place)
    with zipfile.ZipFile(place, "w") as archive:
        archive.writestr("x.dist-info/METADATA", text.encode(errors="replace"))
    assert all(isinstance(line, str) for line in needs(place))


@fuzz
@given(data=saved(texts(*INI, examples=["[app:main]\nuse = egg:x\n[server:main]\nuse = egg:waitress\nport = 80\n"])))
def test_a_config_of_pastedeploy(data: bytes) -> None:
    file = desk("paste") / "x.ini"
    file.write_bytes(data)
    outcome(lambda: understood(file), WIDEST)


def understood(file: Path) -> None:
    """As PasteDeploy reads it."""
    try:
        configparser.ConfigParser(interpolation=None).read_string(file.read_text(encoding="utf-8"), str(file))
    except (configparser.Error, UnicodeDecodeError) as error:
        raise BadConfig(*unreadable(str(file), error)) from error
