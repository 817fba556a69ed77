"""Becomes a process of dotcloud.yml: `process.py NAME`."""

from __future__ import annotations

import os
import sys

import stack_file
from postinstall import shell
from refusal import Refusal, say, why
from run_folder import home


def line_of(home: str, name: str) -> str:
    known = stack_file.read(home).get("processes") or {}
    if name not in known:
        raise Refusal(
            "There is no process of that name",
            name or "no name",
            f"one of {', '.join(sorted(known))}" if known else "a process in dotcloud.yml, and there is none",
            "Name it in dotcloud.yml, commit that and build again.",
        )
    return str(known[name])


def main() -> int:
    try:
        place = home(os.environ)
        line = line_of(place, " ".join(sys.argv[1:]))
        os.chdir(os.path.join(place, "current"))
        os.execv(shell(), [shell(), "-c", line])  # noqa: S606 - the line of shell that its user wrote
    except Refusal as refusal:
        say(str(refusal))
    except OSError as error:
        say(f"{error.filename}: {why(error)}")
    return 1


if __name__ == "__main__":
    sys.exit(main())
