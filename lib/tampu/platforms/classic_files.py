"""What Heroku-style platforms read: the release, the environment for later buildpacks."""

from __future__ import annotations

import json
import re
import shlex
from typing import TYPE_CHECKING

from tampu.build.model import Scope
from tampu.build.shell import exports

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from tampu.build.model import EnvVar

LONGEST_KEY = 1000
NOT_PLAIN = re.compile(r"[^ -~]")


def release_yaml(processes: Mapping[str, str]) -> str:
    lines = "".join(_entry(_quoted(name), _quoted(command)) for name, command in processes.items())
    return "addons: []\n" + (f"default_process_types:\n{lines}" if lines else "default_process_types: {}\n")


def export_text(changes: Iterable[EnvVar], *, layers: Path, app: Path) -> str:
    """What the next buildpack of the same build sources."""
    return exports(changes, Scope.BUILD, layers=shlex.quote(str(layers)), app=shlex.quote(str(app)))


def _entry(key: str, value: str) -> str:
    """Readers of YAML look no further than 1,024 characters for the colon of a key that isn't marked as one."""
    return f"  {key}: {value}\n" if len(key) < LONGEST_KEY else f"  ? {key}\n  : {value}\n"


def _quoted(text: str) -> str:
    """A scalar of YAML: JSON's escapes, and YAML's own for what JSON would write as two surrogates."""
    return NOT_PLAIN.sub(lambda match: f"\\U{ord(match[0]):08x}", json.dumps(text, ensure_ascii=False))
