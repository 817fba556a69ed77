"""How the command for people is called wrongly; who needs no more than that need not load what it can do."""

from __future__ import annotations

import argparse
from typing import NoReturn

from tampu.errors import TampuError


class Usage(TampuError):
    reason = "usage::command-line"
    exit_code = 2

    def __init__(self, message: str, usage: str) -> None:
        super().__init__(
            title="That is not a command line of tampu's",
            found=message,
            expected=usage,
            todo="`tampu --help` explains each command.",
        )


class Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise Usage(message, " ".join(self.format_usage().split()).removeprefix("usage: "))
