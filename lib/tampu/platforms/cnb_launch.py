"""How a lifecycle's launcher starts an app: its processes, and the environment that it finds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tampu.build.model import Mode, Scope
from tampu.build.shell import exports
from tampu.platforms.cnb_toml import table
from tampu.world.files import File
from tampu.world.house import house

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from tampu.build.model import EnvVar

SHELL = ("bash", "-c")
WEB = "web"
# What `docker run --publish 8080:8080` counts on; other platforms say which one it is.
PORT = "8080"
COMPUTED = ("DYNO_RAM", "TAMPU_DRAIN", "TAMPU_RUN", "TMPDIR", "WEB_CONCURRENCY", "WEB_CONCURRENCY_SET_BY")
AT_LAUNCH = """\
#!/bin/sh
# shellcheck shell=dash
# Run by the launcher at each start: what depends on the container goes to file 3, as TOML.

"""
# What a control character would make of a line of TOML, nobody has to find out.
TELL = r"""
tampu_tell() {
  for name; do
    eval "value=\${$name-}"
    [ -z "$value" ] || printf '%s = "%s"\n' "$name" "$(printf %s "$value" | tr -d '[:cntrl:]' | sed 's/[\\"]/\\&/g')"
  done
}

"""


def launch_toml(processes: Mapping[str, str], labels: Mapping[str, str]) -> File:
    """Lines of shell stay such; `web` is what starts by itself, or the only one there is."""
    default = WEB if WEB in processes else next(iter(processes), None) if len(processes) == 1 else None
    tables = [
        table("[processes]", {"type": name, "command": SHELL, "args": (line,), "default": name == default})
        for name, line in processes.items()
    ]
    tables += [table("[labels]", {"key": key, "value": value}) for key, value in labels.items()]
    return File(path="launch.toml", text="".join(tables))


def environment_files(changes: Iterable[EnvVar], *, layers: Path, app: Path) -> tuple[File, ...]:
    """A layer of nothing but environment: for later buildpacks, and for the app."""
    changes = tuple(changes)
    return (
        *_folder("env.build", changes, Scope.BUILD, layers, app),
        *_folder("env.launch", changes, Scope.LAUNCH, layers, app),
        # The stack has to find itself, whoever it runs as.
        File(path="env.launch/HOME.override", text=str(app)),
        File(path=f"env.launch/{WEB}/PORT.default", text=PORT),
        _at_launch(changes),
    )


def _folder(folder: str, changes: tuple[EnvVar, ...], scope: Scope, layers: Path, app: Path) -> tuple[File, ...]:
    texts: dict[str, str] = {}
    for change in changes:
        if change.counts(scope) and change.mode is not Mode.SAME:
            _add(texts, change.name, change.mode, change.value_for(layers=layers, app=app))
    return tuple(File(path=f"{folder}/{name}", text=text) for name, text in texts.items())


def _add(texts: dict[str, str], name: str, mode: Mode, value: str) -> None:
    """What comes later goes before, and the first default stays."""
    file = f"{name}.{mode.value}"
    if mode is Mode.PREPEND:
        texts[f"{name}.delim"] = ":"
        texts[file] = f"{value}:{texts[file]}" if file in texts else value
    elif mode is Mode.OVERRIDE:
        texts[file] = value
    else:
        texts.setdefault(file, value)


def _at_launch(changes: tuple[EnvVar, ...]) -> File:
    same = tuple(change for change in changes if change.mode is Mode.SAME)
    computed = (*COMPUTED, *(change.name for change in same))
    workers = (house() / "config" / "profile.sh").read_text(encoding="utf-8")
    lines = exports(same, Scope.LAUNCH, layers="", app="")
    text = f"{AT_LAUNCH}{lines}{workers}{TELL}tampu_tell {' '.join(computed)} >&3\n"
    return File(path="exec.d/tampu", text=text, executable=True)
