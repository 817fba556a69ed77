"""Compiles the modules that a file names, for a prefix that may be moved and is never written to again."""

import os
import py_compile
import sys

WORKERS = len(os.sched_getaffinity(0))


def compile_all(prefix: str, names: list[str]) -> None:
    for name in names:
        try:
            py_compile.compile(
                os.path.join(prefix, name),
                dfile=name,
                doraise=True,
                invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH,
            )
        except (py_compile.PyCompileError, OSError, ValueError, RecursionError):
            # Packages carry templates and tests for other Pythons: they stay as they are.
            continue


def main() -> int:
    prefix = sys.argv[1]
    with open(sys.argv[2], "rb") as listing:
        names = [os.fsdecode(name) for name in listing.read().split(b"\0") if name]
    children = []
    for worker in range(WORKERS):
        child = os.fork()
        if child == 0:
            compile_all(prefix, names[worker::WORKERS])
            os._exit(0)
        children.append(child)
    return max(os.waitpid(child, 0)[1] for child in children)


sys.exit(main())
