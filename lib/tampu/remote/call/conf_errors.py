"""Why a configuration can't be used, in words."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

from tampu.errors import TampuError
from tampu.facts.excerpt import SENTENCE, excerpt

if TYPE_CHECKING:
    from collections.abc import Iterable

EXAMPLE = '{"host": "ubuntu@192.0.2.7", "depository": "tampu"}'


class BadConf(TampuError):
    reason = "remote::bad-conf"

    def __init__(self, shown: str, found: str, expected: str = f"a Python dict, such as {EXAMPLE}") -> None:
        super().__init__(
            title=f"{shown} is no configuration",
            found=found,
            expected=expected,
            todo=f"Mend {shown}. Nothing in it is ever run: only plain values count.",
        )


class UnknownKey(TampuError):
    reason = "remote::unknown-key"

    def __init__(self, shown: str, key: str, known: Iterable[str]) -> None:
        names = sorted(known)
        near = get_close_matches(key, names, n=1)
        mend = f"Write {near[0]} instead of it" if near else "Take it out"
        rows = [", ".join(names[at : at + 7]) for at in range(0, len(names), 7)]
        super().__init__(
            title=f"{shown} sets something that tampu doesn't know",
            found=excerpt(key),
            expected=",\n".join(rows),
            todo=f"{mend} in {shown}.",
        )


class BadValue(TampuError):
    reason = "remote::bad-value"

    def __init__(self, shown: str, key: str, found: object, expected: str) -> None:
        super().__init__(
            title=f"{shown} has a value of {key} that can't be",
            found=f"{key}: {_shown(found)}",
            expected=expected,
            todo=f"Mend it in {shown}, or leave {key} out there.",
        )


class RemoteWindows(TampuError):
    reason = "remote::windows"

    def __init__(self, shown: str, found: object) -> None:
        super().__init__(
            title="A host with Windows is not supported",
            found=f"host_sep: {_shown(found)} in {shown}",
            expected='"/", as on Linux; or no host_sep at all',
            todo=(
                "Scripts run on hosts with Linux, which may be the Windows machine's own (WSL, with an sshd in it).\n"
                f"Name such a host, and take host_sep out of {shown}."
            ),
        )


def _shown(value: object) -> str:
    try:
        return excerpt(repr(value), SENTENCE)
    except ValueError:
        # Python writes no number of thousands of digits.
        return "a number"
