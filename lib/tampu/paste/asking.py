"""What is to be served: said by `tampu serve`, in tampu's own Python, to the program that serves, in the app's."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

# Distributions that configs name: in place of those that don't run any more, and of those that nobody installed.
STANDINS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "standins")


# Of an app without a config: what is called is it, or makes it.
APP, FACTORY = "app", "factory"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reload:
    """How changes are followed: `interval` is how often is looked where no kernel tells of them.

    `also` are patterns of further files; `preload` is whether packages may be kept in memory between two starts;
    `refresh` is whether pages in browsers follow.
    """

    interval: float = 1.0
    poll: bool = False
    also: tuple[str, ...] = ()
    preload: bool = True
    refresh: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """`config` is an address of PasteDeploy's: `config:/srv/app/production.ini`, `egg:Guide`.

    `server` is a section of it or an address of its own; `server_type` is a server of PasteScript's, by name.
    `first` and `last` are folders that modules are looked for in, before and after the app's own.
    A `pid_file` goes with the program that it is about.
    With `monitor`, it is served anew whenever it ends. What `config` calls is the app itself if it is `plain` an APP.
    """

    config: str
    here: str
    plain: str = ""
    app: str | None = None
    server: str | None = None
    server_type: str | None = None
    variables: Mapping[str, str] = field(default_factory=dict)
    first: tuple[str, ...] = ()
    last: tuple[str, ...] = ()
    monitor: bool = False
    pid_file: str = ""
    verbosity: int = 1
    reload: Reload | None = None

    def path(self, own: Sequence[str]) -> list[str]:
        """Where modules and packages are looked for, from what the app's Python knows itself."""
        kept = (each for each in own if each not in self.first)
        return [*self.first, f"{STANDINS}/ahead", *kept, *self.last, f"{STANDINS}/behind"]

    def as_json(self) -> str:
        return json.dumps(asdict(self))

    @property
    def file(self) -> str:
        """The ini, if it is one."""
        from urllib.parse import unquote

        scheme, _, path = self.config.partition(":")
        return unquote(path.partition("#")[0]) if scheme == "config" else ""


def read(text: str) -> Ask:
    values = json.loads(text)
    reload = values["reload"] and Reload(**{**values["reload"], "also": tuple(values["reload"]["also"])})
    return Ask(**{**values, "first": tuple(values["first"]), "last": tuple(values["last"]), "reload": reload})
