"""What every error of tampu has: a title, advice, a machine name and an exit code."""

from __future__ import annotations

from typing import ClassVar


class TampuError(Exception):
    """Something a person can mend: `advice` says what was found, what was expected and what to do."""

    reason: ClassVar[str]
    exit_code: ClassVar[int] = 1

    def __init__(self, *, title: str, advice: str) -> None:
        super().__init__(title)
        self.title = title
        self.advice = advice.strip("\n")

    def as_text(self) -> str:
        return f"Error: {self.title}\n\n{self.advice}\n\n({self.reason})\n"


class OurFault(TampuError):
    """A failure that no user can mend: a bug of tampu."""

    reason = "internal::unexpected"
    exit_code = 70

    def __init__(self, error: BaseException, log: str) -> None:
        super().__init__(
            title="tampu failed in a way that it should not",
            advice=(
                f"Found:    {type(error).__name__}: {error}\n"
                "Expected: no input makes tampu fail like this; it is our fault, not yours.\n\n"
                f"The whole traceback is in {log}.\n"
                "Please open an issue with it. Building again may help if a disk or network was at fault."
            ),
        )
