"""Poetry's own words for ranges of versions: https://python-poetry.org/docs/dependency-specification/."""

from __future__ import annotations

import re

BETWEEN = re.compile(r"[\s,]+")
SPACED = re.compile(r"([<>=!~^])\s+")
CARET_OR_TILDE = re.compile(r"([\^~])(?!=)([0-9]+(?:\.[0-9]+)*)(.*)$")


def allows(constraint: str, version: str) -> bool:
    """Whether one of the alternatives has this version in it; what can't be read forbids nothing."""
    from packaging.specifiers import InvalidSpecifier, SpecifierSet

    try:
        return any(
            SpecifierSet(_standard(alternative)).contains(version, prereleases=True)
            for alternative in re.split(r"\|\|?", constraint)
        )
    except InvalidSpecifier:
        return True


def _standard(alternative: str) -> str:
    """The same in the words of PEP 440."""
    words = BETWEEN.split(SPACED.sub(r"\1", alternative.strip()))
    return ",".join(_word(word) for word in words if word.strip("*"))


def _word(word: str) -> str:
    found = CARET_OR_TILDE.match(word)
    if not found:
        return f"=={word}" if word[0].isdigit() else re.sub(r"^=(?!=)", "==", word)
    operator, numbers = found[1], [int(number) for number in found[2].split(".")]
    fixed = next((at for at, number in enumerate(numbers) if number), len(numbers) - 1) if operator == "^" else 1
    bound = [*numbers[:fixed], numbers[fixed] + 1] if fixed < len(numbers) else [numbers[0] + 1]
    return f">={found[2]}{found[3]},<{'.'.join(str(number) for number in bound)}"
