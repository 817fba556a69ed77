"""The classes and functions of frameworks that make what answers requests."""

from __future__ import annotations

from tampu.facts.entries.model import Kind
from tampu.values import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Maker:
    """What calling it gives; see `Made`."""

    kind: Kind
    attribute: str = ""
    called: bool = False


WSGI = Maker(kind=Kind.WSGI)
ASGI = Maker(kind=Kind.ASGI)
# By the package that they come from and their own name: frameworks move them about within the package.
MAKERS = {
    "a2wsgi": {"ASGIMiddleware": WSGI, "WSGIMiddleware": ASGI},
    "apiflask": {"APIFlask": WSGI},
    "asgiref": {"WsgiToAsgi": ASGI},
    "blacksheep": {"Application": ASGI},
    "bottle": {"Bottle": WSGI, "default_app": WSGI, "app": WSGI},
    "channels": {"ProtocolTypeRouter": ASGI, "get_default_application": ASGI},
    "cherrypy": {"Application": WSGI, "Tree": WSGI, "mount": WSGI},
    "connexion": {"AsyncApp": ASGI, "FlaskApp": ASGI, "App": ASGI},
    "dash": {"Dash": Maker(kind=Kind.WSGI, attribute="server")},
    "engineio": {"ASGIApp": ASGI, "WSGIApp": WSGI, "Middleware": WSGI},
    "eve": {"Eve": WSGI},
    "falcon": {"App": WSGI, "API": WSGI},
    "fastapi": {"FastAPI": ASGI},
    "flask": {"Flask": WSGI},
    "flask_openapi3": {"OpenAPI": WSGI},
    "gradio": {"mount_gradio_app": ASGI},
    "litestar": {"Litestar": ASGI},
    "paste": {"loadapp": WSGI},
    "pyramid": {"get_app": WSGI},
    "quart": {"Quart": ASGI},
    "responder": {"API": ASGI},
    "sanic": {"Sanic": ASGI},
    "socketio": {"ASGIApp": ASGI, "WSGIApp": WSGI, "Middleware": WSGI},
    "spyne": {"WsgiApplication": WSGI},
    "starlette": {"Starlette": ASGI},
    "starlite": {"Starlite": ASGI},
    "tornado": {"WSGIAdapter": WSGI, "WSGIApplication": WSGI},
    "web": {"application": Maker(kind=Kind.WSGI, attribute="wsgifunc", called=True)},
    "werkzeug": {"DispatcherMiddleware": WSGI},
    "whitenoise": {"WhiteNoise": WSGI},
}
# Whatever package they come from.
ANYWHERE = {"get_wsgi_application": WSGI, "get_asgi_application": ASGI, "WSGIApplication": WSGI}
METHODS = {"make_wsgi_app": WSGI, "wsgifunc": WSGI, "http_app": ASGI, "streamable_http_app": ASGI}
OBJECTS = {"cherrypy.tree": WSGI}
DECORATORS = frozenset({"application", "responder", "wsgify"})
TELLING = tuple(
    {name.lower().encode() for names in (*MAKERS.values(), ANYWHERE, METHODS) for name in names} - {b"api", b"mount"}
)
VAGUE = (b"app", b"wsgi", b"asgi", b"environ")


def maker(qualified: str) -> Maker | None:
    """By its whole dotted name, as imports give it."""
    package, _, rest = qualified.partition(".")
    name = rest.rpartition(".")[2]
    if qualified == "falcon.asgi.App":
        return ASGI
    return MAKERS.get(package, {}).get(name) or ANYWHERE.get(name)


def telling(text: bytes) -> bool:
    """Whether a module may make one at all; most don't, and need not be parsed."""
    lowered = text.lower()
    return any(word in lowered for word in (*VAGUE, *TELLING))


def outspoken(text: bytes) -> bool:
    """Whether it names a framework."""
    return any(name.encode() in text for names in MAKERS.values() for name in names if name[:1].isupper())
