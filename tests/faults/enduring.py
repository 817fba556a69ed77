"""The smallest app that can be hurt: it echoes what it is asked, and can be told to eat, or to talk at length."""

from __future__ import annotations

WSGI = """
import time


def application(environ, start_response):
    path, query = environ["PATH_INFO"], environ["QUERY_STRING"]
    status, body = "200 OK", f"{path}?{query}".encode()
    if path == "/slow":
        time.sleep(0.05)
    if path == "/eat":
        body = b"%d" % len([bytearray(b"x" * 1_000_000) for _ in range(int(query))])
    if path == "/long":
        body = b"x" * int(query)
    if path == "/taken":
        body = b"%d" % len(environ["wsgi.input"].read())
    start_response(status, [("Content-Type", "text/plain"), ("Content-Length", str(len(body)))])
    return [body]
"""
FILES = {"wsgi.py": WSGI, "requirements.txt": ""}
