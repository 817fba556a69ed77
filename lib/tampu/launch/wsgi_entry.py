"""An app that uWSGI can't be told by a name of a module, under the name that it looks for, on any Python."""

# No annotations, for the oldest Pythons.
# ruff: noqa: ANN001, ANN201, ANN202
import os
import sys
from importlib import import_module
from operator import attrgetter

HERE = os.path.dirname(os.path.abspath(__file__))
LOGGERS = b"[loggers]"


def find(stack):
    # type: (dict[str, str]) -> object
    if stack.get("paste"):
        return described(os.path.abspath(stack["paste"]))
    module, _, attributes = stack["app"].partition(":")
    found = attrgetter(attributes)(import_module(module))
    return found() if stack.get("factory") else found


def described(ini):
    # type: (str) -> object
    """The main app of that ini, which may also say what becomes of the lines that are logged."""
    # What the app has itself is found before.
    sys.path.append(os.path.join(HERE, "standins"))
    deploy = import_module("paste.deploy")
    with open(ini, "rb") as file:
        logs = any(line.startswith(LOGGERS) for line in file)
    if logs:
        from logging.config import fileConfig

        known = {"here": os.path.dirname(ini), "__file__": ini}
        # Python 2 takes a value for what it is.
        sign = "%" if sys.version_info < (3,) else "%%"
        defaults = {name: value.replace("%", sign) for name, value in known.items()}
        fileConfig(ini, defaults=defaults, disable_existing_loggers=False)
    return deploy.loadapp("config:" + ini)


def _stack():
    # type: () -> dict[str, str]
    import json

    with open(os.path.join(os.path.dirname(HERE), "stack.json"), "rb") as file:
        return dict(json.loads(file.read().decode("utf-8")))


application = find(_stack())
