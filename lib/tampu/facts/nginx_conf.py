"""What an app's own `*nginx.conf` files define, as far as ours has to give way to it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tampu.values import dataclass

if TYPE_CHECKING:
    from pathlib import Path

    from tampu.facts.tree import Tree

OLD_HOME = "/home/dotcloud"
PATTERNS = ("*nginx.conf", "*uwsgi.conf", "supervisord.conf")
COMMENT = re.compile(r"(?m)(^|\s)#.*$")
LOCATION = re.compile(r"""\blocation\s+(?:(?:=|\^~)\s*)?(?P<quote>["']?)(?P<name>[^\s"'{~]+)(?P=quote)\s*\{""")
PAGE = re.compile(r"@([345]\d\d)")
STATIC_PAGE = re.compile(r"([345]\d\d)\.html")
# nginx keeps it for itself.
NO_PAGE = "499"


@dataclass(frozen=True, slots=True, kw_only=True)
class NginxConf:
    """`locations` by name, without a slash at the end; `old` are the files that name dotCloud's home."""

    locations: frozenset[str]
    old: tuple[str, ...]

    @property
    def pages(self) -> tuple[str, ...]:
        """The codes that have a named location of their own."""
        codes = {match[1] for name in self.locations if (match := PAGE.fullmatch(name))}
        return tuple(sorted(codes - {NO_PAGE}))

    def has(self, location: str) -> bool:
        return location.rstrip("/") in self.locations


def nginx_conf(tree: Tree) -> NginxConf:
    """As nginx will find them in the approot."""
    texts = {path.name: _text(path) for pattern in PATTERNS for path in _matching(tree.root, pattern)}
    ours = [COMMENT.sub("", text) for name, text in texts.items() if name.endswith("nginx.conf")]
    return NginxConf(
        locations=frozenset(match["name"].rstrip("/") for text in ours for match in LOCATION.finditer(text)),
        old=tuple(sorted(name for name, text in texts.items() if OLD_HOME in COMMENT.sub("", text))),
    )


def error_pages(tree: Tree) -> tuple[str, ...]:
    """The codes that have a page in the folder `static`."""
    found = (STATIC_PAGE.fullmatch(path.name) for path in _matching(tree.root / "static", "*.html"))
    return tuple(sorted(match[1] for match in found if match and match[1] != NO_PAGE))


def _matching(folder: Path, pattern: str) -> list[Path]:
    """A `*` of nginx passes over hidden files, as that of a shell does."""
    return sorted(path for path in folder.glob(pattern) if path.is_file() and not path.name.startswith("."))


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace")
