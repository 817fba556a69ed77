"""How configs say yes and no."""

from __future__ import annotations

TRUE = frozenset({"true", "yes", "on", "y", "t", "1"})
FALSE = frozenset({"false", "no", "off", "n", "f", "0", ""})


def is_true(text: str) -> bool:
    return text.strip().lower() in TRUE


def is_false(text: str) -> bool:
    return text.strip().lower() in FALSE
