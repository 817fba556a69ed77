"""The only place that asks: a person at a terminal."""

from __future__ import annotations

import getpass
import os
from typing import Protocol

from tampu.errors import TampuError


class NoAnswer(TampuError):
    reason = "terminal::no-answer"

    def __init__(self, question: str) -> None:
        super().__init__(
            title="A question was left without an answer",
            found=f"the end of the input at {question.strip()!r}",
            expected="an answer, and Enter",
            todo="Answer it, or call it with --no-interactive, which takes what is usual. Nothing was changed.",
        )


class Questions(Protocol):
    @property
    def answered(self) -> bool:
        """Whether anybody is there."""

    def ask(self, question: str) -> str:
        """What is answered in one line; nothing means what is usual."""

    def ask_secretly(self, question: str) -> str:
        """The same, without showing it."""


class Person:
    """Whoever sits at the terminal, if this runs at one."""

    @property
    def answered(self) -> bool:
        return os.isatty(0) and os.isatty(1)

    def ask(self, question: str) -> str:
        try:
            return input(question).strip()
        except EOFError as error:
            raise NoAnswer(question) from error

    def ask_secretly(self, question: str) -> str:
        try:
            return getpass.getpass(question)
        except EOFError as error:
            raise NoAnswer(question) from error


class Nobody:
    """No question is ever put to it."""

    @property
    def answered(self) -> bool:
        return False

    def ask(self, question: str) -> str:
        raise NoAnswer(question)

    def ask_secretly(self, question: str) -> str:
        raise NoAnswer(question)
