from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tampu.facts.entries.files import LARGEST
from tampu.facts.entries.search import SeveralEntries
from tampu.facts.entrypoint import entrypoint
from tampu.facts.tree import Tree

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    Lay = Callable[[Mapping[str, str]], Tree]

FLASK = "from flask import Flask\napp = Flask(__name__)\n"
FASTAPI = "from fastapi import FastAPI\napp = FastAPI()\n"
SITE = "from flask import Flask\nsite = Flask(__name__)\n"
FACTORY = "from flask import Flask\ndef create_app(config=None):\n    app = Flask(__name__)\n    return app\n"


def found(app: Lay, files: Mapping[str, str]) -> str | None:
    entry = entrypoint(app(files), ".", None, None)
    return f"{entry.path[0]} {entry.app}{'()' if entry.factory else ''} {entry.kind.value}" if entry else None


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"main.py": FASTAPI, "app.py": FLASK}, ". app:app wsgi"),
        ({"main.py": FASTAPI, "run.py": FLASK}, ". main:app asgi"),
        ({"web.py": FLASK, "zoo.py": FLASK, "a.py": FLASK}, ". web:app wsgi"),
        ({"app.py": SITE, "main.py": FLASK}, ". main:app wsgi"),
        ({"app.py": SITE, "zoo.py": FLASK}, ". app:site wsgi"),
        ({"shop/__init__.py": FLASK, "zoo.py": FLASK}, ". shop:app wsgi"),
        ({"shop/main.py": FASTAPI, "shop/api.py": "from fastapi import APIRouter"}, ". shop.main:app asgi"),
        ({"shop/__init__.py": FACTORY, "zoo.py": SITE}, ". shop:create_app() wsgi"),
        ({"shop/__init__.py": FACTORY, "run.py": "from shop import create_app\napp = create_app()"}, ". run:app wsgi"),
        ({"src/app.py": FLASK}, "src app:app wsgi"),
        ({"src/shop/__init__.py": FLASK}, "src shop:app wsgi"),
        ({"src/__init__.py": "", "src/main.py": FLASK}, ". src.main:app wsgi"),
        ({"src/main.py": f"from src.models import x\n{FLASK}", "src/models.py": ""}, ". src.main:app wsgi"),
        ({"api/main.py": f"import models\n{FLASK}", "api/models.py": ""}, "api main:app wsgi"),
        ({"api/main.py": f"import models\n{FLASK}", "api/models.py": "", "models.py": ""}, ". api.main:app wsgi"),
        ({"api/main.py": f"from . import models\nimport models\n{FLASK}", "api/models.py": ""}, ". api.main:app wsgi"),
        ({"api/main.py": f"import os\n{FLASK}"}, ". api.main:app wsgi"),
        ({"api/__init__.py": "", "api/main.py": f"import db\n{FLASK}", "api/db.py": ""}, ". api.main:app wsgi"),
        ({"zoo.py": FLASK}, ". zoo:app wsgi"),
    ],
)
def test_the_likeliest_place_wins(app: Lay, files: Mapping[str, str], expected: str) -> None:
    assert expected == found(app, files)


@pytest.mark.parametrize(
    "path",
    [
        *("tests/app.py", "docs/app.py", "examples/app.py", "node_modules/app.py", ".hidden/app.py", ".app.py"),
        *("conftest.py", "setup.py", "manage.py", "test_app.py", "app_test.py", "my-app.py", "my-app/main.py"),
        *("shop/web/main.py", "shop/migrations/app.py", "app.py/not_a_module.txt", "main.pyc", "app"),
    ],
)
def test_what_is_not_the_app_is_not_searched(app: Lay, path: str) -> None:
    assert found(app, {path: FLASK}) is None


def test_a_venv_is_not_searched(app: Lay) -> None:
    assert found(app, {"env/pyvenv.cfg": "", "env/app.py": FLASK}) is None


def test_links_to_folders_are_not_followed(app: Lay, tmp_path: Path) -> None:
    tree = app({"lib/web.txt": ""})
    (tmp_path / "round").symlink_to(tmp_path)
    (tmp_path / "app.py").symlink_to(tmp_path / "app.py")
    (tmp_path / "main.py").symlink_to(tmp_path / "nowhere")

    assert entrypoint(tree, ".", None, None) is None


def test_what_nobody_writes_is_not_read(app: Lay) -> None:
    assert found(app, {"app.py": FLASK + "#" * LARGEST}) is None


def test_what_can_not_be_read_is_passed_over(app: Lay, tmp_path: Path) -> None:
    tree = app({"main.py": FLASK})
    (tmp_path / "app.py").symlink_to("/proc/self/mem")

    entry = entrypoint(tree, ".", None, None)

    assert entry
    assert "main:app" == entry.app


@pytest.mark.parametrize("data", [b"\xff\xfe\x00app", b"app = Flask\xff", b"# coding: nonsense\napp = 1", b"\0app"])
def test_what_is_no_text_is_no_candidate(app: Lay, tmp_path: Path, data: bytes) -> None:
    tree = app({"main.py": FLASK})
    (tmp_path / "app.py").write_bytes(data)

    entry = entrypoint(tree, ".", None, None)

    assert entry
    assert "main:app" == entry.app


def test_a_declared_encoding_and_a_mark_are_read(app: Lay, tmp_path: Path) -> None:
    tree = app({})
    (tmp_path / "app.py").write_bytes("# coding: latin-1\r\nname = 'é'\r\n".encode("latin-1") + FLASK.encode())
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop/app.py").write_text(FLASK, encoding="utf-8-sig")

    first, second = entrypoint(tree, ".", None, None), entrypoint(Tree(tmp_path / "shop"), ".", None, None)

    assert first
    assert second
    assert ("app.py:4: app = Flask(__name__)", "app.py:2: app = Flask(__name__)") == (first.evidence, second.evidence)


def test_several_are_listed_and_nothing_is_guessed(app: Lay) -> None:
    with pytest.raises(SeveralEntries) as caught:
        found(app, {"shop.py": SITE, "admin.py": FLASK, "worker.py": "app = 1"})

    listed = "Found:    admin.py:2: app = Flask(__name__)\n          shop.py:2: site = Flask(__name__)\n"
    assert listed in caught.value.advice
    assert "TAMPU_APP=admin:app" in caught.value.advice


def test_several_in_one_file_are_listed(app: Lay) -> None:
    with pytest.raises(SeveralEntries) as caught:
        found(app, {"app.py": f"{SITE}admin = Flask(__name__)\n"})

    assert "TAMPU_APP=app:site" in caught.value.advice


def test_several_inis_are_listed(app: Lay) -> None:
    with pytest.raises(SeveralEntries) as caught:
        found(app, {"a.ini": "[app:main]", "b.ini": "[pipeline:main]"})

    assert "TAMPU_APP=a.ini" in caught.value.advice


def test_no_more_are_listed_than_people_read(app: Lay) -> None:
    with pytest.raises(SeveralEntries) as caught:
        found(app, {f"app{number}.py": FLASK for number in range(30)})

    assert 20 > len(caught.value.advice.splitlines())


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ("[project.scripts]\nweb = 'two.main:run'", ". two.main:app asgi"),
        ("[tool.poetry.scripts]\n# ours\nweb = \"two.cli:run\"\n[tool.x]\ny = 'one.main:run'", ". two.main:app asgi"),
    ],
)
def test_a_script_tells_which_of_several_is_meant(app: Lay, script: str, expected: str) -> None:
    files = {"one/main.py": FASTAPI, "two/main.py": FASTAPI, "pyproject.toml": script}

    assert expected == found(app, files)


def test_a_script_of_neither_tells_nothing(app: Lay) -> None:
    with pytest.raises(SeveralEntries):
        found(app, {"a/main.py": FLASK, "b/main.py": FLASK, "pyproject.toml": "[project.scripts]\nx = 'c:run'\n"})


def test_names_of_the_same_thing_are_one(app: Lay) -> None:
    files = {
        "models.py": "from shop.web.core import app\n",
        "jobs.py": "from shop.web.core import app as flask_app\n",
        "shop/web/core.py": FLASK,
    }

    assert ". models:app wsgi" == found(app, files)
