"""An app that is an attribute of an attribute of a module, under the name that uWSGI looks for."""

from __future__ import annotations

import os
from functools import reduce
from importlib import import_module
from typing import Any

HERE = os.path.dirname(os.path.abspath(__file__))


def find(stack: dict[str, Any]) -> Any:  # noqa: ANN401 - whatever the user made
    module, _, attributes = stack["app"].partition(":")
    found: Any = reduce(getattr, attributes.split("."), import_module(module))
    return found() if stack.get("factory") else found


def _stack() -> dict[str, Any]:
    import json

    with open(os.path.join(os.path.dirname(HERE), "stack.json"), encoding="utf-8") as file:
        decided: dict[str, Any] = json.load(file)
    return decided


application = find(_stack())
