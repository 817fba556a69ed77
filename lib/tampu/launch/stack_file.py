"""`.tampu/stack.json`: what the build has decided."""

from __future__ import annotations

import json
import os
from typing import Any

from refusal import Refusal


def read(home: str) -> dict[str, Any]:
    path = os.path.join(home, ".tampu", "stack.json")
    try:
        with open(path, encoding="utf-8") as file:
            found = json.load(file)
    except (OSError, ValueError) as error:
        raise _unreadable(path, str(error)) from error
    if not isinstance(found, dict):
        raise _unreadable(path, "no object")
    return found


def _unreadable(path: str, why: str) -> Refusal:
    return Refusal("The app's build can't be read", f"{path}: {why}", "what tampu wrote", "Build the app again.")
