"""Apps that answer with what they were asked for: one for WSGI, one for ASGI."""

from __future__ import annotations

WSGI = """
import sys
import time


def application(environ, start_response):
    path = environ["PATH_INFO"]
    body = f"{path}?{environ['QUERY_STRING']}".encode()
    if path == "/slow":
        time.sleep(0.05)
    if path == "/told":
        print("told", environ["QUERY_STRING"], flush=True)
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(len(body)))])
    return [body]
"""
ASGI = """
import asyncio


async def application(scope, receive, send):
    if scope["type"] == "lifespan":
        while True:
            message = await receive()
            await send({"type": message["type"] + ".complete"})
            if message["type"] == "lifespan.shutdown":
                return
    body = scope["path"].encode() + b"?" + scope["query_string"]
    if scope["path"] == "/slow":
        await asyncio.sleep(0.05)
    if scope["path"] == "/told":
        print("told", scope["query_string"].decode(), flush=True)
    headers = [(b"content-type", b"text/plain"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})
"""
APPS = {
    "WSGI": {"wsgi.py": WSGI, "requirements.txt": ""},
    "ASGI": {"asgi.py": ASGI, "requirements.txt": ""},
}
# What the command line of the app server has in it, for each.
SERVERS = {"WSGI": "uwsgi", "ASGI": "asgi_start"}
