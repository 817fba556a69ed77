"""What belongs to the checkout: its folders, its uv, what is pinned below bench/apps, and the environment of all."""

from __future__ import annotations

import os
import re
import sys
from importlib.metadata import distributions
from pathlib import Path
from typing import TYPE_CHECKING

from commands import done

from tampu.envs.clients import client_settings
from tampu.world.environ import tool_env

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

HOUSE = Path(__file__).resolve().parents[1]
APPS = HOUSE / "bench" / "apps"
TAMPU = HOUSE / "bin" / "tampu"
UV = HOUSE / ".venv" / "bin" / "uv"
PINNED = re.compile(r"^([\w.-]+)==([^\s;]+)", re.MULTILINE)


def own_environ() -> dict[str, str]:
    """With the Python that runs this as the machine's own: version managers' shims would slow down who starts it."""
    ignored = ("PYTHON", "VIRTUAL_ENV", "TAMPU_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(ignored)}
    return {**kept, "PATH": f"{Path(sys.executable).resolve().parent}:{kept.get('PATH', os.defpath)}"}


def client_environ() -> dict[str, str]:
    """For uv and pip: what tampu would give them."""
    return {**tool_env(own_environ()), **client_settings(own_environ())}


def run_uv(*words: str | Path, environ: Mapping[str, str]) -> None:
    done((UV, "--quiet", *words), {**client_environ(), **environ})


def lock_of(name: str) -> Path:
    return APPS / name / "requirements.lock"


def pinned(name: str, wanted: str) -> str:
    """Its version in that lock, where there is one for all Pythons."""
    return dict(PINNED.findall(lock_of(name).read_text(encoding="utf-8")))[wanted]


def versions(env: Path, wanted: Iterable[str]) -> dict[str, str]:
    """Of those that are in that environment."""
    (site,) = env.glob("lib/python*/site-packages")
    found = {each.metadata["Name"].lower(): each.version for each in distributions(path=[str(site)])}
    return {name: found[name] for name in wanted if name in found}
