"""Names of files that templates give: they stay in the project, and out of what decides what runs there."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tampu.create.model import Values

GAP = re.compile(r"\+([A-Za-z_]\w*)\+")
CONTROL = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")
LONGEST = 200
BUILT_IN = {"dot": ".", "plus": "+"}
# A template that writes there would have its own commands run by the next `git status`, or rewrite our record.
TABOO = frozenset({".git", ".hg", ".svn", ".tampu", ".tampu-create"})


def filled(path: str, values: Values) -> str:
    """The path with its gaps filled in; a KeyError names what has no value."""
    known = {**BUILT_IN, **values}
    return GAP.sub(lambda gap: known[gap[1]], path)


def trouble(path: str) -> str:
    """Why no file of a template may be there, or nothing."""
    parts = path.split("/")
    if any(part in {"", ".", ".."} for part in parts) or "\\" in path or "\0" in path:
        return "it leads out of the project"
    if any(len(part.encode(errors="replace")) > LONGEST or CONTROL.search(part) for part in parts):
        return "no file can be called so"
    if any(part.lower() in TABOO for part in parts):
        return "what is in there is no template's to write"
    return ""
