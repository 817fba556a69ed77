"""What an `if` says about where its blocks run, as the marker of a requirement would."""

from __future__ import annotations

import ast

# Each as a marker: "" where nothing is known, None where it never holds. The first if it is so, the second if not.
Sides = tuple[str | None, str | None]

UNKNOWN: Sides = ("", "")
NEVER: Sides = (None, "")
VARIABLES = {
    "sys.platform": "sys_platform",
    "os.name": "os_name",
    "platform.system": "platform_system",
    "platform.machine": "platform_machine",
    "platform.python_implementation": "platform_python_implementation",
}
FLAGS: dict[str, Sides] = {
    "TYPE_CHECKING": NEVER,
    "PY2": ('python_version < "3"', 'python_version >= "3"'),
    "PY3": ('python_version >= "3"', 'python_version < "3"'),
}
PLATFORMS = ("linux", "win32", "darwin", "cygwin", "aix", "emscripten", "wasi", "freebsd")
SIGNS: dict[type[ast.cmpop], tuple[str, str]] = {
    ast.Eq: ("==", "!="),
    ast.NotEq: ("!=", "=="),
    ast.GtE: (">=", "<"),
    ast.Lt: ("<", ">="),
    ast.Gt: (">", "<="),
    ast.LtE: ("<=", ">"),
}
# 3.8.1 is more than (3, 8) and no less: what is cut short compares as if it went on.
CUT_SHORT = {">": ">=", "<=": "<"}


def sides(test: ast.expr) -> Sides:
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        yes, no = sides(test.operand)
        return no, yes
    if isinstance(test, ast.BoolOp):
        parts = [sides(value) for value in test.values]
        if isinstance(test.op, ast.And):
            return both([yes for yes, _ in parts]), either([no for _, no in parts])
        return either([yes for yes, _ in parts]), both([no for _, no in parts])
    if isinstance(test, ast.Compare) and len(test.ops) == 1:
        return _compared(test.left, test.ops[0], test.comparators[0])
    return _starts(test) if isinstance(test, ast.Call) else _flag(test)


def _flag(test: ast.expr) -> Sides:
    if isinstance(test, ast.Constant):
        return ("", None) if test.value else NEVER
    return FLAGS.get(dotted(test).rpartition(".")[2], UNKNOWN)


def both(markers: list[str | None]) -> str | None:
    if None in markers:
        return None
    told = list(dict.fromkeys(marker for marker in markers if marker))
    return told[0] if len(told) == 1 else " and ".join(_enclosed(marker, " or ") for marker in told)


def either(markers: list[str | None]) -> str | None:
    possible = list(dict.fromkeys(marker for marker in markers if marker is not None))
    if not possible or "" in possible:
        return "" if possible else None
    return possible[0] if len(possible) == 1 else " or ".join(_enclosed(marker, " and ") for marker in possible)


def _enclosed(marker: str, weaker: str) -> str:
    return f"({marker})" if weaker in marker else marker


def dotted(node: ast.expr) -> str:
    """`a.b.c`, as it is written; empty for anything else."""
    names: list[str] = []
    while isinstance(node, ast.Attribute):
        names.append(node.attr)
        node = node.value
    return ".".join((node.id, *reversed(names))) if isinstance(node, ast.Name) else ""


def _variable(node: ast.expr) -> str:
    return VARIABLES.get(dotted(node.func if isinstance(node, ast.Call) else node), "")


def _starts(call: ast.Call) -> Sides:
    """`sys.platform.startswith("win")`."""
    named = isinstance(call.func, ast.Attribute) and call.func.attr == "startswith" and len(call.args) == 1
    if named and isinstance(call.func, ast.Attribute) and _variable(call.func.value) == "sys_platform":
        start = call.args[0].value if isinstance(call.args[0], ast.Constant) else None
        known = [name for name in PLATFORMS if isinstance(start, str) and name.startswith(start)]
        if known:
            yes = either([f'sys_platform == "{name}"' for name in known])
            return yes, both([f'sys_platform != "{name}"' for name in known])
    return UNKNOWN


def _compared(left: ast.expr, operator: ast.cmpop, right: ast.expr) -> Sides:
    name = _variable(left)
    if name and isinstance(operator, ast.In | ast.NotIn) and isinstance(right, ast.Tuple | ast.List | ast.Set):
        parts = [_compared(left, ast.Eq(), each) for each in right.elts]
        found = either([yes for yes, _ in parts]), both([no for _, no in parts])
        return found if isinstance(operator, ast.In) else (found[1], found[0])
    signs = SIGNS.get(type(operator))
    if not signs:
        return UNKNOWN
    if name and isinstance(right, ast.Constant) and isinstance(right.value, str) and '"' not in right.value:
        return f'{name} {signs[0]} "{right.value}"', f'{name} {signs[1]} "{right.value}"'
    return _version(left, signs, right)


def _version(left: ast.expr, signs: tuple[str, str], right: ast.expr) -> Sides:
    """`sys.version_info >= (3, 8)`, `sys.version_info[0] == 2`, `sys.version_info[:2] > (3, 8)`, `….major < 3`."""
    asked = dotted(left.value if isinstance(left, ast.Subscript) else left)
    if asked not in {"sys.version_info", "version_info", "sys.version_info.major"}:
        return UNKNOWN
    try:
        value = ast.literal_eval(right)
    except (ValueError, TypeError, SyntaxError):
        return UNKNOWN
    numbers = value if isinstance(value, tuple) else (value,)
    if not numbers or not all(type(number) is int for number in numbers):
        return UNKNOWN
    if len(numbers) == 1:
        return _major(numbers[0], signs)
    exact = isinstance(left, ast.Subscript)
    text = ".".join(str(number) for number in numbers[:3])
    variable = "python_version" if len(numbers) == len("XY") else "python_full_version"
    yes, no = (sign if exact else CUT_SHORT.get(sign, sign) for sign in signs)
    return f'{variable} {yes} "{text}"', f'{variable} {no} "{text}"'


def _major(number: int, signs: tuple[str, str]) -> Sides:
    """No Python is newer than 3: so a single number is a range."""
    older, newer = f'python_version < "{number}"', f'python_version >= "{number + 1}"'
    same = f'python_version >= "{number}"'
    known: dict[str, Sides] = {
        "==": (both([same, f'python_version < "{number + 1}"']), either([older, newer])),
        ">=": (same, older),
        ">": (newer, f'python_version < "{number + 1}"'),
    }
    if signs[0] in known:
        return known[signs[0]]
    yes, no = known[signs[1]]
    return no, yes
