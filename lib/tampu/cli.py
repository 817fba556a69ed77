"""The entry points: the only place that reads the process's own environment, and that turns errors into exit codes."""

from __future__ import annotations

import os
import sys

# Not typing's: importing that would double the time that `bin/detect` takes. Type checkers know the name.
TYPE_CHECKING = False

if TYPE_CHECKING:
    from collections.abc import Callable

    from tampu.errors import TampuError
    from tampu.world.console import Console


def detect() -> int:
    from tampu.facts.detect import is_python, refusal

    # A lifecycle starts it in the app's folder, names other folders, and takes any exit code but 100 for a fault.
    lifecycle = "CNB_BUILDPACK_DIR" in os.environ
    folder = os.getcwd() if lifecycle or not sys.argv[1:] else sys.argv[1]
    try:
        names = os.listdir(folder)
    except OSError as error:
        names = []
        folder = f"{folder} ({error.strerror})"
    if not is_python(names):
        sys.stderr.write("".join(f" !     {line}".rstrip() + "\n" for line in refusal(folder, names).splitlines()))
        return 100 if lifecycle else 1
    sys.stdout.write("Python\n")
    return 0


def compile_app() -> int:
    return _compile("compile")


def test_compile() -> int:
    return _compile("test-compile", "test", "dev")


def build() -> int:
    from tampu.platforms import cnb

    return _guarded(lambda say: cnb.build_app(cnb.read_call(sys.argv[1:], os.environ), os.environ, say))


def release() -> int:
    from tampu.platforms import classic

    return _guarded(lambda say: classic.release(sys.argv[1:], say))


def report() -> int:
    from tampu.platforms import classic

    return _guarded(lambda say: classic.report(sys.argv[1:], say))


def supply() -> int:
    from tampu.platforms import cloudfoundry as cf

    return _guarded(lambda say: cf.supply(cf.read_call(cf.SUPPLY, sys.argv[1:], os.environ), say))


def finalize() -> int:
    from tampu.platforms import cloudfoundry as cf

    return _guarded(lambda say: cf.finalize(cf.read_call(cf.FINALIZE, sys.argv[1:], os.environ), say))


def main() -> int:
    if sys.argv[1:2] == ["daemon"]:
        return _daemon()
    if sys.argv[1:2] == ["service"]:
        return _service()
    from tampu.platforms import local, people
    from tampu.world.console import PlainConsole

    screen = local.screen(os.environ, PlainConsole())

    def attempt(work: Callable[[], int]) -> int:
        return _guarded(lambda _: work(), say=screen)

    return _guarded(lambda say: people.main(sys.argv[1:], os.environ, say, attempt=attempt), say=screen)


def _daemon() -> int:
    from tampu.daemon import command

    return _guarded(lambda say: command.main(sys.argv[2:], os.environ, say))


def _service() -> int:
    from tampu.service import command

    return _guarded(lambda say: command.main(sys.argv[2:], os.environ, say))


def nginx_build() -> int:
    from tampu.platforms import nginx_build

    return _guarded(lambda say: nginx_build.main(sys.argv[1:], os.environ, say))


def python_build() -> int:
    from tampu.platforms import python_build

    return _guarded(lambda say: python_build.main(sys.argv[1:], os.environ, say))


def _compile(entry: str, *groups: str) -> int:
    from tampu.platforms import classic

    return _guarded(
        lambda say: classic.compile_app(classic.read_call(entry, sys.argv[1:]), os.environ, say, *groups),
        lambda error, say: classic.failed(classic.read_call(entry, sys.argv[1:]), error, say),
    )


def _guarded(
    work: Callable[[Console], int],
    failed: Callable[[TampuError, Console], None] | None = None,
    say: Console | None = None,
) -> int:
    from contextlib import suppress

    from tampu.errors import OurFault, TampuError
    from tampu.world.console import PlainConsole
    from tampu.world.files import disk_error, is_disks_fault

    say = say or PlainConsole()
    try:
        return work(say)
    except TampuError as error:
        fault: TampuError = error
    except KeyboardInterrupt:
        return 130
    except OSError as error:
        fault = disk_error(error) if is_disks_fault(error) else OurFault(error, _log(error))
    except Exception as error:  # noqa: BLE001 - the last net: whatever it is, a person gets a sentence and a log
        fault = OurFault(error, _log(error))
    say.error(fault)
    if failed and not fault.reason.startswith("usage::"):
        with suppress(OSError):  # a disk that let the build down may take no report either
            failed(fault, say)
    return fault.exit_code


def _log(error: Exception) -> str:
    """Where the whole story is."""
    import tempfile
    import traceback

    try:
        descriptor, path = tempfile.mkstemp(prefix="tampu-", suffix=".log")
    except OSError:
        traceback.print_exception(error)
        return "the lines above"
    with open(descriptor, "w", encoding="utf-8") as log:
        traceback.print_exception(error, file=log)
    return path
