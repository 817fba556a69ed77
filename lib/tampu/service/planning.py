"""All that a service needs, decided before anything is done: a tuple of steps."""

from __future__ import annotations

import hashlib
import shlex
from typing import TYPE_CHECKING

from tampu.service.accounts import Account, group_of
from tampu.service.dependencies import Dependencies
from tampu.service.environment import SYSTEM_PATH, decide
from tampu.service.folders import ROOT, Folder
from tampu.service.machine import Places
from tampu.service.releases import Prune, Release, Switch, digest_of
from tampu.service.running import Running
from tampu.service.settings import Settings
from tampu.service.texts import Texts
from tampu.values import dataclass

if TYPE_CHECKING:
    from tampu.build.model import Choice
    from tampu.service.keeper import Keeper
    from tampu.service.step import Step
    from tampu.service.wish import Wish
    from tampu.world import World
    from tampu.world.console import Notice

PRIVATE = 0o750
# What is made there belongs to the service's group.
SHARED = 0o2750
VARIABLES = {"LANG": "C.UTF-8", "PYTHONUNBUFFERED": "1", "PYTHONNOUSERSITE": "1"}
START = """\
#!/bin/sh
# Made by tampu: starts the service in its environment, for systemd and supervisord alike.
set -eu
here=$(dirname "$(readlink -f "$0")")
cd "$here"
export PATH="$here/.tampu/site/bin:$here/.tampu/python/bin:{path}"
{exports}
exec {command}
"""
ROTATION = """\
# Made by tampu. Programs that keep their file open go on writing: it is copied, then cut.
{logs}/*.log {{
    su {user} {group}
    size 10M
    rotate 5
    compress
    copytruncate
    missingok
    notifempty
}}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    wish: Wish
    steps: tuple[Step, ...]
    choices: tuple[Choice, ...]
    notices: tuple[Notice, ...]

    @property
    def makes(self) -> tuple[str, ...]:
        return tuple(path for step in self.steps for path in step.makes)


def plan(wish: Wish, world: World, keeper: Keeper, *, agreed: bool) -> Plan:
    places = Places(wish.name)
    environment = decide(wish, world)
    start = start_script(wish, places)
    digest = digest_of(wish.code, environment, start)
    release = Release(places=places, code=wish.code, environment=environment, start=start, digest=digest)
    files = _files(wish, places, keeper)
    settings = (Settings(wish=wish, writer=wish.writer, release=release),) if wish.writer else ()
    key = _key(release.digest, *files.texts.values(), *(word for each in settings for word in each.words))
    return Plan(
        wish=wish,
        steps=(
            *((Dependencies(packages=wish.dependencies, agreed=agreed),) if wish.dependencies else ()),
            Account(user=wish.user, home=places.state, origin=wish.origin),
            *_folders(wish, places, keeper),
            release,
            *settings,
            Switch(release=release),
            files,
            Running(wish=wish, keeper=keeper, key=key),
            Prune(release=release),
        ),
        choices=environment.choices,
        notices=environment.notices,
    )


def start_script(wish: Wish, places: Places) -> str:
    """Whatever a user wrote is a word of a command here, and stands in no other file."""
    variables = {**VARIABLES, "USER": wish.user, "LOGNAME": wish.user, **places.variables(), **wish.environment}
    return START.format(
        path=SYSTEM_PATH,
        exports="\n".join(f"export {name}={shlex.quote(value)}" for name, value in variables.items()),
        command=shlex.join(wish.command),
    )


def _folders(wish: Wish, places: Places, keeper: Keeper) -> tuple[Folder, ...]:
    return (
        Folder(path=places.home, owner=ROOT, group=wish.user, mode=PRIVATE),
        Folder(path=places.config, owner=ROOT, group=wish.user, mode=SHARED),
        Folder(path=places.state, owner=wish.user, group=wish.user, mode=PRIVATE),
        Folder(path=places.logs, owner=wish.user, group=wish.user, mode=PRIVATE),
        *(Folder(path=path, owner=ROOT, group=ROOT, mode=PRIVATE) for path in keeper.folders(wish.name)),
    )


def _files(wish: Wish, places: Places, keeper: Keeper) -> Texts:
    links = keeper.links(wish)
    rotation = {places.rotation: ROTATION.format(logs=places.logs, user=wish.user, group=group_of(wish.user))}
    return Texts(
        title=f"Files of {wish.backend} and logrotate",
        texts={**keeper.texts(wish), **rotation},
        links=links if wish.enable else {},
        gone=() if wish.enable else tuple(links),
    )


def _key(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()
