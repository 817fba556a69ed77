"""How uWSGI is told to serve the app: our options, where neither dotcloud.yml nor a variable says otherwise."""

from __future__ import annotations

import os
import re
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import new_relic
from refusal import Refusal
from run_folder import backlog, drain, number

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

VARIABLE = "UWSGI_"
INI_KEY = re.compile(r"^\s*([A-Za-z][\w-]*)\s*=", re.MULTILINE)
# Other names of an option that we set.
ALIASES = {
    "processes": ("workers",),
    "thunder-lock": ("lock-engine",),
    "disable-logging": ("log-master", "logger", "req-logger", "logformat", "log-format"),
    "enable-threads": ("threads",),
    "module": ("wsgi", "wsgi-file", "file", "mount", "manage-script-name", "paste", "ini-paste", "ini-paste-logged"),
    "chdir": ("chdir2",),
}
ALIASES["wsgi-file"] = ALIASES["paste"] = ("module", *ALIASES["module"])
# uWSGI would put something else in the place of these, wherever they stand.
EXPANDED = re.compile(r"[$@]\(")
MOST_PROCESSES = 1000
PROCESSES = 4


def options(stack: Mapping[str, Any], home: str, run: str, environ: Mapping[str, str]) -> list[str]:
    """In the order of precedence: each source overwrites what those before it said."""
    named = theirs(environ)
    chosen: dict[str, object] = {
        **_defaults(run, environ),
        **_app(stack, home, environ, named),
        **stack.get("uwsgi", {}),
        **_processes(stack, environ),
    }
    kept = {name: value for name, value in chosen.items() if named.isdisjoint((name, *ALIASES.get(name, ())))}
    words = [word for name, value in kept.items() for word in _words(name, value)]
    # Each is put before those that are there.
    folders = reversed(stack.get("path", ["."]))
    words += [word for folder in folders for word in ("--pythonpath", _below(home, folder))]
    words += ["--hook-pre-app", "unix_signal:15 end_me"]
    words += ["--hook-master-start", "unix_signal:15 gracefully_kill_them_all"]
    words += ["--hook-accepting1-once", 'exec:: >"$TAMPU_RUN/ready"']
    return [_literal(word) for word in words]


def theirs(environ: Mapping[str, str]) -> set[str]:
    """The options that the user's variables name, and those of a file that such a variable names."""
    named = {name[len(VARIABLE) :].lower().replace("_", "-") for name in environ if name.startswith(VARIABLE)}
    # What is wrong with the file, uWSGI says better.
    with suppress(OSError), open(environ.get("UWSGI_INI", ""), encoding="utf-8", errors="replace") as file:
        named |= set(INI_KEY.findall(file.read()))
    return named


def _defaults(run: str, environ: Mapping[str, str]) -> dict[str, object]:
    lazy = environ.get("UWSGI_LAZY_APPS", "").lower() in {"1", "true"}
    return {
        "master": True,
        "need-app": True,
        "no-orphans": True,
        "strict": True,
        "buffer-size": 8192,
        # Without it, the answer to a request whose body the app doesn't read is lost.
        "post-buffering": 65536,
        # Without it, uWSGI says that a pipe is closed into its log, even where that is the closed pipe: for ever.
        "ignore-sigpipe": True,
        "thunder-lock": True,
        # nginx logs the requests.
        "disable-logging": True,
        "listen": backlog(),
        "worker-reload-mercy": drain(environ),
        "touch-chain-reload" if lazy else "touch-reload": f"{run}/reload",
    }


def _app(stack: Mapping[str, Any], home: str, environ: Mapping[str, str], named: set[str]) -> dict[str, object]:
    chdir = {"chdir": os.path.join(home, "current")}
    if new_relic.watches(stack, environ):
        return {**chdir, **new_relic.options(home)}
    module, _, attribute = stack["app"].partition(":")
    if stack.get("paste") or ("." in attribute and "callable" not in named):
        # An ini's own logging and an attribute of an attribute are more than uWSGI can be told.
        return {**chdir, "wsgi-file": os.path.join(home, ".tampu", "launch", "wsgi_entry.py")}
    if "callable" in named:
        return {**chdir, "module": module}
    return {**chdir, "module": f"{module}:{attribute}{'()' if stack.get('factory') else ''}"}


def _processes(stack: Mapping[str, Any], environ: Mapping[str, str]) -> dict[str, int]:
    """What users set wins over dotcloud.yml, which wins over what fits into the container."""
    found = number(environ, "WEB_CONCURRENCY", PROCESSES, MOST_PROCESSES)
    by_user = environ.get("WEB_CONCURRENCY") and environ.get("WEB_CONCURRENCY_SET_BY") != "tampu"
    wanted = found if by_user else int(stack.get("uwsgi", {}).get("processes", found))
    least = environ.get("UWSGI_CHEAPER", "")
    known = least.isascii() and least.isdigit() and len(least) <= len(str(MOST_PROCESSES))
    return {"processes": max(wanted, int(least) + 1) if known else wanted}


def _below(home: str, path: str) -> str:
    return os.path.normpath(os.path.join(home, "current", path))


def _words(name: str, value: object) -> Iterable[str]:
    if value is True:
        return (f"--{name}",)
    return () if value is False else (f"--{name}", str(value))


def _literal(word: str) -> str:
    if EXPANDED.search(word):
        raise Refusal(
            "uWSGI can't be told of a path with $( or @( in it",
            word,
            "a path without them, as uWSGI would read something else there",
            "Rename that folder or file.",
        )
    return word
