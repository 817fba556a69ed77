"""Templates that installed packages have (`paste.paster_create_template`), asked for in their own environment."""

from __future__ import annotations

import base64
import json
import shutil
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tampu.create import paths
from tampu.create.model import Made, Rendered, Variable
from tampu.create.rendering import BadTemplate
from tampu.values import dataclass
from tampu.world.console import Notice
from tampu.world.environ import NO_BYTECODE, tool_env
from tampu.world.run import Command, CommandFailed, CommandMissing

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tampu.create.model import Values
    from tampu.world import World

PROGRAM = Path(__file__).with_name("plugins")
BESIDE = (".venv", "venv", ".tampu/serve/python", ".tampu/python")


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """One Python and its packages."""

    python: Path
    world: World

    def answer(self, ask: Mapping[str, object]) -> Any:  # noqa: ANN401 - what JSON holds
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder, "answer")
            argv = (str(self.python), str(PROGRAM), json.dumps({**ask, "answer": str(file)}))
            env = {**tool_env(self.world.environ), **NO_BYTECODE}
            self.world.run.run(Command(argv=argv, cwd=Path.cwd(), env=env, hint="Its lines above say why."))
            return json.loads(file.read_text(encoding="utf-8"))

    def templates(self) -> tuple[InstalledTemplate, ...]:
        try:
            found = self.answer({"do": "list"})
        except (CommandFailed, CommandMissing) as error:
            text = f"{self.python} can't say which templates it has: {error}"
            self.world.say.notice(Notice(name="create-environment", text=text))
            return ()
        return tuple(_template(about, self) for about in found)


@dataclass(frozen=True, slots=True, kw_only=True)
class InstalledTemplate:
    name: str
    package: str
    version: str
    summary: str
    requires: tuple[str, ...]
    variables: tuple[Variable, ...]
    broken: str
    environment: Environment
    settled: bool = False
    next: tuple[str, ...] = ()
    taken: tuple[str, ...] = ()

    @property
    def address(self) -> str:
        return f"{self.package}#{self.name}"

    def render(self, values: Values, folder: Path) -> Rendered:
        ask = {"do": "render", "values": dict(values), "folder": str(folder), "settled": self.settled}
        answer = self._ask(ask)
        files = tuple(
            Made(path=self._checked(path), data=base64.b64decode(data), executable=executable, origins=(self.name,))
            for path, data, executable in answer["files"]
        )
        return Rendered(files=files, values=answer["values"])

    def finish(self, values: Values, folder: Path) -> None:
        """What it wants to do when all files are there."""
        self._ask({"do": "after", "values": dict(values), "folder": str(folder)})

    def _ask(self, ask: Mapping[str, object]) -> Any:  # noqa: ANN401 - what JSON holds
        if self.broken:
            raise BadTemplate(self.address, self.broken, "a template that can be loaded")
        try:
            answer = self.environment.answer({**ask, "name": self.name, "package": self.package})
        except (CommandFailed, CommandMissing) as error:
            raise BadTemplate(self.address, str(error), "a template that comes to an end") from error
        if answer["broken"]:
            raise BadTemplate(self.address, answer["broken"], "a template that can be used on the Python of today")
        return answer

    def _checked(self, path: str) -> str:
        if why := paths.trouble(path):
            raise BadTemplate(self.address, f"{path}: {why}", "a file in the project")
        return path


def environments(project: Path, world: World) -> Iterator[Environment]:
    """The active one, and those of the project and of this folder."""
    seen = set()
    for place in _places(project, world.environ):
        python = place / "bin" / "python"
        if python.exists() and (real := place.resolve()) not in seen:
            seen.add(real)
            yield Environment(python=python, world=world)


def _places(project: Path, environ: Mapping[str, str]) -> Iterator[Path]:
    if environ.get("VIRTUAL_ENV"):
        yield Path(environ["VIRTUAL_ENV"])
    if sys.prefix != sys.base_prefix:
        yield Path(sys.prefix)
    for folder in (project, Path.cwd()):
        yield from (folder / name for name in BESIDE)
    if python := shutil.which("python3", path=tool_env(environ)["PATH"]):
        yield Path(python).parent.parent


def _template(about: Mapping[str, Any], environment: Environment) -> InstalledTemplate:
    variables = (
        Variable(name=each["name"], about=each["about"], default=each["default"], secret=each["secret"])
        for each in about.get("variables", ())
    )
    return InstalledTemplate(
        name=about["name"],
        package=about["package"],
        version=about["version"],
        summary=about.get("summary", f"can't be used: {about['broken']}"),
        requires=tuple(about.get("requires", ())),
        variables=tuple(variables),
        broken=about["broken"],
        environment=environment,
    )
