"""The script that a call names. It loads little: for all that is wrong with a call nobody is to wait."""

from __future__ import annotations

from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING

from tampu.errors import TampuError
from tampu.facts.entries.files import inside
from tampu.remote.call.options import PACK
from tampu.remote.packages.kept import CONF

if TYPE_CHECKING:
    from tampu.remote.call.here import Here

MAIN = "__main__.py"


class NoScript(TampuError):
    reason = "remote::no-script"
    exit_code = 2

    def __init__(self, named: str, found: str, todo: str) -> None:
        super().__init__(
            title=f"{named} is no script",
            found=found,
            expected="a file with a Python program",
            todo=todo,
        )


def from_script(here: Here) -> bool:
    """And not from a package that was made before."""
    return not here.call.steps or PACK in here.call.steps


def script_of(here: Here) -> Path:
    named = here.call.words[0]
    script = here.cwd / named
    if script.is_dir():
        if (script / CONF).is_file():
            raise NoScript(named, "a package that was made before", f"Run it with `tampu remote -SR {named}`.")
        todo = "Name the file in it that is to be run."
        main = f"Name the file in it: {Path(named, MAIN)}" if (script / MAIN).is_file() else todo
        raise NoScript(named, "a folder", main)
    if not script.exists():
        near = get_close_matches(script.name, (each.name for each in inside(script.parent)), 1)
        todo = f"Did you mean {Path(named).with_name(near[0])}?" if near else "Look at its name, and at where you are."
        raise NoScript(named, f"nothing of that name in {script.parent}", todo)
    if not script.is_file():
        raise NoScript(named, "no plain file", "Write the program into a file first.")
    return script
