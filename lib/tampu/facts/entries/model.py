"""What answers requests, and how it is spoken to."""

from __future__ import annotations

from enum import Enum

from tampu.values import dataclass


class Kind(Enum):
    """How a server talks to it."""

    WSGI = "wsgi"
    ASGI = "asgi"
    PASTE = "paste"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """`app` is `module:attribute`, or empty with `paste`, an ini; `path` are folders for sys.path, from the approot."""

    kind: Kind
    evidence: str
    app: str = ""
    factory: bool = False
    paste: str = ""
    path: tuple[str, ...] = (".",)


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """What an expression makes: `attribute` is the part of it that answers, `called` that it must be called first."""

    kind: Kind
    origin: str
    attribute: str = ""
    called: bool = False
