"""What every error of tampu has: a title, advice, a machine name and an exit code."""

from __future__ import annotations

# Not typing's: see cli.py.
TYPE_CHECKING = False

if TYPE_CHECKING:
    from typing import ClassVar


LONGEST_LINE, MOST_LINES = 500, 200


def plain(text: str) -> str:
    """As any terminal may be shown it: what can't be seen is written out, and nothing goes on without an end."""
    first, *rest = text.split("\n", MOST_LINES)
    shown = [_visible(line) for line in (first, *rest[: MOST_LINES - 1])]
    return "\n".join((*shown, "...") if len(rest) == MOST_LINES else shown)


def _visible(line: str) -> str:
    start = line[: LONGEST_LINE + 1]
    if not start.isprintable():
        start = "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in start)
    return start if len(start) <= LONGEST_LINE else f"{start[: LONGEST_LINE - 3]}..."


def _hanging(text: str) -> str:
    return text.replace("\n", "\n" + " " * len("Expected: "))


class TampuError(Exception):
    """Something a person can mend: what was found, what was expected and what to do, together its `advice`."""

    reason: ClassVar[str]
    exit_code: ClassVar[int] = 1

    def __init__(self, *, title: str, found: str, expected: str, todo: str) -> None:
        super().__init__(title)
        self.title, self.found, self.expected, self.todo = title, found, expected, todo.strip("\n")

    @property
    def advice(self) -> str:
        return f"Found:    {_hanging(self.found)}\nExpected: {_hanging(self.expected)}\n\n{self.todo}".rstrip("\n")

    def as_text(self) -> str:
        return f"Error: {self.title}\n\n{self.advice}\n\n({self.reason})\n"


class OurFault(TampuError):
    """A failure that no user can mend: a bug of tampu."""

    reason = "internal::unexpected"
    exit_code = 70

    def __init__(self, error: BaseException, log: str) -> None:
        super().__init__(
            title="tampu failed in a way that it should not",
            found=f"{type(error).__name__}: {error}",
            expected="no input makes tampu fail like this; it is our fault, not yours.",
            todo=(
                f"The whole traceback is in {log}.\n"
                "Please open an issue with it. Building again may help if a disk or network was at fault."
            ),
        )
