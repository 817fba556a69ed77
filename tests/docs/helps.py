"""What `--help` says of all commands, for tests that hold the pages against it."""

from __future__ import annotations

import io
import re
import sys
from contextlib import redirect_stdout, suppress

import pytest

from tampu import cli

NAME = re.compile(r"^ {2,4}([a-z][a-z-]+)(?: |$)", re.MULTILINE)
ROW = re.compile(r"^ {2,6}(-.*?)(?: {2}|$)", re.MULTILINE)
OPTION = re.compile(r"(?<![\w-])--?[a-zA-Z][\w-]*")
ALWAYS = {"-h", "--help"}


class Helps:
    """What `--help` says of a command, of one of its actions, and of tampu itself: each asked once."""

    def __init__(self) -> None:
        self._told: dict[tuple[str, ...], str] = {}

    def of(self, *names: str) -> str:
        if names not in self._told:
            said = io.StringIO()
            with pytest.MonkeyPatch.context() as patch, redirect_stdout(said):
                patch.setattr(sys, "argv", ["tampu", *names, "--help"])
                with suppress(SystemExit):
                    assert cli.main() == 0
            self._told[names] = said.getvalue()
        return self._told[names]

    def names(self, words: list[str]) -> tuple[str, ...]:
        """As many of these words as are names of a command and of its action."""
        found: tuple[str, ...] = ()
        while len(words) > len(found) and words[len(found)] in NAME.findall(self.of(*found)):
            found = (*found, words[len(found)])
            if found == ("exe",):
                break
        return found

    def options(self, *names: str) -> set[str]:
        """All spellings of what such a command may be told."""
        return {option for row in ROW.findall(self.of(*names)) for option in OPTION.findall(row)} - ALWAYS
