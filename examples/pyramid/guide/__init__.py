"""A page made with Pyramid."""

from pyramid.config import Configurator
from pyramid.request import Request
from pyramid.router import Router
from pyramid.view import view_config


def main(_global_config: dict[str, str], **settings: str) -> Router:
    with Configurator(settings=settings) as config:
        config.include("pyramid_jinja2")
        config.add_route("home", "/")
        config.add_static_view("static", "guide:static")
        config.scan(".")
    return config.make_wsgi_app()


@view_config(route_name="home", renderer="templates/home.jinja2")
def home(request: Request) -> dict[str, str]:
    return {"motto": request.registry.settings["guide.motto"]}
