"""What supervisord loads of ours, under the name of a package that no Python of today can import any more."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from tampu.envs.scripts import ENTRY, TRAMPOLINE
from tampu.world import files
from tampu.world.console import Notice
from tampu.world.house import PACKAGE

if TYPE_CHECKING:
    from tampu.envs.site import Site
    from tampu.facts.requirements import Packages

LAUNCH = PACKAGE / "launch"
COMMAND = "supervisor_stdout"
MODULES = tuple(f"supervisor_{part}.py" for part in ("bonds", "door", "lines", "ready", "stdout", "watch"))
# On an older Python, supervisor is one that the app has for itself.
OLDEST = (3, 9)
REPLACED = "supervisor-stdout"


def add_supervision(site: Site) -> tuple[str, ...]:
    """Put it beside supervisor, where that is; say which modules there are now."""
    there = any(distribution.name == "supervisor" for distribution in site.distributions())
    if not there or site.series < OLDEST:
        return ()
    for name in MODULES:
        files.replace(site.library / name, (LAUNCH / name).read_text(encoding="utf-8"))
    script = ENTRY.format(trampoline=TRAMPOLINE, module=COMMAND, first="main", call="main")
    files.write(site.root, [files.File(path=f"bin/{COMMAND}", text=script, executable=True)])
    return MODULES


def digest_of_supervision() -> str:
    return hashlib.sha256(b"".join((LAUNCH / name).read_bytes() for name in MODULES)).hexdigest()


def replaced(packages: Packages) -> tuple[Notice, ...]:
    origins = sorted({each.origin for each in packages.requirements if each.name == REPLACED})
    text = (
        f"{REPLACED} is written for Python 2: tampu's own module of that name takes its place,\n"
        "prints the same lines, and loses none when there are many.\n"
        "supervisord.conf stays as it is; the requirement isn't needed any more."
    )
    return tuple(Notice(name="supervisor::stdout-replaced", text=f"{origin}: {text}") for origin in origins)
