"""Commands of the environment: they find the interpreter beside them, wherever both are moved."""

from __future__ import annotations

import configparser
import io
import re
import tokenize
from typing import TYPE_CHECKING

from tampu.world import files

if TYPE_CHECKING:
    from pathlib import Path

    from tampu.envs.site import Distribution, Site

# sh reads the first two lines as a command; to Python they are a string that nobody uses.
START = """#!/bin/sh
'''exec' "$(dirname -- "$(realpath -- "$0")")/{python}" "$0" "$@"
' '''
"""
TRAMPOLINE = START.format(python="../../python/bin/python3")
# As installers write them; the second way is for paths that are too long for the first, or have a space in them.
FIRST_LINES = re.compile(rb"#!.*python.*\n|#!/bin/sh\n'''exec' .*python.*\n' '''\n")
ENTRY = """{trampoline}import sys

from {module} import {first}

if __name__ == "__main__":
    sys.exit({call}())
"""


def settle_scripts(site: Site, distribution: Distribution, trampoline: str = TRAMPOLINE) -> None:
    entries = _entry_points(distribution)
    programs = (site.root / "bin").resolve()
    for row in distribution.rows():
        # Most files are modules, and to resolve thousands of paths takes seconds.
        if not row[0].startswith(("..", "/")):
            continue
        path = (site.library / row[0]).resolve()
        if path.parent == programs and path.is_file():
            text = (
                _entry_script(entries[path.name], trampoline)
                if path.name in entries
                else _with_trampoline(path, trampoline)
            )
            if text is not None:
                files.replace(path, text, 0o755)


def spoken(trampoline: str) -> str:
    """Python 2 takes a text for ASCII unless it is told in one of the first two lines."""
    return trampoline.replace("\n", "\n# coding: utf-8\n", 1)


class Names(configparser.RawConfigParser):
    """An ini file whose names are taken as they are written."""

    def optionxform(self, optionstr: str) -> str:
        return optionstr


def _entry_points(distribution: Distribution) -> dict[str, str]:
    parser = Names(delimiters=("=",), strict=False)
    parser.read(distribution.info / "entry_points.txt", encoding="utf-8")
    groups = [group for group in ("console_scripts", "gui_scripts") if parser.has_section(group)]
    return {name: target for group in groups for name, target in parser.items(group)}


def _entry_script(target: str, trampoline: str) -> str:
    module, _, call = target.partition("[")[0].strip().partition(":")
    call = call.strip()
    return ENTRY.format(trampoline=trampoline, module=module.strip(), first=call.partition(".")[0], call=call)


def _with_trampoline(path: Path, trampoline: str) -> str | None:
    """A Python script with our first lines for the installer's; nothing if it is none, or no text."""
    data = path.read_bytes()
    head = FIRST_LINES.match(data)
    if not head:
        return None
    body = data[head.end() :]
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(body).readline)
        text = body.decode(encoding)
    except (SyntaxError, UnicodeDecodeError):
        return None
    return f"{trampoline if text.isascii() else spoken(trampoline)}{text}"
