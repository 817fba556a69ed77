"""`tampu doctor`: all that would stop an app, found before a build and told at once."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from tampu.build.decide import installer_for
from tampu.build.materials import choose_interpreter, needed_packages
from tampu.build.stack import NONE, decide_stack
from tampu.build.steps import nginx
from tampu.build.steps.python import known_pythons
from tampu.build.story import approot_of, own_tools, service_of
from tampu.build.tasks.stack_links import refuse_taken
from tampu.errors import TampuError
from tampu.facts.app import App
from tampu.facts.detect import SHOWN, is_python
from tampu.facts.django import manage_py
from tampu.facts.nginx_conf import OLD_HOME, nginx_conf
from tampu.facts.process import processes
from tampu.facts.python import python_requests
from tampu.facts.tree import Tree
from tampu.platforms import doctor_nginx
from tampu.platforms.doctor_findings import Findings
from tampu.platforms.up_port import choose
from tampu.values import replace

if TYPE_CHECKING:
    from tampu.build.model import Target
    from tampu.facts.dotcloud import Service
    from tampu.platforms.up_port import Port
    from tampu.world import World

# A Python takes a tenth of it, and most apps' packages less than the rest.
ENOUGH = 1_000_000_000


class NoPythonApp(TampuError):
    reason = "detect::no-python"

    def __init__(self, names: list[str]) -> None:
        super().__init__(
            title="There is no Python app in this folder",
            found=", ".join(sorted(names)[:SHOWN]) or "nothing",
            expected=(
                "requirements.txt, pyproject.toml, uv.lock, poetry.lock, Pipfile, setup.py,\n"
                "dotcloud.yml or a Python file"
            ),
            todo="Name the folder that has one of them at its top.",
        )


class LittleSpace(TampuError):
    reason = "disk::little-space"

    def __init__(self, place: Path, free: int, enough: int) -> None:
        super().__init__(
            title="There is little space left on a disk",
            found=f"{free // 1_000_000} MB free for {place}",
            expected=f"{enough // 1_000_000} MB, for a Python, the app's packages and their cached copy",
            todo="Free some space on it, or choose a larger disk.",
        )


def examine(target: Target, world: World) -> Findings:
    """Each check as a build would make it; one that fails hides no other."""
    own_tools(world)
    findings = Findings()
    findings.look("Python app", lambda: _signs(target.app), ", ".join)
    app = _app(target, world, findings)
    interpreter = findings.look(
        "Python",
        lambda: choose_interpreter(_asking(app), target, world),
        lambda chosen: f"{chosen.choice.version} from {chosen.origin}: {chosen.choice.because}",
    )
    version = interpreter.choice.version if interpreter else _usual_python()
    findings.look(
        "Packages",
        lambda: needed_packages(app, version, target, world),
        lambda found: f"of {found.manager}: {found.because}",
    )
    findings.look("Installer", lambda: installer_for(version, world), ": ".join)
    _look_at_serving(app, target, world, findings)
    findings.look("Disk", lambda: space(target.app, world.cache.root), lambda free: f"{free // 1_000_000} MB free")
    return findings


def _app(target: Target, world: World, findings: Findings) -> App:
    """As far as it can be read."""
    tree = Tree(target.app)
    asked = findings.look("APPROOT", lambda: approot_of(target, world), lambda place: place or "not set")
    service = findings.look("dotcloud.yml", lambda: service_of(target, world), _told_of_service)
    root = asked or (service.approot if service else ".")
    found = findings.look("Procfile", lambda: processes(tree), lambda names: ", ".join(names) or "none")
    return App(
        tree=tree,
        pythons=(),
        processes=found or {},
        manage_py=manage_py(tree, root),
        service=service,
        notices=(),
        approot=root,
    )


def _asking(app: App) -> App:
    name = app.service.name if app.service else ""
    return replace(app, pythons=python_requests(app.tree, app.approot, name))


def _usual_python() -> str:
    """To read the app's packages with, where its own Python can't be had."""
    return f"{known_pythons(os.uname().machine).default}.0"


def _look_at_serving(app: App, target: Target, world: World, findings: Findings) -> None:
    serving = findings.look(
        "Web stack",
        lambda: decide_stack(app, target, world),
        lambda found: f"{found.choice.what}: {found.choice.because}",
    )
    findings.look("Port", lambda: choose(None, world.environ), _told_of_port)
    if serving and (serving.stack is None or serving.stack.server == NONE):
        return
    front = findings.look(
        "nginx",
        lambda: nginx.decide(target, world),
        lambda found: found.choice.what.removeprefix("nginx "),
    )
    on_a_platform = replace(target, local=False)
    findings.look("Links", lambda: refuse_taken(on_a_platform, app.approot), lambda _: "nothing is in their place")
    tree = app.tree.within(app.approot)
    conf = nginx_conf(tree)
    findings.look("Old paths", lambda: doctor_nginx.old_home(conf, target.home, Path(OLD_HOME)), str)
    stack = serving.stack if serving else None
    program = doctor_nginx.at_hand(target, front.step if front else None, world)
    if stack and program:
        findings.look("nginx.conf", lambda: doctor_nginx.tried(stack, target, program, tree, conf, world), str)


def _signs(folder: Path) -> list[str]:
    names = sorted(path.name for path in folder.iterdir())
    if not is_python(names):
        raise NoPythonApp(names)
    return [name for name in names if is_python([name])]


def space(*places: Path, enough: int = ENOUGH) -> int:
    """What is free on the fullest of their disks."""
    free, place = min((shutil.disk_usage(place).free, place) for place in places)
    if free < enough:
        raise LittleSpace(place, free, enough)
    return free


def _told_of_service(service: Service | None) -> str:
    return f"{service.name}, of type {service.type}" if service else "none"


def _told_of_port(port: Port) -> str:
    return f"{port.number}, since {port.instead} is taken" if port.instead else str(port.number)
