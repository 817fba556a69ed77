"""The app with New Relic's agent around it, under the name that uWSGI looks for, on any Python."""

import os
import runpy
from importlib import import_module

agent = import_module("newrelic.agent")
agent.initialize()
# By its path: the names beside it are not for the app to import.
entry = os.path.join(os.path.dirname(os.path.abspath(__file__)), "wsgi_entry.py")
application = agent.WSGIApplicationWrapper(runpy.run_path(entry)["application"])
