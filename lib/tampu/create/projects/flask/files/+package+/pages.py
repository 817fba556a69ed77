"""The pages."""

import platform

from flask import Blueprint, render_template

blueprint = Blueprint("pages", __name__)


@blueprint.get("/")
def home() -> str:
    return render_template("home.html", python=platform.python_version())


@blueprint.get("/hello/<name>")
def hello(name: str) -> dict[str, str]:
    return {"hello": name}
