"""Which files a bundle needs: uv resolves as for an installation, and says what it would fetch."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING
from urllib.parse import unquote, urljoin, urlsplit

from tampu.envs import uv
from tampu.envs.clients import client_settings, uv_options
from tampu.facts.toml import read_toml
from tampu.values import dataclass, field, replace
from tampu.world.environ import NO_BYTECODE, tool_env
from tampu.world.run import Command, CommandFailed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from tampu.envs.tools import Tools
    from tampu.world import World

LOGIN = re.compile(r"https?://[^\s,@/]+@[^\s,]+")
NAME = re.compile(r"[A-Za-z0-9][\w.-]*")
LOCK = "pylock.bundle.toml"
# What a frontend asks a build backend for beyond the static list; backends may print as they like.
QUESTION = """
import importlib, json, os, sys
backend, paths, editable, answer = sys.argv[1:]
sys.path[:0] = json.loads(paths)
module, _, rest = backend.partition(":")
found = importlib.import_module(module)
for part in filter(None, rest.split(".")):
    found = getattr(found, part)
names = ["get_requires_for_build_editable"] if editable == "1" else []
names += ["get_requires_for_build_wheel"]
ask = next((getattr(found, name) for name in names if hasattr(found, name)), lambda: [])
open(answer, "w").write(json.dumps(list(ask())))
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A file of a package; without a sha256 where nobody tells it; `address` where the app asked for that."""

    name: str
    version: str
    url: str
    sha256: str
    address: str = ""

    @property
    def file(self) -> str:
        return unquote(urlsplit(self.url).path.rpartition("/")[2])

    def fits(self, hashes: Iterable[str]) -> bool:
        """Whether it is one of the files that are pinned, where some are."""
        pinned = [each for each in hashes if each.startswith("sha256:")]
        return not pinned or f"sha256:{self.sha256}" in pinned

    @property
    def is_source(self) -> bool:
        return not self.file.endswith(".whl")


@dataclass(frozen=True, slots=True, kw_only=True)
class Backend:
    """How a project is built."""

    requires: tuple[str, ...] = ("setuptools>=40.8.0",)
    name: str = "setuptools.build_meta:__legacy__"
    paths: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """For whom files are looked for: a Python on a platform in uv's words; `python` is one that runs here."""

    python: Path
    version: str
    platform: str
    app: Path
    tools: Tools
    world: World
    options: tuple[str, ...] = ()
    hashes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def env(self) -> dict[str, str]:
        environ = self.world.environ
        cache = {"UV_CACHE_DIR": str(self.world.cache.folder("uv"))}
        return {**tool_env(environ), **client_settings(environ), **NO_BYTECODE, **cache}


def resolved(search: Search, *files: Path, words: tuple[str, ...] = ()) -> tuple[Found, ...]:
    """All that these requirements files lead to; what is a folder of the app's is left out."""
    with search.world.cache.workshop() as bench:
        out = bench / LOCK
        platform = ("--python-platform", search.platform) if search.platform else ()
        where = (*uv_options(search.world.environ), "--python-version", search.version, *platform)
        asked = (*where, *words, "-o", str(out), *map(str, files))
        search.world.run.ask(uv.lock(search.tools.uv, search.python, asked, search.app, search.env()))
        document = read_toml(out.read_text(encoding="utf-8"), out.name)
        tables = document.get("packages", [])
        packages = tables if isinstance(tables, list) else []
        logins = _logins((*search.env().values(), *search.options))
        return tuple(_known_to(logins, found) for table in packages for found in _files(table, out.as_uri(), search))


def _logins(texts: Iterable[str]) -> dict[str, str]:
    """The user and password for each host that the settings name one for; locks are not told them."""
    places = [urlsplit(word).netloc for text in texts for word in LOGIN.findall(text)]
    return {place.rpartition("@")[2]: place for place in places}


def _known_to(logins: Mapping[str, str], found: Found) -> Found:
    parts = urlsplit(found.url)
    return replace(found, url=parts._replace(netloc=logins.get(parts.netloc, parts.netloc)).geturl())


def _files(table: Mapping[str, object], base: str, search: Search) -> Iterator[Found]:
    name, version = str(table["name"]), str(table.get("version", ""))
    wheels, sdist, archive, vcs = (table.get(key) for key in ("wheels", "sdist", "archive", "vcs"))
    if isinstance(archive, dict):
        yield _found(name, version, archive, base, asked=True)
    elif isinstance(vcs, dict):
        yield Found(name=name, version=version, url="", sha256="", address=_repository(vcs))
    else:
        files = (*(wheels if isinstance(wheels, list) else ()), sdist)
        there = [_found(name, version, file, base) for file in files if isinstance(file, dict)]
        # The wheel goes before the source, unless only the source is pinned.
        pinned = [found for found in there if found.fits(search.hashes.get(name, ()))]
        yield from (pinned or there)[:1]


def _found(name: str, version: str, file: Mapping[str, object], base: str, *, asked: bool = False) -> Found:
    url = str(file.get("url") or urljoin(base, str(file.get("path", ""))))
    hashes = file.get("hashes")
    sha256 = str(hashes.get("sha256", "")) if isinstance(hashes, dict) else ""
    return Found(name=name, version=version, url=url, sha256=sha256, address=url if asked else "")


def _repository(vcs: Mapping[str, object]) -> str:
    revision = vcs.get("requested-revision") or vcs.get("commit-id", "")
    return f"{vcs.get('type', 'git')}+{vcs.get('url', '')}@{revision}"


def backend_of(project: Path) -> Backend:
    system = _pyproject(project).get("build-system")
    if not isinstance(system, dict) or "requires" not in system:
        return Backend()
    return Backend(
        requires=tuple(map(str, system["requires"])),
        name=str(system.get("build-backend", Backend().name)),
        paths=tuple(str(project / place) for place in system.get("backend-path", ())),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Described:
    """What a project says of itself, where it is written down; what it has from elsewhere in the app is left out."""

    name: str = ""
    needs: tuple[str, ...] = ()


def described(project: Path) -> Described:
    document = _pyproject(project)
    table, tool = document.get("project"), document.get("tool")
    if not isinstance(table, dict):
        return Described()
    uv_settings = tool.get("uv", {}) if isinstance(tool, dict) else {}
    elsewhere = {name.lower() for name in uv_settings.get("sources", {})}
    needs = (str(line) for line in table.get("dependencies", ()))
    return Described(
        name=str(table.get("name", "")),
        needs=tuple(line for line in needs if (name := NAME.match(line)) and name[0].lower() not in elsewhere),
    )


def _pyproject(project: Path) -> Mapping[str, object]:
    """What it says; nothing where there is none."""
    file = project / "pyproject.toml"
    text = file.read_text(encoding="utf-8", errors="replace") if file.is_file() else ""
    return read_toml(text, file.name)


def asked_by_backend(project: Path, backend: Backend, search: Search, *, editable: bool) -> tuple[str, ...]:
    """What the backend wants to have beyond what is written down, or nothing where it can't be asked."""
    with search.world.cache.workshop() as bench:
        answer, place, lines = bench / "answer", bench / "backend", bench / "requires.txt"
        lines.write_text("".join(f"{line}\n" for line in backend.requires), encoding="utf-8")
        words = (*uv_options(search.world.environ), "--target", str(place), "-r", str(lines))
        paths = json.dumps([*backend.paths, str(place)])
        flag = "1" if editable else "0"
        argv = (str(search.python), "-I", "-c", QUESTION, backend.name, paths, flag, str(answer))
        try:
            if backend.requires:
                search.world.run.ask(uv.place(search.tools.uv, search.python, words, search.app, search.env()))
            search.world.run.ask(Command(argv=argv, cwd=project, env=search.env()))
        except CommandFailed as error:
            search.world.say.detail(f"{backend.name} of {project.name} can't be asked what it needs: {error.ending}")
            return ()
        told: list[str] = json.loads(answer.read_text(encoding="utf-8"))
        return tuple(told)
