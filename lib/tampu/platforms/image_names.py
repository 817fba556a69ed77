"""Names of images, and names that a cluster takes."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from typing import TYPE_CHECKING

from tampu.errors import TampuError
from tampu.facts.excerpt import SENTENCE, excerpt

if TYPE_CHECKING:
    from collections.abc import Iterable

PART = r"[a-z0-9]+(?:(?:\.|_{1,2}|-+)[a-z0-9]+)*"
HOST = r"(?:localhost|[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+|[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*:[0-9]+)/"
REFERENCE = re.compile(
    rf"(?:{HOST})?{PART}(?:/{PART})*(?::[A-Za-z0-9_][A-Za-z0-9_.-]{{0,127}})?(?:@sha256:[0-9a-f]{{64}})?"
)
LONGEST_NAME = 40
DIGEST = 6


class BadName(TampuError):
    reason = "image::bad-name"
    exit_code = 2

    def __init__(self, option: str, text: str) -> None:
        super().__init__(
            title=f"{option} is no name of an image",
            found=f"{option} {excerpt(text, SENTENCE)}",
            expected="a name in small letters, and a tag: shop:1.0, registry.example.org/team/shop:1.0",
            todo="Choose a name of that form.",
        )


def read_reference(option: str, text: str) -> str:
    if not REFERENCE.fullmatch(text):
        raise BadName(option, text)
    return text


def in_cluster(text: str, longest: int = LONGEST_NAME) -> str:
    """A name that any kind of object may have: small letters, digits and hyphens, a letter first."""
    letters = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    plain = re.sub("[^a-z0-9]+", "-", letters).strip("-")
    named = plain if plain[:1].isalpha() else f"app-{plain}"
    return named[:longest].strip("-")


def each_in_cluster(texts: Iterable[str], longest: int) -> dict[str, str]:
    """Such a name for each, and none twice: of those that look alike, the first has it, and the others a digest."""
    names: dict[str, str] = {}
    for text in texts:
        name = in_cluster(text, longest)
        if name in names.values():
            digest = hashlib.sha256(text.encode()).hexdigest()[:DIGEST]
            name = f"{name[: longest - DIGEST - 1].rstrip('-')}-{digest}"
        names[text] = name
    return names
