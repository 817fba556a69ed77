"""The small text files that name a Python version and little else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tampu.errors import TampuError
from tampu.facts.excerpt import excerpt
from tampu.facts.python_version import EXAMPLE, Place, Request, exact_request, mend, unclear
from tampu.facts.tree import UnreadableText

if TYPE_CHECKING:
    from tampu.facts.tree import Tree

RUNTIME_TXT = Place(origin="runtime.txt", form="python-{}")
PYTHON_VERSION = Place(origin=".python-version", form="{}")
TOOL_VERSIONS = Place(origin=".tool-versions", form="python {}")


class Unreadable(TampuError):
    reason = "python-version::unreadable"

    def __init__(self, place: Place, why: str) -> None:
        wording = place.wording(EXAMPLE)
        super().__init__(
            title=f"{place.origin} can't be read",
            found=why,
            expected=f"one line of plain text, such as {wording}",
            todo=(
                "An editor may have saved it as UTF-16, or a shell: `>` does so in Windows PowerShell.\n"
                f"Save {place.origin} as UTF-8, commit it and build again. In a POSIX shell:\n\n"
                f"    printf '{wording}\\n' > {place.origin}"
            ),
        )


class Empty(TampuError):
    reason = "python-version::empty"

    def __init__(self, place: Place) -> None:
        super().__init__(
            title=f"{place.origin} names no version",
            found="nothing but blanks and comments",
            expected=f"one version, such as {place.wording(EXAMPLE)}",
            todo=f"{mend(place.origin, place.wording(EXAMPLE))}\n\nOr delete the file to get the default.",
        )


class Several(TampuError):
    reason = "python-version::several"

    def __init__(self, place: Place, texts: tuple[str, ...]) -> None:
        super().__init__(
            title=f"{place.origin} names several versions",
            found=excerpt(", ".join(texts)),
            expected="one version, the one that the app runs on",
            todo=mend(place.origin, excerpt(texts[0])),
        )


def runtime_txt(tree: Tree) -> tuple[Request, ...]:
    text = _read(tree, RUNTIME_TXT)
    if text is None:
        return ()
    wish = _only(RUNTIME_TXT, _lines(text))
    if not wish.startswith("python-"):
        raise unclear(RUNTIME_TXT, wish)
    return (exact_request(RUNTIME_TXT, wish.removeprefix("python-"), wish),)


def python_version_file(tree: Tree) -> tuple[Request, ...]:
    text = _read(tree, PYTHON_VERSION)
    if text is None:
        return ()
    wish = _only(PYTHON_VERSION, tuple(word for line in _lines(text) for word in line.split()))
    return (exact_request(PYTHON_VERSION, wish.removeprefix("python-"), wish),)


def tool_versions(tree: Tree) -> tuple[Request, ...]:
    """The first version in the first line for Python: asdf takes the others only where that one is not installed."""
    text = _read(tree, TOOL_VERSIONS)
    lines = (line.split() for line in _lines(text or ""))
    words = next((words for words in lines if words[0] == "python"), None)
    if words is None:
        return ()
    if len(words) == 1:
        raise Empty(TOOL_VERSIONS)
    return (exact_request(TOOL_VERSIONS, words[1], " ".join(words[:2])),)


def _read(tree: Tree, place: Place) -> str | None:
    try:
        return tree.read(place.origin)
    except UnreadableText as error:
        raise Unreadable(place, error.why) from error


def _lines(text: str) -> tuple[str, ...]:
    bare = (line.partition("#")[0].strip() for line in text.split("\n"))
    return tuple(line for line in bare if line)


def _only(place: Place, texts: tuple[str, ...]) -> str:
    if not texts:
        raise Empty(place)
    if len(texts) > 1:
        raise Several(place, texts)
    return texts[0]
