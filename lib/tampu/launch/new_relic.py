"""New Relic's agent around the app, where dotcloud.yml asks for it and a licence is there."""

from __future__ import annotations

import os
from importlib import import_module
from typing import TYPE_CHECKING, Any

from refusal import say

if TYPE_CHECKING:
    from collections.abc import Mapping

# A file of the agent's settings may name the licence too.
LICENCES = ("NEW_RELIC_LICENSE_KEY", "NEW_RELIC_CONFIG_FILE")


def watches(stack: Mapping[str, Any], environ: Mapping[str, str]) -> bool:
    if not stack.get("newrelic"):
        return False
    licensed = any(environ.get(name) for name in LICENCES)
    if not licensed:
        say(
            f"dotcloud.yml has enable_newrelic, and {LICENCES[0]} is not set: the app runs without New Relic.\n"
            "Set it to your licence key, or take enable_newrelic away."
        )
    return licensed


def options(home: str) -> dict[str, object]:
    """What uWSGI has to be told: the agent sends what it has seen from a thread of its own."""
    entry = os.path.join(home, ".tampu", "launch", "watched_entry.py")
    return {"wsgi-file": entry, "enable-threads": True, "single-interpreter": True}


def agent() -> Any:  # noqa: ANN401 - a module of the app's environment
    """Ready to watch: before anything of the app is imported."""
    found = import_module("newrelic.agent")
    found.initialize()
    return found
