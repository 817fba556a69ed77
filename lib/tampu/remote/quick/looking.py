"""What is looked at on this machine while something is decided: each path, and how closely."""

from __future__ import annotations

import os
import sys
import time
from typing import TYPE_CHECKING

from tampu.remote.quick.memo import CONTENT, NAMES, THERE

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType
    from typing import Any

    from typing_extensions import Self

OF_NAMES = frozenset({"os.listdir", "os.scandir"})
OF_STATE = ("stat", "lstat")
TO_WRITE = os.O_WRONLY | os.O_RDWR


class Looks:
    """Between enter and exit. All of a process goes through these few doors: pathlib, os.path, open and glob do.

    `there` says of a path whether anything was; one is `torn` if that was not always the same.
    """

    def __init__(self) -> None:
        self._on = self._hooked = False
        self.forget()

    def forget(self) -> None:
        self.seen: dict[str, int] = {}
        self.there: dict[str, bool] = {}
        self.torn: set[str] = set()
        self.began = time.time()

    def __enter__(self) -> Self:
        self._on = True
        if not self._hooked:
            # A hook stays for good, and so this is for a process that ends soon.
            sys.addaudithook(self._hear)
            self._hooked = True
        self._own = {name: getattr(os, name) for name in OF_STATE}
        for name, own in self._own.items():
            setattr(os, name, self._noting(own))
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()

    def stop(self) -> None:
        if self._on:
            self._on = False
            for name, own in self._own.items():
                setattr(os, name, own)

    def _noting(self, own: Callable[..., Any]) -> Callable[..., Any]:
        def noted(path: Any, *more: Any, **named: Any) -> Any:  # noqa: ANN401 - whatever the door takes
            try:
                found = own(path, *more, **named)
            except OSError:
                self._note(path, THERE, there=False)
                raise
            self._note(path, THERE, there=True)
            return found

        return noted

    def _hear(self, event: str, words: tuple[Any, ...]) -> None:
        if not self._on:
            return
        if event == "open":
            if not words[2] & TO_WRITE:
                self._note(words[0], CONTENT)
        elif event in OF_NAMES:
            self._note(words[0] if words[0] is not None else ".", NAMES)

    def _note(self, path: Any, how: int, *, there: bool | None = None) -> None:  # noqa: ANN401 - an open file's number, too
        if isinstance(path, int):
            return
        try:
            text = os.path.abspath(os.fsdecode(path))  # noqa: PTH100 - at each look: the least that works
        except (TypeError, OSError):
            return
        self.seen[text] = max(how, self.seen.get(text, THERE))
        if there is not None and self.there.setdefault(text, there) != there:
            self.torn.add(text)
