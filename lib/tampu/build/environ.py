"""The environment of user code: what is passed on, what layers add, what users set."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tampu.build.model import EnvVar, Mode, Scope, Target
from tampu.world.environ import NO_BYTECODE, tool_env

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

NEVER_FROM_USERS = frozenset(
    {
        "PATH",
        "CPATH",
        "CPPATH",
        "LD_PRELOAD",
        "LIBRARY_PATH",
        "LD_LIBRARY_PATH",
        "PYTHONHOME",
        "PYTHONPATH",
        "GIT_DIR",
        "BASH_ENV",
        "ENV",
    }
)

# Lists of folders by which compilers and programs find what earlier buildpacks of the same build have brought.
PLACES = ("CPATH", "LIBRARY_PATH", "LD_LIBRARY_PATH", "PKG_CONFIG_PATH")


def places(target: Target, environ: Mapping[str, str]) -> dict[str, str]:
    """What a platform says of them; what is set in the shell of a laptop is not for builds."""
    return {} if target.local else {name: environ[name] for name in PLACES if environ.get(name)}


def user_env(target: Target, changes: Iterable[EnvVar], environ: Mapping[str, str]) -> dict[str, str]:
    """For the user's own code during a build: what the app will find when it runs, and all that its user has set."""
    theirs = {name: value for name, value in target.user_env.items() if name not in NEVER_FROM_USERS}
    ours = {**tool_env(environ), **places(target, environ), **NO_BYTECODE}
    return apply(changes, {**ours, **theirs}, layers=target.layers, app=target.app)


def apply(
    changes: Iterable[EnvVar], env: Mapping[str, str], *, layers: Path, app: Path, scope: Scope = Scope.BUILD
) -> dict[str, str]:
    result = dict(env)
    for change in changes:
        if change.counts(scope):
            same = change.mode is Mode.SAME
            value = result.get(change.value, "") if same else change.value_for(layers=layers, app=app)
            result[change.name] = _merge(change.mode, value, result.get(change.name))
    return result


def _merge(mode: Mode, value: str, old: str | None) -> str:
    if not old:
        return value
    return {Mode.OVERRIDE: value, Mode.PREPEND: f"{value}:{old}"}.get(mode, old)
