"""Which Python an app asks for: every file that says so, the one that decides first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tampu.facts.python_files import Empty, Several, Unreadable, python_version_file, runtime_txt, tool_versions
from tampu.facts.python_locks import dotcloud_yml, pipfile_lock, poetry_lock, pyproject_toml, uv_lock
from tampu.facts.python_names import misnamed
from tampu.facts.python_ranges import BadRange
from tampu.facts.python_version import NotCPython, Request, WrongForm
from tampu.world.console import Notice

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tampu.errors import TampuError
    from tampu.facts.tree import Tree

    Source = Callable[[Tree], tuple[Request, ...]]

__all__ = ["Request", "misnamed", "overruled", "python_requests"]

SOURCES = (
    runtime_txt,
    python_version_file,
    dotcloud_yml,
    pipfile_lock,
    uv_lock,
    poetry_lock,
    pyproject_toml,
    tool_versions,
)
UNCLEAR = (BadRange, Empty, NotCPython, Several, Unreadable, WrongForm)


def python_requests(tree: Tree, approot: str = ".", service: str = "") -> tuple[Request, ...]:
    """All wishes in the order of their weight. An unclear one is an error only where it would decide."""
    requests: list[Request] = []
    for heard in _listen(tree, approot, service):
        if isinstance(heard, Request):
            requests.append(heard)
        elif not requests:
            raise heard
    return tuple(requests)


def overruled(tree: Tree, approot: str = ".", service: str = "") -> tuple[Notice, ...]:
    """A notice for every unclear wish that a clear one before it makes harmless."""
    return tuple(_notice(heard) for heard in _listen(tree, approot, service) if not isinstance(heard, Request))


def _listen(tree: Tree, approot: str, service: str) -> Iterator[Request | TampuError]:
    """Of each kind of file, the one in the approot or else the one at the top; dotcloud.yml is at the top."""
    for source in SOURCES:
        if source is dotcloud_yml:
            yield from _hear(lambda top: dotcloud_yml(top, service), tree)
        else:
            yield from _hear(source, tree.within(approot)) or _hear(source, tree)


def _hear(source: Source, tree: Tree) -> tuple[Request | TampuError, ...]:
    try:
        return source(tree)
    except UNCLEAR as error:
        return (error,)


def _notice(error: TampuError) -> Notice:
    found = error.found.partition("\n")[0]
    return Notice(name="python-version::overruled", text=f"{error.title}; another file decides.\nFound:    {found}")
