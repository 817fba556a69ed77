from __future__ import annotations

import ast
from typing import TYPE_CHECKING

import pytest

from tampu.facts.entries.newer import ANYTHING, MOST_LEFT_OUT, body_of
from tampu.facts.entrypoint import entrypoint

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tampu.facts.tree import Tree

    Lay = Callable[[Mapping[str, str]], Tree]

# In no Python that tampu knows of, so that each has something to leave out.
TEMPLATE = 't"{x!} is newer"'
NEWER = (
    "type Name = str\ntype Pair[T] = tuple[T, T]",
    "def first[T](items: list[T]) -> T:\n    return items[0]",
    "class Box[T]:\n    item: T",
    'name = f"{table["name"]}"',
    'if True:\n    name = f"""{\n        table["a"]!r:{"a"}\n    }"""',
    "try:\n    pass\nexcept* ValueError:\n    pass",
    "try:\n    pass\nexcept ValueError, KeyError:\n    pass\nelse:\n    pass",
    "@app.get('/')\n@cached\nasync def home[T](x: T) -> T:\n    return x\n",
    f"name = {TEMPLATE}",
    "lazy import json",
)


@pytest.mark.parametrize("text", NEWER)
def test_what_a_newer_python_knows_hides_nothing_else(app: Lay, text: str) -> None:
    module = f"from fastapi import FastAPI\r\n\r\n{text}\n\napp = FastAPI()\n{text}\n"

    entry = entrypoint(app({"wsgi.py": module}), ".", None, None)

    assert entry
    assert ("wsgi:app", "asgi") == (entry.app, entry.kind.value)
    assert entry.evidence.endswith(": app = FastAPI()")


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (f"app = FastAPI(title={TEMPLATE})", "asgi"),
        (f"app: FastAPI = FastAPI(\n    title={TEMPLATE},\n)", "asgi"),
        (f"app = [{TEMPLATE}]", "wsgi"),
        (f"@wraps\ndef app(x={TEMPLATE}): ...", "wsgi"),
    ],
)
def test_a_name_stays_bound(app: Lay, text: str, kind: str) -> None:
    entry = entrypoint(app({"wsgi.py": f"from fastapi import FastAPI\n{text}\n"}), ".", None, None)

    assert entry
    assert ("wsgi:app", kind) == (entry.app, entry.kind.value)


@pytest.mark.parametrize(
    "text",
    [
        "print 'hello'",
        "try:\n    pass\nexcept ValueError, error:\n    pass",
        "app = = 1",
        "def app(:\n    pass",
        "x = (",
    ],
)
def test_what_no_python_knows_is_an_error(text: str) -> None:
    with pytest.raises(SyntaxError):
        body_of(f"x = 1\n{text}\n".encode())


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("print 'hello'\napplication = Flask(__name__)", 3),
        ("try:\n    pass\nexcept ValueError, error:\n    raise KeyError, 0777\napplication = Flask(__name__)", 6),
        ("def application(environ, start_response):\n    print >>environ['wsgi.errors'], 'asked'\n    return []", 2),
        ("if 1:\n\tnumber = 1\n        other = 2\napplication = Flask(__name__)", 5),
    ],
)
def test_what_python_2_knows_hides_nothing_in_an_app_for_it(app: Lay, text: str, line: int) -> None:
    tree = app({"wsgi.py": f"from flask import Flask\n{text}\n"})

    entry = entrypoint(tree, ".", None, None, ANYTHING)

    assert entry
    assert "wsgi:application" == entry.app
    assert entry.evidence.startswith(f"wsgi.py:{line}: ")


def test_an_end_is_made_of_it() -> None:
    many = f"x = {TEMPLATE}\n" * (MOST_LEFT_OUT + 1)

    assert [] == body_of(many.encode())
    assert ["Assign"] == [type(each).__name__ for each in body_of(f"x = {TEMPLATE}".encode())]


def test_the_rest_stays_where_it_was() -> None:
    first, last = body_of(f"a = 1\nif a:\n    b = {TEMPLATE}\n\n\nc = 2\n".encode())

    assert isinstance(last, ast.Assign)
    assert (1, 6) == (first.lineno, last.lineno)
