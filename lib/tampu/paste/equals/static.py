"""Files of a folder: `egg:Paste#static`."""

from __future__ import annotations

import mimetypes
import os
import stat
from email.utils import formatdate, parsedate_to_datetime
from typing import TYPE_CHECKING
from wsgiref.util import FileWrapper

from tampu.paste.equals.wsgi import answer

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from tampu.paste.equals.wsgi import App, Environ, Headers, StartResponse

INDEX = "index.html"
READING = frozenset({"GET", "HEAD"})
PIECE = 1 << 16


def make_app(_global_conf: Mapping[str, str], document_root: str, cache_max_age: str = "") -> App:
    root = os.path.realpath(document_root)
    age = [("Cache-Control", f"max-age={int(cache_max_age)}")] if cache_max_age else []

    def serve(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        if environ["REQUEST_METHOD"] not in READING:
            return answer(start_response, "405 Method Not Allowed", [("Allow", "GET, HEAD")])
        asked = environ.get("PATH_INFO", "").encode("latin-1").decode("utf-8", "surrogateescape")
        path = os.path.realpath(os.path.join(root, asked.lstrip("/").replace("\0", "")))
        if os.path.isdir(path):
            if not asked.endswith("/"):
                return answer(start_response, "301 Moved Permanently", [("Location", _with_slash(environ))])
            path = os.path.realpath(os.path.join(path, INDEX))
        # A link that leads out of the folder is a way out as ".." is.
        if os.path.commonpath([root, path]) != root or not os.path.isfile(path):
            return answer(start_response, "404 Not Found")
        return _file(path, age, environ, start_response)

    return serve


def _file(path: str, age: Headers, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
    try:
        file = open(path, "rb")  # noqa: SIM115 - the server closes it
    except OSError:
        return answer(start_response, "403 Forbidden")
    known = os.fstat(file.fileno())
    kind, encoding = mimetypes.guess_type(path)
    tag = f'"{known.st_mtime_ns:x}-{known[stat.ST_SIZE]:x}"'
    headers = [("Last-Modified", formatdate(known.st_mtime, usegmt=True)), ("ETag", tag), *age]
    if _is_known(environ, tag, int(known.st_mtime)):
        file.close()
        start_response("304 Not Modified", headers)
        return []
    headers += [("Content-Type", kind or "application/octet-stream"), ("Content-Length", str(known.st_size))]
    headers += [("Content-Encoding", encoding)] if encoding else []
    start_response("200 OK", headers)
    if environ["REQUEST_METHOD"] == "HEAD":
        file.close()
        return []
    wrapped: Iterable[bytes] = environ.get("wsgi.file_wrapper", FileWrapper)(file, PIECE)
    return wrapped


def _is_known(environ: Environ, tag: str, changed: int) -> bool:
    tags, since = environ.get("HTTP_IF_NONE_MATCH"), environ.get("HTTP_IF_MODIFIED_SINCE", "")
    if tags is not None:
        return tag in tags or tags.strip() == "*"
    try:
        return bool(since) and changed <= int(parsedate_to_datetime(since).timestamp())
    except (ValueError, TypeError):
        return False


def _with_slash(environ: Environ) -> str:
    from wsgiref.util import request_uri

    return request_uri(environ, include_query=False) + "/"
