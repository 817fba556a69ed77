"""What platforms have in common: how they are called wrongly, and what a build of theirs may touch."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from tampu.errors import TampuError
from tampu.facts.excerpt import excerpt
from tampu.world import World
from tampu.world.cache import Cache
from tampu.world.fetch import OnDemand
from tampu.world.house import own_mirror
from tampu.world.run import Processes

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tampu.world.console import Console

LONGEST_SHOWN = 400
# A user's settings that are meant for us and not only for the app.
OURS = ("TAMPU_", "PIP_", "UV_")
# Values that many variables have. To take them out of what is said would hide much and keep no secret.
NO_SECRETS = frozenset(
    {"false", "production", "development", "staging", "testing", "debug", "warning", "error", "/app"}
)


class Usage(TampuError):
    reason = "usage::arguments"
    exit_code = 2

    def __init__(self, entry: str, expected: str, found: Sequence[str]) -> None:
        super().__init__(
            title=f"bin/{entry} was called with other arguments than it takes",
            found=excerpt(" ".join(found), LONGEST_SHOWN) or "none",
            expected=f"bin/{entry} {expected}",
            todo="Call it like that, with folders that are there.",
        )


class BadVariable(TampuError):
    reason = "usage::variable"
    exit_code = 2

    def __init__(self, name: str) -> None:
        super().__init__(
            title=f"The app's variable {excerpt(name)} can't be passed on",
            found="a zero byte in its value",
            expected="text",
            todo=f"Set {excerpt(name)} to a text without it; base64 makes text of any bytes.",
        )


def read_variables(folder: Path) -> dict[str, str]:
    """What an app's user has set: one file a variable, its bytes the value."""
    if not folder.is_dir():
        return {}
    values = {file.name: file.read_bytes() for file in sorted(folder.iterdir()) if file.is_file()}
    refuse_zeros(values)
    return {name: os.fsdecode(value) for name, value in values.items()}


def refuse_zeros(values: Mapping[str, bytes]) -> None:
    """No environment can hold them."""
    for name, value in values.items():
        if b"\0" in value:
            raise BadVariable(name)


def open_world(cache: Path, user_env: Mapping[str, str], environ: Mapping[str, str], say: Console) -> World:
    """A world with its cache in that folder of the platform's; of what users have set, nothing secret is ever said."""
    settings = {name: value for name, value in user_env.items() if name.startswith(OURS)}
    secrets = {name: value for name, value in user_env.items() if not name.startswith("TAMPU_")}
    say.hide(value for value in secrets.values() if value.lower() not in NO_SECRETS)
    cache.mkdir(parents=True, exist_ok=True)
    return world_of(Cache(cache / "tampu"), with_mirror({**environ, **settings}), say)


def open_at_home(environ: Mapping[str, str], say: Console) -> World:
    """A world for what a person does with tampu itself, and not with an app."""
    home = cache_home(environ)
    home.mkdir(parents=True, exist_ok=True)
    return world_of(Cache(home), environ, say)


def cache_home(environ: Mapping[str, str]) -> Path:
    """Where all apps of this user have their caches."""
    return Path(environ.get("XDG_CACHE_HOME") or Path(environ.get("HOME", "/")) / ".cache") / "tampu"


def world_of(cache: Cache, environ: Mapping[str, str], say: Console) -> World:
    return World(run=Processes(say), fetch=OnDemand(environ=environ, say=say), cache=cache, say=say, environ=environ)


def with_mirror(environ: Mapping[str, str], own: Path | None = None) -> Mapping[str, str]:
    """A tampu that carries a mirror uses it, unless TAMPU_MIRROR is set; set to nothing it means none."""
    place = own or own_mirror()
    return environ if "TAMPU_MIRROR" in environ or place is None else {**environ, "TAMPU_MIRROR": str(place)}
