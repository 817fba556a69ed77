"""A user's module as a syntax tree: read, and never imported."""

from __future__ import annotations

import ast
import warnings
from typing import TYPE_CHECKING

from tampu.errors import TampuError
from tampu.facts.entries import files
from tampu.facts.entries.newer import body_of
from tampu.facts.excerpt import SENTENCE, excerpt

if TYPE_CHECKING:
    from pathlib import Path


class Unparsable(TampuError):
    reason = "remote::unparsable"

    def __init__(self, shown: str, line: int, data: bytes) -> None:
        lines = files.lines(data)
        number = min(max(line, 1), len(lines))
        super().__init__(
            title=f"{shown} is not valid Python",
            found=f"line {number}: {excerpt(lines[number - 1], SENTENCE)}",
            expected="Python 3, in a file that the script imports or is",
            todo=(f"Mend that line of {shown}. This shows what is wrong with it:\n\n    python3 -m py_compile {shown}"),
        )


def parsed(path: Path, shown: str) -> ast.Module:
    """What only a newer Python than ours can read is left out, a statement at a time."""
    data = path.read_bytes()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.Module(body=list(body_of(data)), type_ignores=[])
    except SyntaxError as error:
        raise Unparsable(shown, error.lineno or 1, data) from error
    except (ValueError, RecursionError, MemoryError) as error:
        raise Unparsable(shown, 1, data) from error
