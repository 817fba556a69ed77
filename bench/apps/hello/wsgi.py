"""The least that a WSGI app can do, and a folder of static files beside it."""

HEADERS = [("Content-Type", "text/plain"), ("Content-Length", "13")]


def application(environ, start_response):
    start_response("200 OK", HEADERS)
    return [b"Hello, world\n"]
