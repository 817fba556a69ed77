"""An app that is an attribute of an attribute of a module, under the name that uWSGI looks for, on any Python."""

# No annotations, for the oldest Pythons.
# ruff: noqa: ANN001, ANN201, ANN202
import os
from importlib import import_module
from operator import attrgetter

HERE = os.path.dirname(os.path.abspath(__file__))


def find(stack):
    # type: (dict[str, str]) -> object
    module, _, attributes = stack["app"].partition(":")
    found = attrgetter(attributes)(import_module(module))
    return found() if stack.get("factory") else found


def _stack():
    # type: () -> dict[str, str]
    import json

    with open(os.path.join(os.path.dirname(HERE), "stack.json"), "rb") as file:
        return dict(json.loads(file.read().decode("utf-8")))


application = find(_stack())
