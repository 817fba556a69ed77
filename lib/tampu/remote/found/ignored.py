"""What .gitignore leaves out, as git reads it, and where no git is."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tampu.facts.entries import files
from tampu.values import dataclass, field

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NAME = ".gitignore"
REPOSITORY = ".git"
CLASS = re.compile(r"\[(?P<other>[!^]?)(?P<inner>\]?(?:\[:[a-z]+:\]|\\.|[^\]\\])*)\]")
NAMED = {
    "alnum": "a-zA-Z0-9",
    "alpha": "a-zA-Z",
    "blank": " \t",
    "digit": "0-9",
    "lower": "a-z",
    "space": r"\s",
    "upper": "A-Z",
    "xdigit": "0-9a-fA-F",
}
NEVER = "(?!)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """`path` is what it matches, from the folder of its file on; `keeps` those that begin with `!`."""

    path: re.Pattern[str]
    keeps: bool
    folders_only: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Ignored:
    """For what is below `root`; rules of the folders above count as far as the repository goes."""

    root: Path
    known: dict[Path, tuple[Rule, ...]] = field(default_factory=dict)

    def leaves_out(self, path: Path, *, folder: bool) -> bool:
        """Of a path whose folders stay: the last rule that fits decides, of the nearest file that has one."""
        for above in path.parents:
            for rule in reversed(self._rules(above)):
                if (folder or not rule.folders_only) and rule.path.fullmatch(path.relative_to(above).as_posix()):
                    return not rule.keeps
            if self._ends(above):
                break
        return False

    def _ends(self, folder: Path) -> bool:
        return (folder / REPOSITORY).exists()

    def _rules(self, folder: Path) -> tuple[Rule, ...]:
        if folder not in self.known:
            inner = folder == self.root or folder.is_relative_to(self.root) or self._in_repository()
            texts = [folder / REPOSITORY / "info" / "exclude", folder / NAME] if inner else []
            self.known[folder] = tuple(rule for text in texts for rule in rules(files.read(text) or b""))
        return self.known[folder]

    def _in_repository(self) -> bool:
        return any(self._ends(each) for each in (self.root, *self.root.parents))


def rules(data: bytes) -> Iterator[Rule]:
    for line in data.decode("utf-8-sig", errors="surrogateescape").split("\n"):
        text = re.sub(r"(?<!\\) +$", "", line.rstrip("\r"))
        if not text or text.startswith("#"):
            continue
        keeps = text.startswith("!")
        pattern = text[1:] if keeps else text
        bare = pattern.removesuffix("/")
        if bare:
            start = "" if "/" in bare else "(?:.*/)?"
            matched = re.compile(start + expression(bare.removeprefix("/")), re.DOTALL)
            yield Rule(path=matched, keeps=keeps, folders_only=pattern.endswith("/"))


def expression(pattern: str) -> str:
    """The same as a regular expression; what git can't read matches nothing."""
    made, at = "", 0
    while at < len(pattern):
        rest = pattern[at:]
        begins = at == 0 or pattern[at - 1] == "/"
        stars = len(rest) - len(rest.lstrip("*"))
        found = CLASS.match(rest)
        if stars >= 2 and begins and rest[stars:].startswith("/"):  # noqa: PLR2004 - two stars
            made, at = made + "(?:.*/)?", at + stars + 1
        elif stars >= 2 and begins and not rest[stars:]:  # noqa: PLR2004 - likewise
            made, at = made + ".+", at + stars
        elif stars:
            made, at = made + "[^/]*", at + stars
        elif rest[0] == "?":
            made, at = made + "[^/]", at + 1
        elif found:
            made, at = made + _one_of(found), at + found.end()
        elif rest[0] == "[" or rest == "\\":
            return NEVER
        else:
            escaped = rest[0] == "\\"
            made, at = made + re.escape(rest[escaped]), at + 1 + escaped
    return made


def _one_of(found: re.Match[str]) -> str:
    """A slash is in none of them."""
    inner, at = "", 0
    text = found["inner"]
    while at < len(text):
        named = re.match(r"\[:([a-z]+):\]", text[at:])
        if named:
            inner, at = inner + NAMED.get(named[1], ""), at + named.end()
        elif text[at] == "\\":
            inner, at = inner + re.escape(text[at + 1]), at + 2
        else:
            inner, at = inner + ("-" if text[at] == "-" else re.escape(text[at])), at + 1
    made = f"[{'^' if found['other'] else ''}{inner}]"
    try:
        re.compile(made)
    except re.error:
        return NEVER
    return f"(?!/){made}"
