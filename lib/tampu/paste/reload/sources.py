"""What an app's own modules say is what their files say now: no bytecode of them is read or written.

Python goes by seconds and sizes: of two saves within a second it may run the first.
"""

from __future__ import annotations

import os
import sys
from importlib.machinery import SourceFileLoader
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import CodeType


class NotHere(BaseException):
    """A module of the app's own, or one that does harm, where only others may be loaded; no app may catch it."""


class Sources:
    """`edited` are packages' files that somebody works at: they count as own ones. `read` are own ones, broken or not.

    `refuses` is whether own modules may not be loaded: their code would be that of a moment gone by.
    """

    def __init__(self, foreign: tuple[str, ...], edited: frozenset[str] = frozenset()) -> None:
        self.refuses = False
        self.read: set[str] = set()
        self._edited = edited
        self._foreign = foreign
        self._codes: dict[str, tuple[bytes, CodeType]] = {}
        self._usual = SourceFileLoader.get_code

    def are_own(self, path: str) -> bool:
        full = os.path.abspath(path)
        return full in self._edited or not full.startswith(self._foreign)

    def install(self) -> None:
        def get_code(loader: SourceFileLoader, fullname: str) -> CodeType | None:
            path = str(loader.get_filename(fullname))
            if not self.are_own(path):
                return self._usual(loader, fullname)
            if self.refuses:
                raise NotHere(fullname)
            self.read.add(os.path.abspath(path))
            return self._code(loader, path)

        SourceFileLoader.get_code = get_code  # type: ignore[assignment,method-assign]

    def look_again(self) -> None:
        """Which modules there are, too, is what folders say now; a time stamp may be that of a moment ago."""
        for path, finder in sys.path_importer_cache.items():
            forget = getattr(finder, "invalidate_caches", None)
            if forget and self.are_own(os.path.join(path, "module")):
                forget()

    def compile_ahead(self, path: str) -> None:
        """Nothing of it is run; whoever loads it compares it with the file."""
        try:
            with open(path, "rb") as file:
                data = file.read()
            if path not in self._codes or self._codes[path][0] != data:
                self._codes[path] = data, compile(data, path, "exec", dont_inherit=True)
        except (OSError, SyntaxError, ValueError, RecursionError):
            self._codes.pop(path, None)

    def _code(self, loader: SourceFileLoader, path: str) -> CodeType:
        data = loader.get_data(path)
        known = self._codes.get(path) if type(loader) is SourceFileLoader else None
        if known and known[0] == data:
            return known[1]
        code: CodeType = loader.source_to_code(data, path)
        return code
