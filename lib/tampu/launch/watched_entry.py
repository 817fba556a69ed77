"""The app with New Relic's agent around it, under the name that uWSGI looks for, on any Python."""

# No annotations, for the oldest Pythons.
# ruff: noqa: ANN201
import json
import os
import runpy
from importlib import import_module

HERE = os.path.dirname(os.path.abspath(__file__))


def find():
    # type: () -> object
    with open(os.path.join(os.path.dirname(HERE), "stack.json"), "rb") as file:
        paste = json.loads(file.read().decode("utf-8")).get("paste")
    if paste:
        return import_module("paste.deploy").loadapp("config:" + os.path.abspath(paste))
    # By its path: the names beside it are not for the app to import.
    return runpy.run_path(os.path.join(HERE, "wsgi_entry.py"))["application"]


agent = import_module("newrelic.agent")
agent.initialize()
application = agent.WSGIApplicationWrapper(find())
