"""Compiles the modules that a file names, for a prefix that may be moved and is never written to again."""

# Any Python since 2.7 runs this.
# ruff: noqa: ANN001, ANN201, SIM105, UP024
import marshal
import os
import py_compile
import re
import struct
import sys

try:
    from importlib import util
except ImportError:
    util = None  # type: ignore[assignment]

AFFINITY = getattr(os, "sched_getaffinity", None)
WORKERS = len(AFFINITY(0)) if AFFINITY else os.sysconf("SC_NPROCESSORS_ONLN")
SETS = re.compile(b"\\bin\\s*\\{([^{}]*\\})?")
CODE = type(compile("", "", "exec"))
# Bytecode tells whether somebody else in the process has a word. These are kept by the first who needs them, or by us.
LETTERS = [sys.intern(chr(number)) for number in range(256)] if hasattr(sys, "intern") else []
INDEX = struct.Struct("<I")
NEVER_CHECKED = INDEX.pack(1)


def unchecked(place, name):
    # type: (str, str) -> None
    with open(place, "rb") as source:
        text, mode = source.read(), os.fstat(source.fileno()).st_mode
    _kept = words_of_sets(text, name)
    code = compile(text, name, "exec", dont_inherit=True)
    held = []  # type: list[object]
    hold(code, held)
    kept = util.cache_from_source(place)
    try:
        os.mkdir(os.path.dirname(kept))
    except FileExistsError:
        pass
    # Bytecode that came with a package may be a link to what others have, too.
    new = os.open(kept + ".new", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, (mode | 0o200) & 0o666)
    with os.fdopen(new, "wb") as file:
        file.write(util.MAGIC_NUMBER + NEVER_CHECKED + util.source_hash(text) + marshal.dumps(code))
    os.replace(kept + ".new", kept)


def words_of_sets(text, name):
    # type: (bytes, str) -> object
    """Equal sets become one or two, after what else this process has compiled: so it sees all their words before."""
    try:
        return [compile(b"0 in {" + found, name, "eval", dont_inherit=True) for found in SETS.findall(text)]
    except (SyntaxError, ValueError):
        return compile(text, name, "exec", dont_inherit=True)


def hold(value, held):
    # type: (object, list[object]) -> None
    """Every word has a second owner then, whoever else has it."""
    held.append(value)
    if isinstance(value, CODE):
        for part in (value.co_name, value.co_names, value.co_varnames, value.co_cellvars, value.co_freevars):
            hold(part, held)
        value = value.co_consts
    if isinstance(value, (tuple, frozenset)):
        for each in value:
            hold(each, held)


def by_time(place, name):
    # type: (str, str) -> None
    """Bytecode of Pythons before 3.7 holds the time of its source: it is the same one in each build."""
    time = int(os.environ["SOURCE_DATE_EPOCH"])
    os.utime(place, (time, time))
    py_compile.compile(place, dfile=name, doraise=True)


def compile_all(prefix, names, queue):
    # type: (str, list[str], int) -> None
    compile_one = unchecked if hasattr(util, "source_hash") else by_time
    for index in iter(lambda: os.read(queue, INDEX.size), b""):
        name = names[INDEX.unpack(index)[0]]
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
    # Who is done with a module takes the next one: a CPU may have others to serve, too.
    queue, more = os.pipe()
    children = []
    for _ in range(WORKERS):
        child = os.fork()
        if child == 0:
            os.close(more)
            compile_all(prefix, names, queue)
            os._exit(0)
        children.append(child)
    os.close(queue)
    for index in range(len(names)):
        os.write(more, INDEX.pack(index))
    os.close(more)
    return max(os.waitpid(child, 0)[1] for child in children)


sys.exit(main())
