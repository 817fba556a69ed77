"""Which lines of a run are worth a person's screen: not how uWSGI and supervisord talk to themselves."""

from __future__ import annotations

import re

# What uWSGI says at each start and end, however well it goes.
UWSGI = (
    *(r"\*\*\* ", "compiled with version", "os: ", "nodename: ", "machine: ", "clock source: ", "pcre jit "),
    *("detected ", "current working directory: ", "uWSGI running as root", r"chdir\(\) to ", "your ", "lock engine: "),
    *("thunder lock: ", "uwsgi socket ", "Python version: ", "--- Python VM ", "Python main interpreter "),
    *("python threads support ", "setting request body ", "mapped ", "added ", 'running "', "WSGI app ", "spawned "),
    *(
        r"unable to stat\(\) \S+/reload",
        "Gracefully killing ",
        "goodbye to uWSGI",
        r".{24} - graceful shutdown ",
        "SIGINT",
    ),
    *("Paste INI ", "Loading paste environment", r"worker \d+ buried after "),
)
SUPERVISORD = ("spawned: ", "stopped: ", "received SIGTERM ")
NGINX = (r"\S+ \S+ \[notice\] ",)
CHATTER = re.compile(
    "|".join(
        rf"{name} \| (?:{'|'.join(beginnings)})"
        for name, beginnings in {"app stderr": UWSGI, "nginx stderr": NGINX, "supervisord": SUPERVISORD}.items()
    )
)


def worth_showing(line: str) -> bool:
    return not CHATTER.match(line)
