"""What templates written for Paste Script import of it, where it isn't installed or no longer runs."""

from __future__ import annotations

import importlib
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import ClassVar

HOME = "paste.script"


class NoDefault:
    """In place of a default: the variable has to be said."""


class BadCommand(Exception):
    """How a template says that it can't be used like that."""

    def __init__(self, message: str, exit_code: int = 2) -> None:
        super().__init__(message)
        self.message = message
        self.exit_code = exit_code


class var:  # noqa: N801 - as templates have written it since 2005
    """One variable of a template."""

    def __init__(self, name: str, description: str, default: object = "", should_echo: bool = True) -> None:  # noqa: FBT001, FBT002
        self.name = name
        self.description = description
        self.default = default
        self.should_echo = should_echo


class Template:
    """The base class of templates, as far as these look at it."""

    egg_plugins: ClassVar[list[str]] = []
    summary: ClassVar[str] = ""
    required_templates: ClassVar[list[str]] = []
    _template_dir: ClassVar[str | tuple[str, str] | None] = None
    use_cheetah: ClassVar[bool] = False
    vars: ClassVar[list[var]] = []
    read_vars_from_templates: ClassVar[bool] = False
    ensure_names: ClassVar[tuple[str, ...]] = ("description", "long_description")
    template_renderer: ClassVar[object] = None

    def __init__(self, name: str) -> None:
        self.name = name

    def module_dir(self) -> str:
        return str(Path(sys.modules[type(self).__module__].__file__ or "").parent)

    def template_dir(self) -> str | tuple[str, str]:
        if isinstance(self._template_dir, tuple):
            return self._template_dir
        return str(Path(self.module_dir(), self._template_dir or "."))

    def pre(self, command: object, output_dir: str, vars: dict[str, object]) -> None:  # noqa: A002
        """Before the files are written."""

    def post(self, command: object, output_dir: str, vars: dict[str, object]) -> None:  # noqa: A002
        """When all files are there."""

    def check_vars(self, vars: dict[str, object], _cmd: object) -> dict[str, object]:  # noqa: A002
        return vars


class Command:
    """What `pre` and `post` are called with. Nobody answers its questions: it takes what is usual."""

    interactive = 0
    default_interactive = 0

    def __init__(self, *, simulate: bool) -> None:
        self.simulate = simulate
        self.verbose = 1
        self.options = SimpleNamespace(
            simulate=simulate, verbose=1, overwrite=False, interactive=False, svn_repository=None, templates=[]
        )

    def ask(self, _prompt: str, *_: object, default: object = None, **__: object) -> object:
        return default

    def challenge(self, _prompt: str, default: object = NoDefault, *_: object, **__: object) -> object:
        return "" if default is NoDefault else default

    def ensure_dir(self, folder: str, **_: object) -> None:
        if not self.simulate:
            Path(folder).mkdir(parents=True, exist_ok=True)

    def ensure_file(self, name: str, content: str | bytes, **_: object) -> None:
        if not self.simulate:
            Path(name).write_bytes(content if isinstance(content, bytes) else content.encode())

    def insert_into_file(self, name: str, marker: str, text: str, indent: bool = False) -> None:  # noqa: FBT001, FBT002
        """Below the line that has the marker, as in `-*- Extra requirements: -*-`."""
        if self.simulate:
            return
        form = re.compile(rf"-\*-\s*{re.escape(marker)}:?\s*-\*-", re.IGNORECASE)
        lines = Path(name).read_text(encoding="utf-8").splitlines(keepends=True)
        at = next((number for number, line in enumerate(lines) if form.search(line)), None)
        if at is None:
            raise ValueError(f"Marker '-*- {marker} -*-' not found in {name}")
        margin = re.match(r"\s*", lines[at]) if indent else None
        put = "".join(f"{margin[0] if margin else ''}{line}\n" for line in text.splitlines())
        Path(name).write_text("".join((*lines[: at + 1], put, *lines[at + 1 :])), encoding="utf-8")

    def run_command(self, program: str, *words: str, cwd: str | None = None, **_: object) -> None:
        if not self.simulate:
            subprocess.run((program, *words), cwd=cwd, check=True)  # noqa: S603 - what an installed package wants


def install() -> None:
    """Into the names that templates know, if nothing that works is there."""
    try:
        importlib.import_module(f"{HOME}.templates")
    except Exception:  # noqa: BLE001 - however it fails on a Python of today
        templates = _module(f"{HOME}.templates", Template=Template, var=var, NoDefault=NoDefault, BadCommand=BadCommand)
        command = _module(f"{HOME}.command", BadCommand=BadCommand, Command=Command, NoDefault=NoDefault)
        script = _module(HOME, templates=templates, command=command)
        script.__path__ = []
        try:
            paste = importlib.import_module("paste")
        except ImportError:
            paste = _module("paste")
            paste.__path__ = []
        vars(paste)["script"] = script


def _module(name: str, **content: object) -> ModuleType:
    made = ModuleType(name)
    vars(made).update(content)
    sys.modules[name] = made
    return made
