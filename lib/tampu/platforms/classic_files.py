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

NOT_PLAIN = re.compile(r"[^ -~]")


def release_yaml(addons: Iterable[str], processes: Mapping[str, str]) -> str:
    addon_lines = "".join(f"  - {_quoted(addon)}\n" for addon in addons)
    process_lines = "".join(f"  {_quoted(name)}: {_quoted(command)}\n" for name, command in processes.items())
    return "".join(
        (
            f"addons:\n{addon_lines}" if addon_lines else "addons: []\n",
            f"default_process_types:\n{process_lines}" if process_lines else "default_process_types: {}\n",
        )
    )


def export_text(changes: Iterable[EnvVar], *, layers: Path, app: Path) -> str:
    """What the next buildpack of the same build sources."""
    return exports(changes, Scope.BUILD, layers=shlex.quote(str(layers)), app=shlex.quote(str(app)))


def _quoted(text: str) -> str:
    """A scalar of YAML: JSON's escapes, and YAML's own for what JSON would write as two surrogates."""
    return NOT_PLAIN.sub(lambda match: f"\\U{ord(match[0]):08x}", json.dumps(text, ensure_ascii=False))
