"""Several apps, each below a path: `egg:Paste#urlmap`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tampu.paste.equals.wsgi import answer

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from tampu.paste.equals.wsgi import App, Environ, Loader, StartResponse

NOBODY = "404 Not Found"
USUAL_PORTS = {"http": "80", "https": "443"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    domain: str = ""
    port: str = ""
    path: str = ""

    @property
    def precision(self) -> tuple[bool, bool, int]:
        return bool(self.domain), bool(self.port), len(self.path)

    def is_at(self, host: str, port: str, path: str) -> bool:
        there = (not self.domain or self.domain == host) and (not self.port or self.port == port)
        return there and (path == self.path or path.startswith(f"{self.path}/") or not self.path)


def make_app(loader: Loader, global_conf: Mapping[str, str], **said: str) -> App:
    """`/path = app`, or `domain example.org port 8080 /path = app`."""
    name = said.pop("not_found_app", "") or global_conf.get("not_found_app", "")
    not_found = loader.get_app(name, global_conf=global_conf) if name else None
    apps = {read(text): loader.get_app(app, global_conf=global_conf) for text, app in said.items()}
    return URLMap(apps, not_found)


class URLMap:
    def __init__(self, apps: Mapping[Place, App], not_found: App | None = None) -> None:
        self._apps = sorted(apps.items(), key=lambda each: each[0].precision, reverse=True)
        self._not_found = not_found

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        said: str = environ.get("HTTP_HOST") or environ.get("SERVER_NAME", "")
        host, _, port = said.lower().partition(":")
        port = port or USUAL_PORTS.get(environ["wsgi.url_scheme"], "")
        path = environ.get("PATH_INFO", "")
        for place, app in self._apps:
            if place.is_at(host, port, path):
                below = {"SCRIPT_NAME": environ.get("SCRIPT_NAME", "") + place.path}
                return app({**environ, **below, "PATH_INFO": path[len(place.path) :]}, start_response)
        if self._not_found:
            return self._not_found({**environ, "paste.urlmap_object": self}, start_response)
        return answer(start_response, NOBODY)


def read(text: str) -> Place:
    found: dict[str, str] = {}
    words = iter(text.split())
    for word in words:
        name = word if word in {"domain", "port"} else "path"
        value = word if name == "path" else next(words, "")
        if not value or name in found:
            raise ValueError(f"{text!r} is no place for an app, such as '/path' or 'domain example.org port 80 /path'")
        found[name] = value
    # An address in one word says all of it.
    path = found.pop("path", "")
    if "://" in path:
        host, slash, path = path.partition("://")[2].partition("/")
        found["domain"], _, port = host.partition(":")
        found |= {"port": port} if port else {}
        path = slash + path
    return Place(**{**found, "domain": found.get("domain", "").lower()}, path=path.rstrip("/"))
