"""An app and filters as those of their time, in today's Python: they tell what they were told."""

import json
import logging

log = logging.getLogger(__name__)


class HTTPFound(Exception):
    """As WebOb's: an answer that is raised."""

    code = 302

    def __call__(self, environ, start_response):
        start_response("302 Found", [("Location", "/elsewhere"), ("Content-Length", "0")])
        return [b""]


def make_app(global_conf, **local_conf):
    def app(environ, start_response):
        path = environ["PATH_INFO"]
        log.info("asked for %s", path)
        if path == "/raise":
            raise HTTPFound
        if path == "/boom":
            raise LookupError("boom")
        if path == "/missing":
            start_response("404 Not Found", [("Content-Type", "text/plain")])
            return [b"missing"]
        told = {
            "global": global_conf,
            "local": local_conf,
            "script": environ["SCRIPT_NAME"],
            "path": path,
            "scheme": environ["wsgi.url_scheme"],
            "user": environ.get("REMOTE_USER"),
        }
        start_response("200 OK", [("Content-Type", "application/json")])
        return [json.dumps(told).encode()]

    return app


def make_auth(app, global_conf, user="ann", roles="", htpasswd=""):
    def known(environ, start_response):
        return app({**environ, "REMOTE_USER": f"{user} {roles}".strip()}, start_response)

    return known


def make_shout(global_conf, word="!"):
    def wrap(app):
        def loud(environ, start_response):
            return [piece + word.encode() for piece in app(environ, start_response)]

        return loud

    return wrap


def legacy(global_conf, **local_conf):
    return make_app(global_conf, legacy="yes", **local_conf)
