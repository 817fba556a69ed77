"""Make an app's config and set an app up: `tampu make-config` and `tampu setup-app`."""

from __future__ import annotations

import os
import secrets
import sys
import traceback
import uuid
from dataclasses import dataclass, field
from importlib import metadata
from typing import TYPE_CHECKING, Any

from tampu.errors import TampuError
from tampu.paste import logs
from tampu.paste.errands.installing import MAIN, Command, installer, name_of, set_up, stand_in
from tampu.paste.telling import telling

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tampu.paste.asking import Ask

APP_GROUPS = ("paste.app_factory", "paste.composite_factory", "paste.composit_factory")


@dataclass(frozen=True, slots=True, kw_only=True)
class Making:
    """`package` may have the name of an app behind a #."""

    package: str
    file: str | None = None
    values: Mapping[str, str] = field(default_factory=dict)
    overwrite: bool = False
    run: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingUp:
    values: Mapping[str, str] = field(default_factory=dict)


class NoPackage(TampuError):
    reason = "serve::no-package"

    def __init__(self, package: str, wanted: str, found: list[str] | None) -> None:
        told = f"apps {', '.join(found) or '(none)'} in {package}" if found is not None else f"no package {package}"
        super().__init__(
            title=f"There is no app {wanted} of {package} to make a config for",
            found=told,
            expected="an installed package with an app for configs, as `use = egg:PACKAGE#NAME` names it",
            todo=(
                "Install it there, or name another one: tampu make-config PACKAGE#NAME.\n"
                "`tampu points paste.app_factory` says which there are."
            ),
        )


def make(wish: Making) -> int:
    package, _, name = wish.package.removeprefix("egg:").partition("#")
    name = name or MAIN
    try:
        dist = metadata.distribution(package)
    except (metadata.PackageNotFoundError, ValueError) as error:
        raise NoPackage(package, name, None) from error
    apps = {entry.name: entry.group for entry in dist.entry_points if entry.group in APP_GROUPS}
    if name not in apps:
        raise NoPackage(package, name, sorted(apps))
    made = installer(dist, apps[name], name)
    file = wish.file or getattr(made, "default_config_filename", None) or f"{name_of(dist)}.ini"
    command = Command(overwrite=wish.overwrite)
    return _guarded(lambda: _make(made, command, file, wish))


def _make(made: Any, command: Command, file: str, wish: Making) -> None:  # noqa: ANN401 - a package's installer
    values = {**_usual(name_of(made.dist)), **wish.values}
    made.write_config(command, file, values)
    sys.stdout.write(f"Made {file}\n")
    if wish.run:
        made.setup_config(command, os.path.abspath(file), MAIN, values)


def _usual(package: str) -> dict[str, str]:
    """What templates of configs want to know."""
    plain = package.lower().replace("-", "_")
    return {
        "project": package,
        "package": plain,
        "egg": package,
        "app_name": package,
        "app_instance_uuid": str(uuid.uuid4()),
        "app_instance_secret": secrets.token_urlsafe(24),
    }


def prepare(wish: SettingUp, ask: Ask) -> int:
    from paste.deploy import loadwsgi

    stand_in()
    variables = dict(ask.variables)
    with telling(ask, "app"):
        context = loadwsgi.loadcontext(loadwsgi.APP, ask.config, ask.app, relative_to=ask.here, global_conf=variables)
    inner = _inner(context)
    logs.configure(ask)
    section = ask.app or ask.config.partition("#")[2] or MAIN
    return _guarded(lambda: _prepare(inner, section, ask.file, wish))


def _prepare(context: Any, section: str, file: str, wish: SettingUp) -> None:  # noqa: ANN401 - PasteDeploy's
    call = (Command(), file, section, wish.values)
    if context.distribution is None:
        # An app that is named by its module; there is no package to say more.
        top = str(getattr(context.object, "__module__", "")).partition(".")[0]
        set_up(top, [top] if top else [], call)
        return
    installer(context.distribution, context.protocol, context.entry_point_name).setup_config(*call)


def _inner(context: Any) -> Any:  # noqa: ANN401 - likewise
    """The app itself, behind its filters."""
    while True:
        inner = getattr(context, "app_context", None) or getattr(context, "next_context", None)
        if inner is None:
            return context
        context = inner


def _guarded(work: Callable[[], None]) -> int:
    """What fails in a package's own code is told as Python tells it."""
    try:
        work()
    except TampuError:
        raise
    except Exception:  # noqa: BLE001 - whatever a package raises
        traceback.print_exc()
        return 1
    return 0
