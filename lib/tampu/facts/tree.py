"""The app's files, read and never written."""

from __future__ import annotations

import codecs
from typing import TYPE_CHECKING

from tampu.errors import TampuError
from tampu.facts.excerpt import excerpt
from tampu.values import dataclass

if TYPE_CHECKING:
    from pathlib import Path

MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


class UnreadableText(TampuError):
    reason = "app::unreadable-text"

    def __init__(self, name: str, why: str) -> None:
        self.why = why
        super().__init__(
            title=f"{excerpt(name)} is not text",
            found=why,
            expected="text in UTF-8",
            todo=f"Save {excerpt(name)} as UTF-8, commit it and build again.",
        )


class OutsideTheApp(TampuError):
    reason = "app::outside"

    def __init__(self, name: str, origin: str) -> None:
        super().__init__(
            title=f"{excerpt(origin)} names a file outside the app",
            found=excerpt(name),
            expected="a file in the app's own folder",
            todo=f"Copy it into the app, write its new path in {excerpt(origin)},\ncommit both and build again.",
        )


@dataclass(frozen=True, slots=True)
class Tree:
    """A folder with an app in it."""

    root: Path

    def within(self, folder: str) -> Tree:
        """That folder of it, as an app of its own."""
        return Tree(self.root / folder)

    def has(self, name: str) -> bool:
        return (self.root / name).is_file()

    def data(self, name: str) -> bytes | None:
        path = self.root / name
        return path.read_bytes() if path.is_file() else None

    def read(self, name: str) -> str | None:
        """Its text, in the encoding that its first bytes declare, with plain line ends; None without a file."""
        data = self.data(name)
        if data is None:
            return None
        encoding = next((encoding for mark, encoding in MARKS if data.startswith(mark)), "utf-8")
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError as error:
            raise UnreadableText(name, f"byte {error.start} is not {encoding}") from error
        if "\0" in text:
            raise UnreadableText(name, "a zero byte, as in UTF-16 without its mark")
        return text.replace("\r\n", "\n").replace("\r", "\n")
