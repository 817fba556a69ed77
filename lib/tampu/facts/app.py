"""An app as its own files describe it, before anything is decided."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tampu.facts.django import manage_py
from tampu.facts.process import processes
from tampu.facts.python import misnamed, overruled, python_requests
from tampu.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tampu.facts.dotcloud import Service
    from tampu.facts.python import Request
    from tampu.facts.tree import Tree
    from tampu.world.console import Notice


@dataclass(frozen=True, slots=True, kw_only=True)
class App:
    tree: Tree
    pythons: tuple[Request, ...]
    processes: Mapping[str, str]
    manage_py: str | None
    service: Service | None
    notices: tuple[Notice, ...]
    approot: str = "."

    @property
    def for_python_2(self) -> bool:
        return bool(self.pythons) and self.pythons[0].spec.startswith("==2.")

    def holding(self, name: str) -> Tree:
        """The approot if it has that file, else the top."""
        within = self.tree.within(self.approot)
        return within if within.has(name) else self.tree


def survey(tree: Tree, service: Service | None, approot: str = "") -> App:
    """`service` is what dotcloud.yml says, if there is one; an `approot` that the app's user has set counts more."""
    root = approot or (service.approot if service else ".")
    name = service.name if service else ""
    return App(
        tree=tree,
        pythons=python_requests(tree, root, name),
        processes=processes(tree),
        manage_py=manage_py(tree, root),
        service=service,
        notices=(
            *dict.fromkeys((*misnamed(tree.within(root)), *misnamed(tree))),
            *overruled(tree, root, name),
            *(service.notices if service else ()),
        ),
        approot=root,
    )
