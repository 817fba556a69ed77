from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import pytest

from tests.kit import floors
from tests.kit.modules import Module, modules

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    Rule = Callable[[Module], Iterator[str]]

BROKEN = (
    (floors.imports_go_down, "world/run.py", "from tampu.facts import tree"),
    (floors.imports_go_down, "facts/app.py", "def late():\n    import tampu.build.engine"),
    (floors.imports_go_down, "daemon/lock.py", "from tampu.platforms import classic"),
    (floors.imports_go_down, "envs/uv.py", "from ..build import model"),
    (floors.imports_go_down, "errors.py", "from tampu import world"),
    (floors.imports_go_down, "misc/odds.py", ""),
    (floors.launch_stands_alone, "launch/limits.py", "from tampu.world import files"),
    (floors.launch_stands_alone, "launch/limits.py", "def late():\n    import yaml"),
    (floors.launch_stands_alone, "build/steps/stack.py", "from tampu.launch import limits"),
    (floors.platforms_are_strangers, "platforms/cnb.py", "from tampu.platforms import classic"),
    (floors.platforms_are_strangers, "platforms/cnb/toml.py", "from tampu.platforms.classic.report import failures"),
    (floors.platforms_are_strangers, "platforms/profile.py", "from tampu.platforms.local import publish"),
    (floors.platforms_are_strangers, "platforms/people.py", "from tampu.platforms import classic_report"),
    (floors.programs_have_one_door, "envs/uv.py", "from subprocess import run"),
    (floors.programs_have_one_door, "envs/uv.py", "import os\nos.system('uv')"),
    (floors.processes_are_made_in_few_places, "envs/uv.py", "import os\nif os.fork():\n    pass"),
    (floors.the_network_has_one_door, "envs/mirror.py", "import urllib.request"),
    (floors.the_network_has_one_door, "envs/mirror.py", "from http import client"),
    (floors.the_network_has_one_door, "platforms/local.py", "import socket"),
    (floors.one_place_prints, "build/engine.py", "print('done')"),
    (floors.one_place_prints, "build/engine.py", "import sys\nsys.stderr.write('done')"),
    (floors.one_place_prints, "build/engine.py", "from sys import stdout"),
    (floors.one_place_reads_environ, "envs/pip.py", "import os\nHOME = os.environ['HOME']"),
    (floors.one_place_reads_environ, "envs/pip.py", "from os import getenv"),
    (
        floors.one_place_ends_with_our_errors,
        "build/engine.py",
        "try:\n    go()\nexcept (OSError, TampuError):\n    stop()",
    ),
    (floors.one_place_ends_with_our_errors, "build/engine.py", "try:\n    go()\nexcept Exception:\n    stop()"),
    (floors.tools_come_late, "facts/dotcloud.py", "import yaml"),
    (floors.tools_come_late, "facts/toml.py", "try:\n    import tomllib\nexcept ImportError:\n    tomllib = None"),
    (floors.tools_come_late, "world/fetch.py", "def late():\n    import requests"),
    (floors.files_are_short, "facts/app.py", "x = 1\n" * 251),
    (floors.functions_are_short, "facts/app.py", "def f():\n" + "    x = 1\n" * 40),
)
FINE = (
    ("facts/toml.py", "def late():\n    import tomllib"),
    ("facts/ranges.py", "if TYPE_CHECKING:\n    from packaging.version import Version"),
    ("envs/uv.py", "from tampu.world import run\nfrom tampu.errors import TampuError\nfrom tampu import __version__"),
    ("envs/mirror.py", "from urllib.parse import urljoin\nif TYPE_CHECKING:\n    from subprocess import Popen"),
    ("envs/runtime.py", "try:\n    make()\nexcept BaseException:\n    remove()\n    raise"),
    ("platforms/cnb/toml.py", "from tampu.platforms.cnb import names\nfrom tampu.build.engine import carry_out"),
    ("platforms/classic.py", "from tampu.platforms import classic_report, profile"),
    ("platforms/people.py", "from tampu.platforms import local"),
    ("launch/limits.py", "import os, sys\nprint(os.environ, file=sys.stderr)"),
    ("__init__.py", "from tampu.daemon.program import Daemon"),
    ("daemon/detach.py", "import os\nos.fork()"),
    ("cli.py", "import os\ntry:\n    main(os.environ)\nexcept TampuError:\n    stop()"),
)


def named(rule: Rule) -> str:
    return rule.__name__


@cache
def complaints_about_the_house() -> Mapping[Rule, list[str]]:
    """Of each rule: a module is read once for all of them, which is what takes long."""
    told: dict[Rule, list[str]] = {rule: [] for rule in floors.RULES}
    for module in modules():
        for rule in floors.RULES:
            told[rule] += rule(module)
    return told


@pytest.mark.parametrize("rule", floors.RULES, ids=named)
def test_the_house_keeps_its_rules(rule: Rule) -> None:
    assert [] == complaints_about_the_house()[rule]


@pytest.mark.parametrize(("rule", "path", "text"), BROKEN)
def test_each_rule_notices(rule: Rule, path: str, text: str, tmp_path: Path) -> None:
    (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / path).write_text(text)

    complaints = [complaint for module in modules(tmp_path) for complaint in rule(module)]

    assert len(complaints) == 1
    assert complaints[0].startswith(path)


@pytest.mark.parametrize(("path", "text"), FINE)
def test_what_is_allowed_passes(path: str, text: str) -> None:
    module = Module(path, text)

    assert [] == [complaint for rule in floors.RULES for complaint in rule(module)]


def test_no_rule_goes_unproven() -> None:
    assert set(floors.RULES) == {rule for rule, _, _ in BROKEN}
