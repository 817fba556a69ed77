"""What goes into an image of an app, and the Containerfile that puts it there."""

from __future__ import annotations

import json
import shutil
import stat
from typing import TYPE_CHECKING

from tampu import __version__
from tampu.platforms.image_names import in_cluster
from tampu.platforms.image_processes import lasting
from tampu.platforms.launch_files import env_of, launch_files
from tampu.platforms.profile import render_profile
from tampu.world import files
from tampu.world.files import File

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from tampu.build.model import Build, Outcome
    from tampu.platforms.image_base import Base

# Of a laptop: its own build and history, and what is secret.
NOT_SHIPPED = frozenset(
    {
        *(".tampu", ".git", ".hg", ".svn", ".env", ".tox", ".nox"),
        *(".mypy_cache", ".pytest_cache", ".ruff_cache", "__pycache__"),
    }
)
ENVIRONMENT = "pyvenv.cfg"
# Of the layers: what compiles and installs, draws windows or explains itself, and tests of others.
NOT_SERVED = (
    *("python/include", "python/lib/pkgconfig", "python/lib/python*/ensurepip"),
    *("python/lib/python*/pydoc_data", "python/lib/python*/tkinter", "python/lib/python*/turtle.py"),
    *("python/lib/python*/__pycache__/turtle.*", "python/lib/tcl*", "python/lib/tk*", "python/lib/itcl*"),
    *("python/lib/tdbc*", "python/lib/thread*", "python/lib/libtcl*", "python/lib/libtk*"),
    *("python/lib/python*/lib-dynload/_tkinter.*", "site/lib/python*/site-packages/supervisor/tests"),
)
OFTEN_CHANGED = "site"
FOR_ALL, EXECUTABLE = 0o644, 0o111
HOME = "/app"
PORT = "8000"
# nobody, whom all distributions know by this number.
USER = "65534:65534"
PROGRAMS = f"{HOME}/.tampu/site/bin:{HOME}/.tampu/python/bin"
SYSTEM = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
CHECKING, CHECKED = "tampu: does it run here?", "tampu: it runs here"
START = f"""\
#!/bin/sh
# Starts a process of this app by its name, or runs a command: {HOME}/.tampu/start [NAME | COMMAND...]
[ -n "${{BASH_VERSION:-}}" ] || ! command -v bash >/dev/null || exec bash "$0" "$@"
unset PYTHONHOME
export HOME={HOME}
cd "$HOME" || exit
for profile in .profile.d/*.sh; do
  [ ! -r "$profile" ] || . "./$profile"
done
unset profile
if [ $# -eq 1 ] && [ -f ".tampu/processes/$1" ]; then
  exec "${{BASH:-sh}}" -c "$(cat ".tampu/processes/$1")"
fi
exec "$@"
"""
CHECK = f"""\
#!/bin/sh
# Whether what was built can be started here.
echo '{CHECKING}'
python3 -c 'import ssl' || exit
export LD_LIBRARY_PATH="${{LD_LIBRARY_PATH:+$LD_LIBRARY_PATH:}}$HOME/.tampu/nginx/lib:$HOME/.tampu/python/lib"
for program in .tampu/launch/python:-V bin/nginx:-v .tampu/nginx/bin/nginx:-v .tampu/site/bin/uwsgi:--version; do
  [ ! -x "${{program%:*}}" ] || "./${{program%:*}}" "${{program##*:}}" || exit
done
echo '{CHECKED}'
"""


def contents(outcome: Outcome) -> tuple[File, ...]:
    """What a build on a platform adds to the app, and how its processes are started without one."""
    processes = outcome.plan.processes.items()
    return (
        *launch_files(outcome),
        render_profile(env_of(outcome)),
        File(path=".tampu/start", text=START, executable=True),
        File(path=".tampu/check", text=CHECK, executable=True),
        *(File(path=f".tampu/processes/{name}", text=f"{line}\n") for name, line in processes),
    )


def layers_file(base: Base, names: Iterable[str]) -> str:
    """What stays while the app changes: each layer by itself, the one that changes most often last."""
    ordered = sorted(names, key=lambda name: name == OFTEN_CHANGED)
    copies = (f"COPY --chown=0:0 layers/{name} {HOME}/.tampu/{name}" for name in ordered)
    return "\n".join((f"FROM {base.image}", *copies, ""))


def containerfile(base: Base, plan: Build, title: str) -> str:
    """The app, on an image of its layers."""
    labels = {
        "org.opencontainers.image.title": in_cluster(title),
        "org.opencontainers.image.base.name": base.image,
        "tampu.version": __version__,
        "tampu.python": plan.python.version,
    }
    return "\n".join(
        (
            "ARG LAYERS",
            "FROM $LAYERS",
            f"COPY --chown=0:0 app {HOME}",
            f"WORKDIR {HOME}",
            f"ENV HOME={HOME} PORT={PORT} PATH={PROGRAMS}:${{PATH:-{SYSTEM}}}",
            f"USER {USER}",
            f'RUN ["{HOME}/.tampu/start", "{HOME}/.tampu/check"]',
            f"EXPOSE {PORT}",
            "STOPSIGNAL SIGTERM",
            *(f"LABEL {name}={json.dumps(value)}" for name, value in labels.items()),
            f'ENTRYPOINT ["{HOME}/.tampu/start"]',
            f'CMD ["{lasting(plan)[0]}"]',
            "",
        )
    )


def read_left_out(source: Path) -> frozenset[str]:
    """Names at the top that no image gets: virtual environments too, whatever their names are."""
    environments = {path.parent.name for path in source.glob(f"*/{ENVIRONMENT}")}
    return NOT_SHIPPED | environments


def newest(source: Path, left_out: frozenset[str]) -> int:
    """When one of its files was changed last."""
    tops = [path for path in source.iterdir() if path.name not in left_out]
    files = [file for top in tops for file in (top, *top.rglob("*")) if not file.is_dir()]
    return max((int(file.lstat().st_mtime) for file in files), default=0)


def drop_not_served(layers: Path) -> None:
    """What no process of the app asks for, in a copy of its layers: an image is carried to many machines."""
    for pattern in NOT_SERVED:
        for path in tuple(layers.glob(pattern)):
            files.remove(path)


def open_to_all(app: Path) -> None:
    """Who runs it is not who has built it: all may read it, and nobody but root may write."""
    for path in (app, *app.rglob("*")):
        if path.is_symlink():
            continue
        mode = stat.S_IMODE(path.stat().st_mode)
        wanted = FOR_ALL | (EXECUTABLE if mode & stat.S_IXUSR else 0)
        if mode != wanted:
            _give_mode(path, wanted)


def _give_mode(path: Path, mode: int) -> None:
    """To this file alone: others of its links are in a cache."""
    if path.is_file():
        beside = path.with_name(f"{path.name}.tampu-mode")
        shutil.copy2(path, beside)
        beside.replace(path)
    path.chmod(mode)
