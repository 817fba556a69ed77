"""Compiles the modules that a file names, for a prefix that may be moved and is never written to again."""

# Any Python since 2.7 runs this.
# ruff: noqa: ANN001, ANN201, UP024
import os
import py_compile
import re
import sys

AFFINITY = getattr(os, "sched_getaffinity", None)
WORKERS = len(AFFINITY(0)) if AFFINITY else os.sysconf("SC_NPROCESSORS_ONLN")
SETS = re.compile(b"\\bin\\s*\\{")


def unchecked(place, name):
    # type: (str, str) -> None
    # Equal sets become one or two, after what else this process has compiled: so have it see all their words before.
    with open(place, "rb") as source:
        text = source.read()
    _kept = compile(text, name, "exec", dont_inherit=True) if SETS.search(text) else None
    py_compile.compile(place, dfile=name, doraise=True, invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH)


def by_time(place, name):
    # type: (str, str) -> None
    """Bytecode of Pythons before 3.7 holds the time of its source: it is the same one in each build."""
    time = int(os.environ["SOURCE_DATE_EPOCH"])
    os.utime(place, (time, time))
    py_compile.compile(place, dfile=name, doraise=True)


def compile_all(prefix, names):
    # type: (str, list[str]) -> None
    compile_one = unchecked if hasattr(py_compile, "PycInvalidationMode") else by_time
    for name in names:
        try:
            compile_one(os.path.join(prefix, name), name)
        except (py_compile.PyCompileError, SyntaxError, OSError, IOError, ValueError, RuntimeError):
            # Packages carry templates and tests for other Pythons: they stay as they are.
            continue


def main():
    # type: () -> int
    prefix = sys.argv[1]
    decoded = getattr(os, "fsdecode", str)
    with open(sys.argv[2], "rb") as listing:
        names = [decoded(name) for name in listing.read().split(b"\0") if name]
    children = []
    for worker in range(WORKERS):
        child = os.fork()
        if child == 0:
            compile_all(prefix, names[worker::WORKERS])
            os._exit(0)
        children.append(child)
    return max(os.waitpid(child, 0)[1] for child in children)


sys.exit(main())
