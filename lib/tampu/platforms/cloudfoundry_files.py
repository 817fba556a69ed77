"""What Cloud Foundry's lifecycle and later buildpacks read: config.yml, env/, profile.d/, launch.yml."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tampu import __version__
from tampu.build.environ import apply
from tampu.build.model import Scope
from tampu.platforms.cloudfoundry_folders import FOLDERS
from tampu.platforms.profile import profile_text
from tampu.world.files import File

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from tampu.build.model import EnvVar, Target


def of_supply(changes: Sequence[EnvVar], target: Target, index: str, environ: Mapping[str, str]) -> tuple[File, ...]:
    """For buildpacks that come later, whoever made them, and for the app when it starts."""
    config = {"name": "tampu", "version": __version__, "config": {}}
    return (
        # All JSON is YAML.
        File(path="config.yml", text=json.dumps(config) + "\n"),
        File(path="profile.d/tampu.sh", text=profile_text(changes, f'"$DEPS_DIR"/{index}')),
        *_variables(changes, target, environ),
    )


def _variables(changes: Sequence[EnvVar], target: Target, environ: Mapping[str, str]) -> Iterator[File]:
    """Those that aren't lists of folders: later buildpacks set them without a look at what was set before."""
    names = {change.name for change in changes if change.counts(Scope.BUILD)}
    merged = apply(changes, environ, layers=target.layers, app=target.app)
    for name in sorted(names - FOLDERS.keys()):
        if merged[name] != environ.get(name):
            yield File(path=f"env/{name}", text=merged[name])


def launch_yml(defaults: Mapping[str, str]) -> File:
    """The processes that no Procfile says; with this file there, nobody asks bin/release, which would need a Python."""
    processes = [{"type": name, "command": command} for name, command in defaults.items()]
    return File(path="launch.yml", text=json.dumps({"processes": processes}, indent=1) + "\n")
