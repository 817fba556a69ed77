"""What Paste Script's `Installer` did for an app: make its config, set it up. Packages may bring one of their own."""

from __future__ import annotations

import importlib
import os
import re
import sys
from string import Template
from types import ModuleType, SimpleNamespace
from typing import TYPE_CHECKING, Any, ClassVar

from tampu.errors import TampuError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from importlib.metadata import Distribution

GROUP = "paste.app_install"
TEMPLATE = "paste_deploy_config.ini_tmpl"
SCRIPT = "paste.script"
MAIN = "main"


class NoSetup(TampuError):
    reason = "serve::no-setup"

    def __init__(self, package: str, looked_for: list[str]) -> None:
        super().__init__(
            title=f"{package} has nothing that would set it up",
            found=f"no module {' or '.join(looked_for) or 'at all'}",
            expected="a module websetup of the app's package, with a function setup_app(command, conf, vars)",
            todo="Write one. Where the app is behind filters or beside others, name its section: CONFIG#NAME",
        )


class FileDiffers(TampuError):
    reason = "serve::file-differs"

    def __init__(self, file: str) -> None:
        super().__init__(
            title=f"{file} is there, and says something else",
            found=file,
            expected="no such file, or one with the same content",
            todo="Name another file, or say --overwrite.",
        )


class UnknownName(TampuError):
    reason = "serve::unknown-name"

    def __init__(self, place: str, found: str) -> None:
        super().__init__(
            title=f"{place} can't be filled in",
            found=found,
            expected="a value for each ${name} in it",
            todo="Say it behind the file: tampu make-config PACKAGE FILE name=value",
        )


class Command:
    """What installers are called with."""

    interactive = False
    simulate = False
    verbose = 1

    def __init__(self, *, overwrite: bool = False) -> None:
        self.options = SimpleNamespace(overwrite=overwrite, interactive=False, simulate=False, verbose=1)

    def ensure_file(self, name: str, content: str | bytes, **_: object) -> None:
        data = content if isinstance(content, bytes) else content.encode()
        if os.path.exists(name) and not self.options.overwrite:
            with open(name, "rb") as there:
                if there.read() != data:
                    raise FileDiffers(name)
            return
        with open(name, "wb") as made:
            made.write(data)

    def ensure_dir(self, name: str, **_: object) -> None:
        os.makedirs(name, exist_ok=True)


class Installer:
    """As packages know it: they derive from it, or name it in their group `paste.app_install`."""

    use_cheetah: ClassVar[bool] = False
    default_config_filename: ClassVar[str | None] = None

    def __init__(self, dist: Distribution, ep_group: str, ep_name: str) -> None:
        self.dist = dist
        self.ep_group = ep_group
        self.ep_name = ep_name

    def description(self, _config: object) -> str:
        return self.dist.metadata["Summary"] or "An application"

    def write_config(self, command: Any, filename: str, vars: Mapping[str, str]) -> None:  # noqa: A002, ANN401
        command.ensure_file(filename, self.config_content(command, vars))

    def config_content(self, _command: object, vars: Mapping[str, str]) -> str:  # noqa: A002
        text = self.dist.read_text(TEMPLATE)
        if text is None:
            return self.simple_config(vars)
        try:
            return Template(text).substitute(vars)
        except KeyError as error:
            raise UnknownName(f"{TEMPLATE} of {name_of(self.dist)}", f"${{{error.args[0]}}}") from error
        except ValueError as error:
            raise UnknownName(f"{TEMPLATE} of {name_of(self.dist)}", str(error)) from error

    def simple_config(self, _vars: Mapping[str, str]) -> str:
        entry = "" if self.ep_name == MAIN else f"#{self.ep_name}"
        app = f"[app:main]\nuse = egg:{name_of(self.dist)}{entry}\n"
        return f"{app}\n[server:main]\nuse = egg:waitress#main\nhost = 127.0.0.1\nport = 8080\n"

    def editable_config_files(self, filename: str) -> list[str]:
        return [filename]

    def setup_config(self, command: object, filename: str, section: str, vars: Mapping[str, str]) -> None:  # noqa: A002
        set_up(name_of(self.dist), modules(self.dist, self.ep_group, self.ep_name), (command, filename, section, vars))


def name_of(dist: Distribution) -> str:
    return dist.metadata["Name"] or "?"


def installer(dist: Distribution, group: str, name: str) -> Any:  # noqa: ANN401 - its own, if it has one
    stand_in()
    own = [entry for entry in dist.entry_points if (entry.group, entry.name) == (GROUP, name)]
    return (own[0].load() if own else Installer)(dist, group, name)


def modules(dist: Distribution, group: str, name: str) -> list[str]:
    """The packages that may have a websetup: those that it says it has, and the one that its app is in."""
    listed = (dist.read_text("top_level.txt") or "").split()
    entries = [entry.value for entry in dist.entry_points if (entry.group, entry.name) == (group, name)]
    return list(dict.fromkeys([*listed, *(re.split(r"[.:]", value)[0].strip() for value in entries)]))


def set_up(package: str, tops: list[str], call: tuple[object, str, str, Mapping[str, str]]) -> None:
    command, filename, section, variables = call
    found = [module for top in tops if (module := _imported(f"{top}.websetup"))]
    done = False
    for module in found:
        if hasattr(module, "setup_app"):
            module.setup_app(command, _config(filename, section), variables)
        elif hasattr(module, "setup_config"):
            module.setup_config(command, filename, section, variables)
        else:
            continue
        done = True
    if not done:
        raise NoSetup(package, [f"{top}.websetup" for top in tops])


def _imported(name: str) -> ModuleType | None:
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name and (name == error.name or name.startswith(f"{error.name}.")):
            return None
        raise


def _config(filename: str, section: str) -> Any:  # noqa: ANN401 - PasteDeploy's
    from paste.deploy import appconfig

    return appconfig(f"config:{os.path.abspath(filename)}", name=section)


def stand_in() -> None:
    """For packages that import Paste Script's `Installer`, where it isn't installed or no longer runs."""
    try:
        importlib.import_module(f"{SCRIPT}.appinstall")
    except Exception:  # noqa: BLE001 - however it fails on a Python of today
        paste = importlib.import_module("paste")
        script, module = ModuleType(SCRIPT), ModuleType(f"{SCRIPT}.appinstall")
        script.__path__ = []
        vars(module)["Installer"] = Installer
        vars(script)["appinstall"] = module
        vars(paste)["script"] = script
        sys.modules |= {SCRIPT: script, f"{SCRIPT}.appinstall": module}
