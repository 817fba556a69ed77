"""What changed in an app's folder while it runs, and what that asks for."""

from __future__ import annotations

import os
import re
import time
from enum import Enum
from fnmatch import translate
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    Files = Mapping[str, tuple[int, int]]

SKIPPED = frozenset({"node_modules", "__pycache__"})
ENVIRONMENT = "pyvenv.cfg"
# The build reads these.
BUILD = (
    *("*requirements*.txt", "requirements/*.txt", "constraints*.txt", "*.lock", "Pipfile", "pylock*.toml"),
    *("pyproject.toml", "setup.py", "setup.cfg", "runtime.txt", ".python-version", ".tool-versions", "nltk.txt"),
    *("dotcloud.yml", "Procfile", "*nginx.conf", "*uwsgi.conf", "*supervisord.conf", "postinstall"),
    *("bin/pre_compile", "bin/post_compile", "nginx.conf.template"),
)
# The app reads these when it starts. Not what apps write while they run: databases, logs, uploads, JSON.
CODE = (
    *("*.py", "*.pyx", "*.html", "*.htm", "*.jinja", "*.jinja2", "*.j2", "*.mako", "*.pt", "*.tmpl", "*.tpl"),
    *("*.ini", "*.cfg", "*.toml", "*.yml", "*.yaml", ".env", "*.mo", "*.graphql"),
)
# A build that collects static files reads these; elsewhere they are served as they are.
STATIC = (
    *("*.css", "*.js", "*.mjs", "*.map", "*.svg", "*.png", "*.jpg", "*.jpeg", "*.gif", "*.webp", "*.ico"),
    *("*.woff", "*.woff2"),
)
# A look at a large app takes a while: it is idle for some times as long, but not because a machine stood still.
SHORTEST_PAUSE, LONGEST_PAUSE = 0.3, 10.0
IDLE = 8
SETTLED = 0.05
MOST_REMEMBERED = 100_000


class Kind(Enum):
    """What a changed file asks for; the first of these wins where several have changed."""

    BUILD = BUILD
    CODE = CODE
    STATIC = STATIC


class Watch:
    """Compares the folder with what it was when somebody last looked."""

    def __init__(self, app: Path, pause: float = SHORTEST_PAUSE) -> None:
        self._app = app
        self._pause = pause
        self._known: Files = {}
        self._of_builds: frozenset[str] = frozenset()
        self._next = 0.0
        self.forget()

    def forget(self) -> None:
        """All that has changed until now counts no more."""
        self._known = self._look()

    def forget_a_build(self) -> None:
        """What came with it, and what each build writes, counts no more; what somebody has changed meanwhile does."""
        known, now = self._known, self._look()
        both = known.keys() & now.keys()
        changed = frozenset(path for path in both if known[path] != now[path] and kind_of(path) is not Kind.STATIC)
        self._known = {**now, **{path: known[path] for path in changed - self._of_builds}}
        self._of_builds = changed

    def changes(self) -> dict[Kind, list[str]]:
        """Names of changed files by what they ask for, once nothing moves; empty is none, or too soon to look."""
        if time.monotonic() < self._next:
            return {}
        known, now = self._known, self._look()
        if now == known:
            return {}
        while now != self._known:
            self._known = now
            time.sleep(SETTLED)
            now = self._look()
        changed = sorted(path for path in known.keys() | now.keys() if known.get(path) != now.get(path))
        by_kind = ((kind, [path for path in changed if kind is kind_of(path)]) for kind in Kind)
        return {kind: paths for kind, paths in by_kind if paths}

    def _look(self) -> Files:
        began = time.monotonic()
        files = dict(_files(str(self._app), ""))
        ended = time.monotonic()
        self._next = ended + max(self._pause, min(IDLE * (ended - began), LONGEST_PAUSE))
        return files


@lru_cache(maxsize=MOST_REMEMBERED)
def kind_of(path: str) -> Kind | None:
    return next((kind for kind in Kind if _pattern(kind).fullmatch(path)), None)


@lru_cache
def _pattern(kind: Kind) -> re.Pattern[str]:
    """Of names in any folder; a name with a folder is that of one at the top."""
    return re.compile("|".join(translate(name) if "/" in name else f"(?:.*/)?{translate(name)}" for name in kind.value))


def _files(folder: str, prefix: str) -> Iterator[tuple[str, tuple[int, int]]]:
    """Sizes and times of all that could matter; what vanishes meanwhile is not there."""
    try:
        entries = list(os.scandir(folder))
    except OSError:
        return
    if any(entry.name == ENVIRONMENT for entry in entries):
        return
    for entry in entries:
        path = prefix + entry.name
        if entry.is_dir(follow_symlinks=False):
            if entry.name not in SKIPPED and not entry.name.startswith("."):
                yield from _files(entry.path, f"{path}/")
        elif kind_of(path):
            try:
                found = entry.stat()
            except OSError:
                continue
            yield path, (found.st_mtime_ns, found.st_size)
