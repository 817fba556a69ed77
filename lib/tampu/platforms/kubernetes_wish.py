"""What somebody wants of a cluster, and the forms in which it is said."""

from __future__ import annotations

import re

from tampu.errors import TampuError
from tampu.facts.excerpt import SENTENCE, excerpt
from tampu.platforms.image_names import LONGEST_NAME, in_cluster
from tampu.values import dataclass

MOST = 10_000
LABEL = "[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
HOST = re.compile(rf"(?=.{{1,253}}$)(?:\*\.)?{LABEL}(?:\.{LABEL})*")
KEPT = re.compile(rf"(?=.{{1,253}}$){LABEL}(?:\.{LABEL})*")
MEMORY = re.compile("[1-9][0-9]{0,6}(?:Mi|Gi)")
CPU = re.compile(r"[1-9][0-9]{0,5}m|[1-9][0-9]{0,2}")


class BadOption(TampuError):
    reason = "kubernetes::bad-option"
    exit_code = 2

    def __init__(self, option: str, text: str, expected: str) -> None:
        super().__init__(
            title=f"A cluster does not take this {option}",
            found=f"{option} {excerpt(text, SENTENCE)}",
            expected=expected,
            todo="Give it in that form, or leave it out: `tampu deploy kubernetes --help` says what it is then.",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """`config` and `secret` are None for those that need not be there."""

    name: str
    image: str
    host: str | None = None
    replicas: int = 2
    most: int = 10
    memory: str = "512Mi"
    cpu: str = "250m"
    drain: int = 8
    config: str | None = None
    secret: str | None = None


def name(option: str, text: str) -> str:
    if in_cluster(text) != text:
        raise BadOption(option, text, f"at most {LONGEST_NAME} small letters, digits and hyphens, a letter first")
    return text


def number(option: str, text: str, *, least: int) -> int:
    if not (text.isascii() and text.isdigit() and least <= int(text[:6]) <= MOST and len(text) < 6):  # noqa: PLR2004
        raise BadOption(option, text, f"a number from {least} to {MOST}")
    return int(text)


def memory(option: str, text: str) -> str:
    return _formed(MEMORY, option, text, "an amount of memory, such as 512Mi or 2Gi")


def cpu(option: str, text: str) -> str:
    return _formed(CPU, option, text, "CPUs, such as 2, or thousandths of one, such as 250m")


def host(option: str, text: str) -> str:
    return _formed(HOST, option, text, "a name of the DNS in small letters, such as shop.example.org")


def kept(option: str, text: str | None) -> str | None:
    return text and _formed(KEPT, option, text, "the name of an object in the cluster, such as shop-settings")


def _formed(form: re.Pattern[str], option: str, text: str, expected: str) -> str:
    if not form.fullmatch(text):
        raise BadOption(option, text, expected)
    return text
