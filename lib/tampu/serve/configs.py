"""Which config is meant: a file, a folder that has one, or an address as PasteDeploy has them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote

from tampu.errors import TampuError
from tampu.facts.entries import paste
from tampu.paste.asking import APP, FACTORY
from tampu.paste.troubles import NoConfig
from tampu.values import dataclass

if TYPE_CHECKING:
    from pathlib import Path

    from tampu.serve.options import Call

USUAL = "development.ini"
SCHEME = re.compile(r"[A-Za-z]{2,}:")
CONFIG, CALL = "config:", "call:"
OF_ASGI = "egg:tampu#uvicorn"


class WhichConfig(TampuError):
    reason = "serve::which-config"
    exit_code = 2

    def __init__(self, folder: Path, there: list[str]) -> None:
        super().__init__(
            title="Which config is to be served isn't clear",
            found=f"{', '.join(there) or 'no ini with [app:main], and no app,'} in {folder}",
            expected=f"{USUAL}, or one ini with [app:main] or its like, or the name of one",
            todo="Name it: tampu serve CONFIG",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """`folder` is where it is. An app without a config is `plain`, an APP or a FACTORY, with folders of its modules."""

    address: str
    folder: Path
    title: str
    plain: str = ""
    path: tuple[str, ...] = ()
    server: str | None = None


def find(call: Call, wanted: str | None = None) -> Config:
    """`wanted` names what answers requests, where no config does."""
    path, section = _path(call)
    if path is None:
        return Config(address=call.config, folder=call.here, title=call.config)
    if path.is_dir():
        folder, path = path, _obvious(path)
        if path is None:
            return _without_config(folder, wanted)
    if not path.is_file():
        raise NoConfig(_shown(path, call.here), "no such file" if not path.exists() else "something that is no file")
    name = f"#{section}" if section else ""
    title = f"{_shown(path, call.here)}{name}"
    return Config(address=f"{CONFIG}{quote(str(path))}{name}", folder=path.parent, title=title)


def _path(call: Call) -> tuple[Path | None, str]:
    """With the section behind `#`; None is an address of another kind."""
    said = call.config
    if (call.here / said).exists():
        return call.here / said, ""
    plain = said.removeprefix(CONFIG)
    if plain == said and SCHEME.match(said):
        return None, ""
    name, _, section = plain.partition("#")
    return call.here / (name if plain == said else unquote(name)), section


def _obvious(folder: Path) -> Path | None:
    """None where there is no config at all."""
    if (folder / USUAL).is_file():
        return folder / USUAL
    there = [each.paste for each in (paste.production(folder), *paste.others(folder)) if each and each.paste]
    if len(there) > 1:
        raise WhichConfig(folder, there)
    return folder / there[0] if there else None


def _without_config(folder: Path, wanted: str | None) -> Config:
    """What `tampu up` would serve."""
    from tampu.facts.django import manage_py
    from tampu.facts.entrypoint import Kind, entrypoint
    from tampu.facts.tree import Tree

    tree = Tree(folder)
    entry = entrypoint(tree, ".", wanted, manage_py(tree))
    if not entry:
        raise WhichConfig(folder, [])
    if entry.kind is Kind.PASTE:
        path = folder / entry.paste
        return Config(address=f"{CONFIG}{quote(str(path))}", folder=path.parent, title=entry.paste)
    return Config(
        address=f"{CALL}{entry.app}",
        folder=folder,
        title=entry.app,
        plain=FACTORY if entry.factory else APP,
        path=tuple(str(folder / each) for each in entry.path),
        server=OF_ASGI if entry.kind is Kind.ASGI else None,
    )


def _shown(path: Path, here: Path) -> str:
    return str(path.relative_to(here)) if here.parents and path.is_relative_to(here) else str(path)
