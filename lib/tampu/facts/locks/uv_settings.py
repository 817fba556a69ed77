"""Where uv was told to look for packages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tampu.facts.locks import exact
from tampu.facts.locks.lockfile import open_toml
from tampu.facts.locks.places import inside, written

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tampu.facts.locks.table import Table
    from tampu.facts.tree import Tree


def index_options(tree: Tree, registries: Iterable[str]) -> tuple[str, ...]:
    """The app's own indexes and the folders of wheels that the lock names; all else is the client's default."""
    settings = _settings(tree)
    folders = [registry for registry in registries if registry and "://" not in registry]
    options = [
        *(_option(index) for index in settings.tables("index")),
        *(exact.option("--index-url", url, "uv") for url in (settings.text("index-url"),) if url),
        *(exact.option("--extra-index-url", url, "uv") for url in settings.texts("extra-index-url")),
        *(_links(place) for place in (*settings.texts("find-links"), *folders)),
        *(("--no-index",) if settings.flag("no-index") else ()),
    ]
    return tuple(dict.fromkeys(options))


def _settings(tree: Tree) -> Table:
    """A uv.toml wins over pyproject.toml, whole."""
    if tree.has("uv.toml"):
        return open_toml(tree, "uv.toml")
    return open_toml(tree, "pyproject.toml").table("tool").table("uv")


def _option(index: Table) -> str:
    url = index.text("url")
    if index.text("format") == "flat" or "://" not in url:
        return _links(url)
    return exact.option("--index-url" if index.flag("default") else "--extra-index-url", url, index.place)


def _links(place: str) -> str:
    if "://" in place:
        return exact.option("--find-links", place, "uv")
    return f"--find-links={written(inside(place, 'uv'))}"
