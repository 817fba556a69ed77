"""The Pythons that a host has."""

from __future__ import annotations

import glob
import os
import re
import select
import time

from tampu.remote.links.wire import Kind, from_text, said

TYPE_CHECKING = False

if TYPE_CHECKING:
    from tampu.remote.agent.serving import Agent
    from tampu.remote.agent.tasks import Returns, Steps

PLACES = (
    *("/usr/bin", "/usr/local/bin", "/opt/*/bin", "/opt/python*/*/bin"),
    *("~/.local/bin", "~/.pyenv/versions/*/bin", "~/.local/share/uv/python/*/bin", "~/*conda*/bin"),
)
NAMED = re.compile(r"(python|pypy)3(\.\d+)?t?")
ASK = (
    "import sys,json;i=sys.implementation.name;v='%d.%d.%d'%sys.version_info[:3];"
    "print(json.dumps({'path':sys.executable,'version':v,'implementation':i}))"
)
GIVE_UP = 10.0


def finding(agent: Agent, channel: int) -> Steps:
    folders = [*os.environ.get("PATH", os.defpath).split(os.pathsep)]
    for place in PLACES:
        folders += sorted(glob.glob(os.path.expanduser(place)))
    found: dict[str, dict[str, str]] = {}
    seen: set[str] = set()
    for folder in folders:
        for name in sorted(os.listdir(folder)) if os.path.isdir(folder) else ():
            path = os.path.realpath(os.path.join(folder, name))
            if NAMED.fullmatch(name) and path not in seen and os.access(path, os.X_OK):
                seen.add(path)
                told = yield from answer_of(os.path.join(folder, name))
                if told.get("path"):
                    found.setdefault(os.path.realpath(told["path"]), told)
    agent.say(said(Kind.PYTHONS, channel, pythons=list(found.values())))


def answer_of(program: str) -> Returns:
    """What it says of itself; nothing if it doesn't."""
    out, end = os.pipe()
    pid = os.fork()
    if not pid:
        try:
            nothing = os.open(os.devnull, os.O_RDWR)
            for number, stream in enumerate((nothing, end, nothing)):
                os.dup2(stream, number)
            os.execv(program, [program, "-I", "-S", "-c", ASK])  # noqa: S606 - words, and no shell line
        finally:
            os._exit(1)
    os.close(end)
    told, data, until = b"", b"-", time.monotonic() + GIVE_UP
    while data and time.monotonic() < until:
        if select.select([out], [], [], 0)[0]:
            data = os.read(out, 4096)
            told += data
        else:
            yield 0.005
    os.close(out)
    if data:
        os.kill(pid, 9)
    os.waitpid(pid, 0)
    try:
        return from_text(told.decode()) if told else {}
    except ValueError:
        return {}
