"""A page that says where it runs."""

import platform

from flask import Flask, render_template

app = Flask(__name__)


@app.get("/")
def home() -> str:
    return render_template("home.html", python=platform.python_version())


@app.get("/hello/<name>")
def hello(name: str) -> dict[str, str]:
    return {"hello": name}
