"""What the server calls is named `application`, in the `wsgi.py` of the approot."""

import json
from pathlib import Path

from bottle import Bottle, template

application = Bottle()
PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>{{greeting}}</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/static/page.css">
<h1>{{greeting}}</h1>
<p>This is {{service}}. Some picture <a href="/static/nowhere.png">is not there</a>.</p>
"""


@application.get("/")
def home() -> str:
    environment = json.loads((Path.home() / "environment.json").read_text())
    return template(PAGE, greeting=environment["GREETING"], service=environment["DOTCLOUD_SERVICE_NAME"])
