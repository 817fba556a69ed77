"""The entry points: the only place that reads the process's own environment, and that turns errors into exit codes."""

from __future__ import annotations

import os
import sys

# Not typing's: importing that would double the time that `bin/detect` takes. Type checkers know the name.
TYPE_CHECKING = False

if TYPE_CHECKING:
    from collections.abc import Callable

    from tampu.world.console import Console


def detect() -> int:
    from tampu.facts.detect import is_python, refusal

    folder = sys.argv[1] if len(sys.argv) > 1 else "."
    try:
        names = os.listdir(folder)
    except OSError as error:
        names = []
        folder = f"{folder} ({error.strerror})"
    if not is_python(names):
        sys.stderr.write("".join(f" !     {line}".rstrip() + "\n" for line in refusal(folder, names).splitlines()))
        return 1
    sys.stdout.write("Python\n")
    return 0


def compile_app() -> int:
    from tampu.platforms import classic

    return _guarded(lambda console: classic.compile_app(sys.argv[1:], os.environ, console))


def test_compile() -> int:
    from tampu.platforms import classic

    return _guarded(lambda console: classic.test_compile(sys.argv[1:], os.environ, console))


def release() -> int:
    from tampu.platforms import classic

    return _guarded(lambda console: classic.release(sys.argv[1:], console))


def report() -> int:
    from tampu.platforms import classic

    return _guarded(lambda console: classic.report(sys.argv[1:], console))


def main() -> int:
    from tampu.platforms import local

    return _guarded(lambda console: local.main(sys.argv[1:], os.environ, console))


def _guarded(work: Callable[[Console], int]) -> int:
    from tampu.errors import OurFault, TampuError
    from tampu.world.console import PlainConsole, Redactor

    console = PlainConsole(Redactor())
    try:
        return work(console)
    except TampuError as error:
        console.error(error)
        return error.exit_code
    except KeyboardInterrupt:
        return 130
    except Exception as error:  # noqa: BLE001 - the last net: whatever it is, a person gets a sentence and a log
        console.error(fault := OurFault(error, _log(error)))
        return fault.exit_code


def _log(error: Exception) -> str:
    import tempfile
    import traceback

    descriptor, path = tempfile.mkstemp(prefix="tampu-", suffix=".log")
    with open(descriptor, "w", encoding="utf-8") as log:
        traceback.print_exception(error, file=log)
    return path
