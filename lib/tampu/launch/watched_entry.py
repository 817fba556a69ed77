"""The app with New Relic's agent around it, under the name that uWSGI looks for."""

from __future__ import annotations

import json
import os
import runpy
from importlib import import_module
from typing import Any

HERE = os.path.dirname(os.path.abspath(__file__))


def find() -> Any:  # noqa: ANN401 - whatever the user made
    with open(os.path.join(os.path.dirname(HERE), "stack.json"), encoding="utf-8") as file:
        paste = json.load(file).get("paste")
    if paste:
        return import_module("paste.deploy").loadapp(f"config:{os.path.abspath(paste)}")
    # By its path: the names beside it are not for the app to import.
    return runpy.run_path(os.path.join(HERE, "wsgi_entry.py"))["application"]


agent = import_module("newrelic.agent")
agent.initialize()
application = agent.WSGIApplicationWrapper(find())
