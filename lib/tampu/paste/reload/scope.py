"""Which files an app is made of: those whose change starts it anew."""

from __future__ import annotations

import os
import re
import site
import sysconfig
from fnmatch import fnmatch, translate
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

# What apps read when they start. Not what they write while they run: databases, logs, uploads, JSON.
COUNT = (
    *("*.py", "*.pyx", "*.so", "*.html", "*.htm", "*.jinja", "*.jinja2", "*.j2", "*.mako", "*.mak", "*.pt", "*.zpt"),
    *("*.tmpl", "*.tpl", "*.kid", "*.ini", "*.cfg", "*.conf", "*.toml", "*.yml", "*.yaml", ".env", "*.mo", "*.graphql"),
    *("*.css", "*.js", "*.mjs"),
)
NEVER_ENTERED = frozenset({"__pycache__", "node_modules", "CVS"})
ENVIRONMENT = "pyvenv.cfg"
# Editors write there first. Emacs: .#name and #name#; vim: .name.swp and 4913; others: name~.
TEMPORARY = re.compile(r"\.?#.*|.*~|\..*\.sw[a-z]|4913|.*\.tmp|.*___jb_(tmp|old)___")
WANTED = re.compile("|".join(map(translate, COUNT)))


class Scope:
    """`folders` are looked through to the ground, `also` are patterns of further files in them."""

    def __init__(self, folders: Iterable[str], also: Iterable[str] = ()) -> None:
        home = os.path.expanduser("~")
        self.folders = [each for each in dict.fromkeys(map(os.path.abspath, folders)) if each not in {"/", home}]
        # What is in the root or in a home is not all of one app.
        self.single = [each for each in dict.fromkeys(map(os.path.abspath, folders)) if each in {"/", home}]
        self.files: set[str] = set()
        self._also = tuple(also)
        self._left_out = {each: tuple(_ignored_folders(each)) for each in self.folders}

    def counts(self, path: str) -> bool:
        if path in self.files:
            return True
        folder, name = os.path.split(path)
        within = folder in self.single or any(f"{folder}/".startswith(each + os.sep) for each in self.folders)
        if not within or TEMPORARY.fullmatch(name):
            return False
        return bool(WANTED.fullmatch(name)) or self._was_asked_for(path, name)

    def enters(self, folder: str) -> bool:
        name = os.path.basename(folder)
        if name.startswith(".") or name in NEVER_ENTERED or os.path.exists(os.path.join(folder, ENVIRONMENT)):
            return False
        return not any(
            fnmatch(name, pattern) or fnmatch(os.path.relpath(folder, root), pattern)
            for root, patterns in self._left_out.items()
            for pattern in patterns
            if folder.startswith(root + os.sep)
        )

    def grow(self, folder: str) -> bool:
        """Whether it was not looked through already."""
        if any(folder == each or folder.startswith(each + os.sep) for each in self.folders):
            return False
        self.folders.append(folder)
        self._left_out[folder] = tuple(_ignored_folders(folder))
        return True

    def walk(
        self, folder: str, enter: Callable[[str], object] = lambda _: None
    ) -> Iterator[tuple[str, list[os.DirEntry[str]]]]:
        """Each folder that is entered, with its files; folders that are linked to are entered once.

        `enter` is called before a folder is read: who watches it from then on misses nothing.
        """
        seen: set[str] = set()
        left = [folder]
        while left:
            here = left.pop()
            real = os.path.realpath(here)
            if real in seen:
                continue
            seen.add(real)
            enter(here)
            try:
                entries = list(os.scandir(here))
            except OSError:
                continue
            yield here, [each for each in entries if not _is_folder(each)]
            left += [each.path for each in entries if _is_folder(each) and self.enters(each.path)]

    def _was_asked_for(self, path: str, name: str) -> bool:
        return any(
            fnmatch(name, pattern) or fnmatch(path, pattern) or fnmatch(os.path.relpath(path, root), pattern)
            for pattern in self._also
            for root in self.folders
        )


def foreign_folders(*more: str) -> tuple[str, ...]:
    """Where there are packages and the standard library: nobody edits these while an app runs."""
    paths = sysconfig.get_paths()
    found = [paths[name] for name in ("stdlib", "platstdlib", "purelib", "platlib")]
    found += [*site.getsitepackages(), site.getusersitepackages(), *more]
    return tuple(
        dict.fromkeys(each + os.sep for path in found for each in (os.path.abspath(path), os.path.realpath(path)))
    )


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:
        return False


def _ignored_folders(root: str) -> Iterator[str]:
    """Of .gitignore, plain patterns of folders: what a build puts there comes in floods."""
    try:
        with open(os.path.join(root, ".gitignore"), encoding="utf-8", errors="replace") as file:
            lines = [line.strip() for line in file]
    except OSError:
        return
    for line in lines:
        if line.endswith("/") and not line.startswith(("!", "#")):
            yield line.strip("/")
