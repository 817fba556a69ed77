"""How a built app is started on this machine: which process, where, and in which environment."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tampu.build.environ import NEVER_FROM_USERS
from tampu.errors import TampuError
from tampu.values import dataclass
from tampu.world.run import Command

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tampu.build.model import Build, Target

# Of the shell that tampu was started in, and no business of the app's.
LEFT_OUT = (NEVER_FROM_USERS - {"PATH"}) | {"VIRTUAL_ENV", "OLDPWD", "PWD", "SHLVL", "_"}
# Somebody waits for it to end.
DRAIN = "3"
# More than one, as where it is going to run; no more, as they are started at each change.
WORKERS = {"WEB_CONCURRENCY": "2", "WEB_CONCURRENCY_SET_BY": "tampu"}
ONLY_HERE = "127.0.0.1"
LINE = '. "$HOME/.tampu/profile.sh" && cd "$HOME" || exit\n'


class NothingToServe(TampuError):
    reason = "up::nothing-to-serve"
    exit_code = 2

    def __init__(self, plan: Build) -> None:
        known = ", ".join(plan.processes) or "no Procfile"
        super().__init__(
            title="There is nothing to serve",
            found=f"no callable that answers requests, and no process web (processes: {known})",
            expected="a WSGI or ASGI callable, or a Procfile with a process web",
            todo=(
                "Name the callable:        TAMPU_APP=package.module:app tampu up\n"
                "or say what to start:     echo 'web: python server.py' > Procfile\n"
                "or run a command once:    tampu run APP -- python app.py"
            ),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Launch:
    """What to start; `stack` says whether it is ours, and `line` is what a Procfile says."""

    name: str
    command: Command
    run: Path
    port: int
    serves: bool
    stack: bool
    line: str

    @property
    def url(self) -> str:
        return f"http://{ONLY_HERE}:{self.port}"


def launch(plan: Build, target: Target, environ: Mapping[str, str], run: Path, port: int) -> Launch:
    name, line = _process(plan)
    stack = plan.stack is not None and (name in plan.defaults or name == "web")
    home = target.home if stack else target.app
    # Ours is a single command, and hears itself when it is to end: the shell would take all down at once.
    started = f"exec {line}" if plan.defaults.get(name) == line else line
    return Launch(
        name=name,
        command=Command(
            argv=("/bin/sh", "-c", LINE + started),
            cwd=home,
            env=environment(environ, home, run, port),
        ),
        run=run,
        port=port,
        serves=name == "web",
        stack=stack,
        line=line,
    )


def environment(environ: Mapping[str, str], home: Path, run: Path, port: int) -> dict[str, str]:
    theirs = {name: value for name, value in environ.items() if name not in LEFT_OUT}
    return {
        "TAMPU_DRAIN": DRAIN,
        "TAMPU_LISTEN": ONLY_HERE,
        **({} if environ.get("WEB_CONCURRENCY") else WORKERS),
        **theirs,
        "HOME": str(home),
        "PORT": str(port),
        "TAMPU_RUN": str(run),
    }


def _process(plan: Build) -> tuple[str, str]:
    """The one named web, or else ours, or else the only one."""
    for candidates in (plan.processes, plan.defaults):
        if "web" in candidates or len(candidates) == 1:
            name = "web" if "web" in candidates else next(iter(candidates))
            return name, candidates[name]
    raise NothingToServe(plan)
