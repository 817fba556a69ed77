"""What happens at each boot before anything of the app starts."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from typing import Any

import dotcloud_environment
import links
import new_run
import old_home
import postinstall
import stack_file
from refusal import Refusal, say, why

NOT_FOUND = 127


def boot(home: str, run: str) -> None:
    decided = stack_file.read(home)
    approot = os.environ.get("APPROOT") or decided.get("approot") or "."
    links.lay(home, approot, os.environ.get("DEP_VERSION", ""))
    current = os.path.join(home, "current")
    old_home.link(home, current)
    if decided.get("dotcloud"):
        found = dotcloud_environment.values(os.environ, decided.get("environment", ()), _defaults(decided, home))
        dotcloud_environment.write(home, run, found)
    line = decided.get("postinstall") or ""
    if line or decided.get("dotcloud"):
        postinstall.run(line, current)


def _defaults(decided: dict[str, Any], home: str) -> dict[str, str]:
    return {
        "DOTCLOUD_PROJECT": os.path.basename(os.path.realpath(os.path.join(home, "code"))) or "app",
        "DOTCLOUD_ENVIRONMENT": "default",
        "DOTCLOUD_SERVICE_NAME": decided.get("service") or "www",
        "DOTCLOUD_SERVICE_ID": "0",
    }


def _failed(run: str, text: str) -> int:
    """Where this file is, nothing is started by supervisord."""
    say(text)
    with suppress(OSError), open(os.path.join(run, "failed"), "w", encoding="utf-8", errors="replace") as file:
        file.write(f"{text}\n")
    return 1


def main() -> int:
    home, run = os.environ.get("HOME", ""), os.environ.get("TAMPU_RUN", "")
    try:
        new_run.make(run, home)
    except Refusal as refusal:
        say(str(refusal))
        return 1
    try:
        boot(home, run)
    except Refusal as refusal:
        return _failed(run, str(refusal))
    except postinstall.Interrupted as signal:
        return _failed(run, f"postinstall was stopped by {signal}")
    except OSError as error:
        return _failed(run, f"{error.filename or home}: {why(error)}")
    return _go_on(sys.argv[1:])


def _go_on(words: list[str]) -> int:
    """Become the program that is to run now, if one is named: Dokku starts one program, and no line of shell."""
    if not words:
        return 0
    try:
        os.execvp(words[0], words)  # noqa: S606 - no shell is what it is for
    except OSError as error:
        say(f"{words[0]} can't be started: {why(error)}")
        return NOT_FOUND


if __name__ == "__main__":
    sys.exit(main())
