"""What runs on the host, sent anew with each connection: these files, one after the other, as one program."""

from __future__ import annotations

import functools
import re
import zlib
from pathlib import Path

HERE = Path(__file__).parent
# Each after those that it needs.
PARTS = (
    *("places", "holding", "tasks", "removing", "making"),
    *("copying", "compiling", "program", "watcher", "supervisor", "beginning", "shown"),
    *("changes", "cleaning", "interpreters", "answers", "serving"),
)
FILES = (HERE.parent / "links" / "wire.py", *(HERE / f"{part}.py" for part in PARTS))
# Each finds in the whole what it imports of the others; what only type checkers read stays here.
AMONG_THEMSELVES = re.compile(
    r"^from (tampu\.remote\S+|__future__) import .*\n|^if TYPE_CHECKING:\n(    .*\n|\n(?=    ))*", re.MULTILINE
)
# What is for people stays here, too: remarks, and docstrings that are not all of a body.
FOR_PEOPLE = re.compile(r'^ *#.*\n|^( *)"""[^"]*"""\n(?=\n*\1\S)', re.MULTILINE)
TOO_OLD = 93
# One line that any Python and any shell reads. It waits for all of the program, and for not a byte more.
STARTER = (
    "import os,sys,zlib;"
    "sys.version_info<(3,8)and(os.write(2,sys.version.split()[0].encode()),os._exit({too_old}));"
    'b=[b""];'
    "[b.append(os.read(0,{size}-sum(map(len,b)))or sys.exit())for _ in iter(lambda:sum(map(len,b))<{size},False)];"
    'exec(compile(zlib.decompress(b"".join(b)),"tampu-agent","exec"),dict(__name__="__main__"))'
)


@functools.cache
def packed() -> bytes:
    """The agent as it is sent."""
    parts = [FOR_PEOPLE.sub("", AMONG_THEMSELVES.sub("", path.read_text(encoding="utf-8"))) for path in FILES]
    return zlib.compress("\n".join(("from __future__ import annotations", *parts)).encode(), 9)


def starter() -> str:
    """What the host's Python is to run before the agent comes on its stdin."""
    return STARTER.format(too_old=TOO_OLD, size=len(packed()))
