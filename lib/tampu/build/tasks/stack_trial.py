"""Has nginx and uWSGI look at a stack before it is put in place, in a home that is gone afterwards."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tampu.build.environ import user_env
from tampu.build.stack import NONE, UWSGI
from tampu.build.tasks.stack_errors import nginx_error, unknown_host, uwsgi_error
from tampu.build.tasks.stack_files import launch_files, stack_file
from tampu.build.tasks.stack_place import PYTHON
from tampu.world import files
from tampu.world.console import Notice
from tampu.world.run import Command, CommandFailed

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tampu.build.model import EnvVar, Target
    from tampu.build.stack import Stack
    from tampu.world import World
    from tampu.world.files import File

# Any that ordinary users may listen on; nginx is content if somebody else does.
PORT = "8080"
LINKED = ("python", "site", "nginx", "keeper")


def program(target: Target) -> Path:
    """The app's own nginx, or the one of the layer."""
    apps = target.home / "bin" / "nginx"
    return apps if apps.is_file() else target.layers / "nginx" / "bin" / "nginx"


def trial(
    stack: Stack,
    target: Target,
    wanted: tuple[File, ...],
    kept: tuple[str, ...],
    changes: tuple[EnvVar, ...],
    world: World,
) -> None:
    """Raise what is wrong with it."""
    if stack.server == NONE:
        return
    with world.cache.workshop() as bench:
        home = _rehearsal(stack, target, wanted, kept, bench / "home")
        run = bench / "run"
        for folder in (run, run / "tmp"):
            folder.mkdir(mode=0o700)
        (run / "app").symlink_to(home)
        env = {**user_env(target, changes, world.environ), "HOME": str(home), "TAMPU_RUN": str(run), "PORT": PORT}
        _try_nginx(stack, _check("nginx_start", home, env), world)
        if stack.server == UWSGI:
            _try_uwsgi(_check("uwsgi_start", home, env), world)


def _rehearsal(stack: Stack, target: Target, wanted: tuple[File, ...], kept: tuple[str, ...], home: Path) -> Path:
    """The home as it is going to be."""
    files.write(home, (file for file in wanted if file.path not in kept))
    for path in kept:
        (home / path).parent.mkdir(parents=True, exist_ok=True)
        (home / path).symlink_to(target.app / path)
    layers = home / ".tampu"
    files.write(layers, (*launch_files(), stack_file(stack, ())))
    (layers / PYTHON).symlink_to(f"../{stack.python}")
    for name in LINKED:
        (layers / name).symlink_to(target.layers / name)
    if program(target).is_relative_to(target.home / "bin"):
        (home / "bin" / "nginx").symlink_to(program(target))
    (home / "code").symlink_to(target.app)
    (home / "current").symlink_to(target.app / stack.approot)
    return home


def _check(name: str, home: Path, env: Mapping[str, str]) -> Command:
    launch = home / ".tampu/launch"
    argv = (str(launch / "python"), "-E", "-s", "-S", str(launch / f"{name}.py"), "--check")
    return Command(argv=argv, cwd=home, env=env)


def _try_nginx(stack: Stack, command: Command, world: World) -> None:
    try:
        world.run.ask(command)
    except CommandFailed as failure:
        host = unknown_host(failure.output)
        if host is None:
            raise nginx_error(failure.output, stack.approot) from failure
        text = (
            f"nginx has to know {host} when the app starts; here, nobody does. It could not check what comes after it."
        )
        world.say.notice(Notice(name="nginx::unknown-host", text=text))


def _try_uwsgi(command: Command, world: World) -> None:
    try:
        world.run.ask(command)
    except CommandFailed as failure:
        error = uwsgi_error(failure.output, command.env)
        if error:
            raise error from failure
        lines = failure.output.strip().splitlines() or ["it says nothing"]
        text = f"uWSGI would not start with these options here: {lines[-1]}"
        world.say.notice(Notice(name="uwsgi::not-here", text=text))
