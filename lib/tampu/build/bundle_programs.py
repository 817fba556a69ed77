"""The programs of a bundle: Python, and nginx where there is something to serve."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from tampu.build.engine import carry_out_one
from tampu.build.steps.keeper import OLDEST, is_old
from tampu.envs import runtime
from tampu.envs.last_resort import OLDEST_FOR_TAMPU, bootstrap_pin, numbers
from tampu.envs.machine import Interpreter
from tampu.envs.nginx import Archive, Program
from tampu.envs.packing import pack
from tampu.errors import TampuError
from tampu.values import replace

if TYPE_CHECKING:
    from tampu.build.bundle_shelf import Shelf
    from tampu.build.model import Target
    from tampu.build.serving import Serving
    from tampu.build.steps.python import Decision
    from tampu.world.fetch import Pin


class NoRuntime(TampuError):
    reason = "bundle::no-runtime"

    def __init__(self, interpreter: Interpreter) -> None:
        super().__init__(
            title="The Python that can be had here can't be put into a bundle",
            found=f"{interpreter.path}, which belongs to this machine and can't leave it",
            expected="a Python of python-build-standalone, or of a mirror",
            todo=(
                "Make the bundle where these can be reached (see HTTPS_PROXY), or name a mirror that has one:\n\n"
                "    tampu bundle APP --mirror FOLDER-OR-ADDRESS"
            ),
        )


class OldPython(TampuError):
    reason = "bundle::old-python"

    def __init__(self, version: str) -> None:
        super().__init__(
            title=f"A bundle can't have all that an app on Python {version} needs",
            found=f"Python {version}",
            expected=f"Python {OLDEST} or newer",
            todo=(
                "Apps on older ones are built with a mirror, which has their Python and a newer one, and\n"
                "with an index of packages that can be reached: set TAMPU_MIRROR and PIP_INDEX_URL."
            ),
        )


def runtimes(decision: Decision, target: Target, shelf: Shelf) -> str:
    """The app's, and one for tampu itself where that is too old; tells the lines of the file bootstrap."""
    if is_old(decision.choice.version):
        raise OldPython(decision.choice.version)
    if isinstance(decision.chosen, Interpreter):
        raise NoRuntime(decision.chosen)
    own = decision.chosen
    _take(own, target, shelf)
    first = own if numbers(own.version) >= OLDEST_FOR_TAMPU else bootstrap_pin(target.machine, shelf.world)
    return f"{target.machine} {first.version} {_take(first, target, shelf).name} {first.sha256}\n"


def _take(pin: Pin, target: Target, shelf: Shelf) -> Path:
    return shelf.take(pin, target.machine, f"cpython-{pin.version}-{target.machine}.tar.gz")


def interpreter(decision: Decision, target: Target, scratch: Target, shelf: Shelf) -> Path:
    """The app's interpreter, to ask build backends with; for another kind of machine, the one that runs us."""
    if target.machine != os.uname().machine or isinstance(decision.chosen, Interpreter):
        return Path(sys.executable)
    here = replace(decision.chosen, url=_take(decision.chosen, target, shelf).as_uri())
    step = replace(decision.step, make=lambda work: runtime.install(here, work.place, work.world))
    return carry_out_one(step, scratch, shelf.world).path / "bin" / "python3"


def nginx(serving: Serving, target: Target, scratch: Target, shelf: Shelf) -> str:
    """Its version; none where nothing is served, or where the app or this tampu has one in its bin/."""
    source = serving.nginx
    if source is None or isinstance(source, Program):
        return ""
    name = f"nginx-{source.version}-{target.machine}.tar.gz"
    if isinstance(source, Archive):
        shelf.world.say.step("Collecting nginx")
        shelf.take(source.pin, target.machine, name)
    else:
        (step,) = serving.steps
        pack(carry_out_one(step, scratch, shelf.world).path, shelf.folder / name)
        shelf.note("nginx", source.version, target.machine, name)
    return source.version
