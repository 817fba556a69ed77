from __future__ import annotations

import tempfile
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from tampu.errors import TampuError
from tampu.facts.entrypoint import Entry, entrypoint
from tampu.facts.tree import Tree

PIECES = (
    *("app", "application", "=", "(", ")", ":", "\n", "\n    ", " ", ".", "*", ",", "'x'", "lambda", "def ", "class "),
    *("import ", "from ", "as ", "Flask", "flask", "FastAPI", "fastapi", "create_app", "return ", "async ", "await "),
    *("if ", "try:", "except:", "with ", "@", "environ, start_response", "scope, receive, send", "make_wsgi_app", "1"),
    *("from flask import Flask\n", "app = Flask(__name__)\n", "def create_app():\n    return ", "global ", "yield "),
)
TEXTS = st.one_of(st.text(), st.lists(st.sampled_from(PIECES)).map("".join))


def outcome(files: dict[str, bytes], wanted: str | None) -> Entry | TampuError | None:
    with tempfile.TemporaryDirectory() as folder:
        for name, data in files.items():
            (Path(folder) / name).write_bytes(data)
        try:
            return entrypoint(Tree(Path(folder)), ".", wanted, "manage.py")
        except TampuError as error:
            return error


@given(text=TEXTS, name=st.sampled_from(["app.py", "wsgi.py", "settings.py", "manage.py", "production.ini"]))
def test_any_text_gives_an_entry_or_none_or_an_error_of_ours(text: str, name: str) -> None:
    found = outcome({"manage.py": b"DJANGO_SETTINGS_MODULE'='settings'", name: text.encode(errors="replace")}, None)

    assert found is None or isinstance(found, Entry | TampuError)


@given(data=st.binary(), wanted=st.text())
def test_any_bytes_and_any_wish_do_too(data: bytes, wanted: str) -> None:
    found = outcome({"app.py": data, "production.ini": data}, wanted)

    assert found is None or isinstance(found, Entry | TampuError)
