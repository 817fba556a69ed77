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


ERRANDS = ("points", "request", "post", "make-config", "setup-app")


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
    first = "exe" if _is_config(sys.argv[1:]) else "".join(sys.argv[1:2])
    rooms = {"daemon": _daemon, "service": _service, "serve": _serve, "create": _create}
    rooms |= {"exe": _config, "remote": _remote}
    rooms |= dict.fromkeys(ERRANDS, _errand)
    if first in rooms:
        return rooms[first]()
    from tampu.platforms import local, people
    from tampu.world.console import PlainConsole

    screen = local.screen(os.environ, PlainConsole())

    def attempt(work: Callable[[], int]) -> int:
        return _guarded(lambda _: work(), say=screen)

    return _guarded(lambda say: people.main(sys.argv[1:], os.environ, say, attempt=attempt), say=screen)


def _is_config(words: list[str]) -> bool:
    """Whether the kernel calls us for a file that begins with our name; no command is called as files are."""
    if not words or not {"/", "."} & set(words[0]):
        return False
    from tampu.serve import exe

    return exe.is_program(words[0])


def _config() -> int:
    from tampu.serve import exe

    def work(_: Console) -> int:
        sys.argv[1:] = exe.words([word for word in sys.argv[1:2] if word != "exe"] + sys.argv[2:])
        return main()

    return _guarded(work)


def _daemon() -> int:
    from tampu.daemon import command

    return _guarded(lambda say: command.main(sys.argv[2:], os.environ, say))


def _service() -> int:
    from tampu.service import command

    return _guarded(lambda say: command.main(sys.argv[2:], os.environ, say))


def _serve() -> int:
    from tampu.serve import command

    return _guarded(lambda say: command.main(sys.argv[2:], os.environ, say))


def _errand() -> int:
    from tampu.serve import errands

    return _guarded(lambda say: errands.main(sys.argv[1], sys.argv[2:], os.environ, say))


def _create() -> int:
    from tampu.create import command

    return _guarded(lambda say: command.main(sys.argv[2:], os.environ, say))


def _open_what_is_closed() -> None:
    """Else a connection would become our stdin, stdout or stderr, and the script's words would go there."""
    for end in range(3):
        try:
            os.fstat(end)
        except OSError:  # noqa: PERF203 - three times
            os.open(os.devnull, os.O_RDWR)


def _remote() -> int:
    from tampu.remote.quick.attempt import attempt

    _open_what_is_closed()
    trouble: BaseException | None = None
    try:
        done = attempt(sys.argv[2:], os.environ)
    except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001 - it is told as all others are
        done, trouble = None, error
    if done and not done[1].lost:
        # All is said and kept: to take down the interpreter piece by piece takes longer than the rest of our work.
        os._exit(done[1].exit_code)
    from tampu.remote import command
    from tampu.remote.runs.telling import told
    from tampu.world.console import PlainConsole

    def work(say: Console) -> int:
        if trouble:
            raise trouble
        return told(say, *done) if done else command.main(sys.argv[2:], os.environ, say)

    # Both streams are the script's: what is ours goes beside what it has to say to people.
    say = PlainConsole(out=sys.stderr, documents=sys.stdout)
    return _guarded(lambda _: work(say), say=say)


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

    say = say or PlainConsole()
    try:
        return work(say)
    except TampuError as error:
        fault: TampuError = error
    except KeyboardInterrupt:
        return 130
    except Exception as error:  # noqa: BLE001 - the last net: whatever it is, a person gets a sentence and a log
        fault = _machines_fault(error) or OurFault(error, _log(error))
    say.error(fault)
    if failed and not fault.reason.startswith("usage::"):
        with suppress(OSError):  # a disk that let the build down may take no report either
            failed(fault, say)
    return fault.exit_code


def _machines_fault(error: Exception) -> TampuError | None:
    from tampu.world.files import disk_error, is_disks_fault
    from tampu.world.memory import OutOfMemory, is_of_memory

    if is_of_memory(error):
        return OutOfMemory("tampu itself was given no more")
    return disk_error(error) if isinstance(error, OSError) and is_disks_fault(error) else None


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
