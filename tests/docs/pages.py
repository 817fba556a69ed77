"""What stands on the pages as commands: whole ones, which somebody may type, and forms, with gaps for what is meant."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

HOUSE = Path(__file__).resolve().parents[2]
# Written by a program, which `.ci/run` tries; what was; and from there on a page whose rows its own test runs.
WRITTEN = HOUSE / "docs" / "bench.md"
FORMER = HOUSE / "CHANGELOG.md"
ROWS = {"docs/serve.md": "\n## Line by line\n"}

FENCE = re.compile(r"^ *```(?P<language>\w*)\n(?P<text>.*?)^ *```", re.MULTILINE | re.DOTALL)
INDENTED = re.compile(r"(?<=\n\n)(?:    \S.*\n)+")
SPAN = re.compile(r"`([^`\n]+)`")
REMARK = re.compile(r"\s+#.*")
SETTINGS = re.compile(r'(?:[A-Z_]+=(?:"[^"]*"|\S+) )+')
GAP = re.compile(r"<[^ ]|[…\[\]|]|\.\.\.|\b[A-Z][A-Z_]+\b")
OURS = re.compile(
    r"(?:(?:bin/)?tampu|bin/\w[\w-]*|tests/run|tests/fuzz/full|\.ci/run|vendor/\w+|bench/\w+|docs/picture|"
    r"\./\w+\.ini)(?= |$)"
)
OTHERS = re.compile(
    r"(?:git|go|cf|dokku|pack|docker|podman|buildah|kubectl|export|mv|cp|ls|cat|chmod|touch|kill|curl|pip|python3?|journalctl|"
    r"systemctl|supervisorctl|nginx|/tmp/\S+) "
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """As it is typed, without what stands before or behind it for readers."""

    page: str
    text: str
    block: bool = False
    form: bool = False

    @property
    def words(self) -> list[str]:
        """Those of our own program, from its name on."""
        return _start(self.text).split(" -- ")[0].split()


def commands() -> tuple[Command, ...]:
    pages = {*HOUSE.glob("*.md"), *(HOUSE / "docs").glob("*.md"), *HOUSE.glob("examples/*/*.md")} - {WRITTEN, FORMER}
    return tuple(command for page in sorted(pages) for command in _of(page))


def _of(page: Path) -> Iterator[Command]:
    name = page.relative_to(HOUSE).as_posix()
    text = page.read_text(encoding="utf-8").partition(ROWS.get(name, "\0"))[0]
    prose = FENCE.sub("", text)
    blocks = [fence["text"] for fence in FENCE.finditer(text) if fence["language"] in {"", "sh"}]
    for block in (*blocks, *INDENTED.findall(prose)):
        for line in _typed(block):
            ours = bool(OURS.match(_start(line)))
            yield Command(page=name, text=line, block=True, form=ours and _has_gap(line))
    for span in SPAN.findall(prose):
        if " " in _start(span) and OURS.match(_start(span)):
            yield Command(page=name, text=span, form=_has_gap(span))


def _typed(block: str) -> list[str]:
    """Its commands; none if it shows something else."""
    lines = [REMARK.sub("", line.strip()) for line in block.splitlines()]
    shown = [line.removeprefix("$ ") for line in lines if line.startswith("$ ")]
    typed = [line for line in shown or lines if OURS.match(_start(line)) or OTHERS.match(_start(line))]
    return typed if shown or lines[:1] == typed[:1] else []


def _start(text: str) -> str:
    """From the program's name on."""
    return SETTINGS.sub("", text.removeprefix("sudo "), count=1)


def _has_gap(text: str) -> bool:
    return bool(GAP.search(re.sub(r"'[^']*'", "", _start(text))))
