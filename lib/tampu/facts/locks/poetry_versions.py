"""Poetry's own words for ranges of versions: https://python-poetry.org/docs/dependency-specification/."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

OR = re.compile(r"\|\|?")
BETWEEN = re.compile(r"[\s,]+")
SPACED = re.compile(r"([<>=!~^])\s+")
CARET_OR_TILDE = re.compile(r"([\^~])(?!=)([0-9]+(?:\.[0-9]+)*)(.*)$")


def allows(constraint: str, version: str) -> bool:
    """Whether one of the alternatives has this version in it; what can't be read forbids nothing."""
    from packaging.specifiers import InvalidSpecifier, SpecifierSet

    try:
        return any(
            SpecifierSet(",".join(map(_standard, words(alternative)))).contains(version, prereleases=True)
            for alternative in OR.split(constraint)
        )
    except InvalidSpecifier:
        return True


def words(alternative: str) -> Iterator[str]:
    """Its constraints, each an operator and a version; not `*`, which is none."""
    return (word for word in BETWEEN.split(SPACED.sub(r"\1", alternative.strip())) if word.strip("*"))


def _standard(word: str) -> str:
    """The same in the words of PEP 440."""
    found = CARET_OR_TILDE.match(word)
    if not found:
        return f"=={word}" if word[0].isdigit() else re.sub(r"^=(?!=)", "==", word)
    operator, numbers = found[1], [int(number) for number in found[2].split(".")]
    fixed = next((at for at, number in enumerate(numbers) if number), len(numbers) - 1) if operator == "^" else 1
    bound = [*numbers[:fixed], numbers[fixed] + 1] if fixed < len(numbers) else [numbers[0] + 1]
    return f">={found[2]}{found[3]},<{'.'.join(str(number) for number in bound)}"
