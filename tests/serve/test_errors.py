"""What is wrong in a config is named with its file and line, however deep it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from tests.kit.serving import Project, call

if TYPE_CHECKING:
    from pathlib import Path

SERVER = "[server:main]\nuse = egg:waitress#main\nport = 0\n"
SHOP = "[app:shop]\nuse = call:greeter:make\n"
MODULES = {
    "fails.py": "def make(global_conf):\n    return {}['db']\n\n\ndef silently(global_conf):\n    raise ValueError\n",
    "imports.py": "import nothing_of_that_name\n",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    config: str
    reason: str
    says: str


CASES = {
    "a pipeline's filter": Case(
        config=f"[pipeline:main]\npipeline = prefix shop\n{SHOP}",
        reason="no-section",
        says="development.ini:2 asks for it",
    ),
    "an app of a composite": Case(
        config=f"[composite:main]\nuse = egg:Paste#urlmap\n/ = shopp\n{SHOP}",
        reason="no-section",
        says="development.ini:2 asks for it",
    ),
    "a filter in front of a filter": Case(
        config=(
            f"[filter-app:main]\nuse = egg:PasteDeploy#prefix\nfilter-with = cache\nnext = shop\n{SHOP}"
            "[filter:cache]\nuse = egg:Shop#cache\n"
        ),
        reason="not-installed",
        says="development.ini:8 needs Shop",
    ),
    "an app of another config": Case(
        config="[app:main]\nuse = config:other.ini#shop\n",
        reason="no-module",
        says="other.ini:2 names call:nothing:make",
    ),
    "another config that isn't there": Case(
        config="[app:main]\nuse = config:third.ini\n", reason="no-config", says="development.ini:2 names another file"
    ),
    "another config that is none": Case(
        config="[app:main]\nuse = config:greeter.py\n", reason="bad-config", says="'import time' before any [section]"
    ),
    "a pipeline of nothing": Case(
        config="[pipeline:main]\npipeline =\n", reason="bad-section", says="nothing behind pipeline ="
    ),
    "a filter-app of nothing": Case(
        config="[filter-app:main]\nuse = egg:PasteDeploy#prefix\n",
        reason="bad-section",
        says="missing a 'next' setting",
    ),
    "two of a name": Case(
        config=f"[app:main]\nuse = shop\n[composite:main]\nuse = egg:Paste#urlmap\n{SHOP}",
        reason="bad-section",
        says="several sections of that name",
    ),
    "a section for the second time": Case(
        config=f"[app:main]\nuse = shop\n{SHOP}{SHOP}", reason="bad-config", says="[app:shop] for the second time"
    ),
    "an option for the second time": Case(
        config="[app:main]\nuse = shop\nuse = shop\n", reason="bad-config", says="development.ini:3"
    ),
    "bytes": Case(config="[app:main]\nuse = \udce4\n", reason="bad-config", says="development.ini:2"),
    "what nobody has set": Case(
        config="[app:main]\nuse = call:greeter:make\nget who = whoever\n",
        reason="bad-section",
        says="get asks for whoever",
    ),
    "a percent sign": Case(
        config="[app:main]\nuse = call:greeter:make\ngreeting = 100% you\n",
        reason="unknown-variable",
        says="Write %% where a percent sign is meant",
    ),
    "a variable among the defaults": Case(
        config=f"[DEFAULT]\nurl = %(host)s/x\n[app:main]\nuse = shop\n{SHOP}",
        reason="unknown-variable",
        says="url at development.ini:2",
    ),
    "no attribute": Case(
        config="[app:main]\nuse = call:greeter:makee\n", reason="no-module", says="has no attribute 'makee'"
    ),
    "a factory that fails": Case(
        config="[app:main]\n\nuse = call:fails:make\n",
        reason="app-failed",
        says="Found:    KeyError: 'db' (fails.py:2)",
    ),
    "one that fails without a word": Case(
        config="[app:main]\nuse = call:fails:silently\n", reason="app-failed", says="Found:    ValueError (fails.py:6)"
    ),
    "a factory that fails in a composite": Case(
        config="[composite:main]\nuse = egg:Paste#urlmap\n/ = shop\n[app:shop]\nuse = call:fails:make\n",
        reason="app-failed",
        says="[app:shop] at development.ini:5 failed",
    ),
    "a module that fails": Case(
        config="[app:main]\npaste.app_factory = imports:make\n", reason="app-failed", says="(imports.py:1)"
    ),
    "a handler that isn't there": Case(
        config=f"[app:main]\nuse = shop\n{SHOP}[loggers]\nkeys = root\n[handlers]\nkeys =\n[formatters]\nkeys =\n",
        reason="logging",
        says="'logger_root' is asked for and isn't there",
    ),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_it_is_named(case: Case, tmp_path: Path) -> None:
    project = Project(tmp_path / "project", "egg:waitress#main")
    for name, text in MODULES.items():
        (project.folder / name).write_text(text)
    (project.folder / "other.ini").write_text("[app:shop]\nuse = call:nothing:make\n")
    project.config.write_bytes(f"{case.config}\n{SERVER}".encode(errors="surrogateescape"))

    found = call(project)

    assert f"(serve::{case.reason})" in found.err, found.out + found.err
    assert case.says in found.err
    assert ("Traceback" in found.err) == (case.reason == "app-failed")
    assert "lib/tampu" not in found.err


@pytest.mark.parametrize(
    ("words", "reason", "says"),
    [
        (("-n", "admin"), "no-section", "Found:    [app:main]"),
        (("--server-name", "admin"), "no-section", "Found:    [server:main]"),
        (("--server-name", "config:admin.ini"), "no-config", "admin.ini"),
        (("-s", "wsgiutil"), "no-entry", "Found:    wsgiutils, "),
    ],
)
def test_what_the_command_line_names_is_looked_for_too(
    words: tuple[str, ...], reason: str, says: str, tmp_path: Path
) -> None:
    found = call(Project(tmp_path / "project", "egg:waitress#main"), *words)

    assert f"(serve::{reason})" in found.err, found.out + found.err
    assert says in found.err
