"""An app that tells what it was asked: `egg:PasteScript#test`, `egg:Paste#test`."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING, Any

from tampu.paste.flags import is_true

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

PAGE = "<!DOCTYPE html>\n<title>Test</title>\n<h1>It works</h1>\n<table>\n{rows}</table>\n"
ROW = "<tr><th>{name}</th><td>{value}</td></tr>\n"


class OnRequest(Exception):
    """What `?error=…` asks for."""


def make_app(
    _global_conf: Mapping[str, str], text: str = "false", **_options: str
) -> Callable[[dict[str, Any], Callable[..., object]], list[bytes]]:
    plain = is_true(text)

    def tell(environ: dict[str, Any], start_response: Callable[..., object]) -> list[bytes]:
        if "error=" in environ.get("QUERY_STRING", ""):
            raise OnRequest("an error, as it was asked for")
        known = sorted((name, repr(value)) for name, value in environ.items())
        if plain:
            page, kind = "".join(f"{name}: {value}\n" for name, value in known), "text/plain"
        else:
            rows = "".join(ROW.format(name=html.escape(name), value=html.escape(value)) for name, value in known)
            page, kind = PAGE.format(rows=rows), "text/html"
        body = page.encode("utf-8", "replace")
        start_response("200 OK", [("Content-Type", f"{kind}; charset=utf-8"), ("Content-Length", str(len(body)))])
        return [body]

    return tell
