"""The variables of a request as WSGI wants them, from those that front ends send."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import unquote_to_bytes

from tampu.paste.protocols.wire import Malformed

if TYPE_CHECKING:
    from collections.abc import Mapping

DEFAULTS = {"SERVER_NAME": "localhost", "SERVER_PORT": "80", "SERVER_PROTOCOL": "HTTP/1.0", "QUERY_STRING": ""}
SECURE = frozenset({"on", "1", "yes", "true"})


def completed(said: Mapping[str, str], script_name: str | None) -> dict[str, str]:
    """`script_name` is where the app is said to be; without it, the front end knows."""
    if not said.get("REQUEST_METHOD"):
        raise Malformed("a request without a method")
    query = said.get("REQUEST_URI", "").partition("?")[2]
    found = {**DEFAULTS, "QUERY_STRING": query, **{name: value for name, value in said.items() if value}}
    script, path = _place(said)
    if script_name is not None:
        script, path = _split(script + path, script_name.rstrip("/"))
    return {**found, "SCRIPT_NAME": script, "PATH_INFO": path}


def scheme(environ: Mapping[str, str]) -> str:
    return "https" if environ.get("HTTPS", "").lower() in SECURE else "http"


def _place(said: Mapping[str, str]) -> tuple[str, str]:
    script, path = said.get("SCRIPT_NAME", ""), said.get("PATH_INFO", "")
    # nginx's own list of parameters calls the whole path a script's name.
    if not path and script == said.get("DOCUMENT_URI"):
        return "", script
    if not path and script != _path(said):
        return _split(_path(said), script)
    return script, path


def _path(said: Mapping[str, str]) -> str:
    """Of what was asked for: a front end's own words for it are preferred, for it may have rewritten it."""
    path = said.get("REQUEST_URI", "").partition("?")[0]
    if path[:1] not in {"/", "*"}:
        path = "/" + path.partition("://")[2].partition("/")[2]
    return said.get("DOCUMENT_URI") or unquote_to_bytes(path.encode("latin-1")).decode("latin-1")


def _split(whole: str, script: str) -> tuple[str, str]:
    rest = whole[len(script) :]
    return (script, rest) if whole.startswith(script) and rest[:1] in {"", "/"} else ("", whole)
