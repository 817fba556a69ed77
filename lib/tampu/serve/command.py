"""`tampu serve`: what a config of PasteDeploy describes, served."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from tampu.serve import options

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from tampu.serve.options import Call
    from tampu.serve.program import Program
    from tampu.world.console import Console

    Become = Callable[[Path, list[str], dict[str, str]], NoReturn]


def main(argv: Sequence[str], environ: Mapping[str, str], say: Console, become: Become = os.execve) -> int:
    call = options.read(argv, Path.cwd())
    if call.verbosity < 1:
        say.hush()
    # What only asks, or ends, needs nothing of the app.
    if call.verb in {options.STATUS, options.STOP}:
        from tampu.serve import verbs

        return verbs.tell_status(call, say) if call.verb == options.STATUS else verbs.stop_it(call, say)
    from tampu.serve import program

    made = program.of(call, environ, say)
    if call.verb:
        return _in_the_background(call, made, say)
    from tampu.serve import foreground

    return foreground.serve(call, made, say, become)


def _in_the_background(call: Call, program: Program, say: Console) -> int:
    from tampu.serve import verbs

    begin = verbs.start_it if call.verb == options.START else verbs.restart_it
    return begin(call, program, say)
