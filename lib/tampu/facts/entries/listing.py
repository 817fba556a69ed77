"""Where to look for what answers requests: the files of an app in the order in which they are asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tampu.facts.entries.files import INIT, TOP, inside, is_file, is_folder, join

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NAMED = ("app.py", "main.py", "application.py", "server.py", "api.py", "web.py", "asgi.py", "run.py")
IN_PACKAGES = (INIT, "wsgi.py", *NAMED)
NEVER = frozenset({"conftest.py", "setup.py", "manage.py"})
FOREIGN = frozenset(
    {
        *("tests", "test", "testing", "docs", "doc", "examples", "example", "samples", "migrations", "alembic"),
        *("node_modules", "site_packages", "scripts", "bench", "benchmarks", "build", "dist", "bin"),
    }
)
MARK_OF_A_VENV = "pyvenv.cfg"
LAST = len(NAMED) + len(IN_PACKAGES)


def listed(folder: Path, roots: tuple[str, ...]) -> Iterator[tuple[int, str]]:
    """Each with its rank: those of the same rank are equals. Two levels, no deeper."""
    tops = [(root, entry) for root in roots for entry in inside(folder / root) if _ours(entry)]
    for root, entry in tops:
        if is_file(entry) and entry.suffix == ".py":
            yield (NAMED.index(entry.name) if entry.name in NAMED else LAST), join(root, entry.name)
        elif is_folder(entry) and join(root, entry.name) not in roots and not is_file(entry / MARK_OF_A_VENV):
            for number, name in enumerate(IN_PACKAGES):
                if is_file(entry / name):
                    yield len(NAMED) + number, join(root, f"{entry.name}/{name}")


def is_top(path: str, roots: tuple[str, ...]) -> bool:
    return (path.rpartition("/")[0] or TOP) in roots


def _ours(entry: Path) -> bool:
    name = entry.name.removesuffix(".py")
    if not name.isidentifier() or entry.name in NEVER or name in FOREIGN:
        return False
    return not name.startswith(("test_", ".")) and not name.endswith("_test")
