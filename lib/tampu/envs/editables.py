"""Editable and local installs: their absolute paths become relative, so that the app can be moved with them."""

from __future__ import annotations

import json
import os
import re
from typing import TYPE_CHECKING

from tampu.errors import TampuError
from tampu.world import files

if TYPE_CHECKING:
    from pathlib import Path

    from tampu.envs.site import Distribution, Site

# PEP 610 wants an absolute address; this one is the same wherever the app is built.
NOWHERE = "file:///app"
# In an environment, the link by which editable projects are found: so these are the same on all platforms.
WAY = ".app"
FROM_LIBRARY = f"../../../{WAY}"
POINTERS = ("*.pth", "__editable__*.py")
POINTER = re.compile(r".*\.pth|__editable__.*\.py")
HERE = '__import__("os").path.realpath(__import__("os").path.join(__file__, "..", {relative!r}))'


class KeepsBuildPath(TampuError):
    reason = "environment::not-movable"

    def __init__(self, name: str, file: str) -> None:
        super().__init__(
            title=f"{name} can't be moved with the app",
            found=f"{file} holds the path of this build, in a way that can't be made relative",
            expected="an app that runs wherever it is moved",
            todo=f"Install {name} as it is instead of editable: write its folder without `-e`.",
        )


def settle_editables(site: Site, distribution: Distribution, app: Path, way: Path) -> None:
    relative = os.path.relpath(way, site.library)
    for name in (row[0] for row in distribution.rows() if POINTER.fullmatch(row[0])):
        path = site.library / name
        if not path.is_file():
            continue
        moved = _relative_pth if name.endswith(".pth") else _relative_finder
        moved(path, app, relative)
        if str(app) in path.read_text(encoding="utf-8"):
            raise KeepsBuildPath(distribution.name, path.name)
    _neutral_address(distribution, app)


def link_app(site: Site, app: Path) -> None:
    """The link is there while something needs it."""
    pointers = [path for pattern in POINTERS for path in site.library.glob(pattern)]
    files.remove(site.root / WAY)
    if any(FROM_LIBRARY in path.read_text(encoding="utf-8") for path in pointers):
        (site.root / WAY).symlink_to(os.path.relpath(app, site.root))


def _relative_pth(path: Path, app: Path, relative: str) -> None:
    lines = path.read_text(encoding="utf-8").splitlines()
    moved = [relative + line[len(str(app)) :] if _inside(line, app) else line for line in lines]
    if moved != lines:
        files.replace(path, "".join(f"{line}\n" for line in moved))


def _inside(line: str, app: Path) -> bool:
    return line == str(app) or line.startswith(f"{app}/")


def _relative_finder(path: Path, app: Path, relative: str) -> None:
    """Setuptools maps packages to folders in a module: each folder becomes an expression."""
    text = path.read_text(encoding="utf-8")
    literal = re.compile(rf"""(['"]){re.escape(str(app))}((?:/[^'"]*)?)\1""")
    files.replace(path, literal.sub(lambda match: HERE.format(relative=relative + match[2]), text))


def _neutral_address(distribution: Distribution, app: Path) -> None:
    path = distribution.info / "direct_url.json"
    if not path.is_file():
        return
    address = json.loads(path.read_text(encoding="utf-8"))
    prefix = app.as_uri()
    if address["url"] == prefix or address["url"].startswith(f"{prefix}/"):
        address["url"] = NOWHERE + address["url"][len(prefix) :]
        files.replace(path, json.dumps(address, sort_keys=True))
