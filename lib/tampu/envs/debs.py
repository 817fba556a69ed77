"""What packages of a distribution need to work in a folder other than the root."""

from __future__ import annotations

import os
import re
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from tampu.world import files

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

OF_USR = ("bin", "sbin", "lib", "lib32", "lib64", "libx32")
NOT_FOR_APPS = ("usr/share/info", "usr/share/lintian", "usr/share/man")
IN_USR = re.compile(r"(^\w+=|-[IL])/usr(?=/|$)", re.MULTILINE)

LOOP = re.compile(r"\bfor (\w+) in ([\w. +-]+); do\b")
VARIABLE = re.compile(r"\$\{?(\w+)\}?")
PLAIN = re.compile(r"(?:/[\w.+~@:-]{1,100})+", re.ASCII)
ALTERNATIVE = re.compile(r"--(?:install|slave)\s+(/usr/\S+)\s+\S+\s+(/usr/\S+)")


def tidy(root: Path, scripts: Iterable[str] = ()) -> None:
    """Let what was unpacked there be found there: in one usr/, by its usual names, by links and by pkg-config."""
    for name in OF_USR:
        if (root / name).is_dir():
            _merge(root / name, root / "usr" / name)
            files.remove(root / name)
    for name in NOT_FOR_APPS:
        files.remove(root / name)
    for script in scripts:
        for name, target in alternatives(script):
            _also_call(root / target, root / name)
    for link in _links(root):
        _lead_inside(link, root)
    for description in root.glob("usr/**/pkgconfig/*.pc"):
        if not description.is_symlink():
            _name_itself(description, root)


def alternatives(script: str) -> Iterator[tuple[str, str]]:
    """The usual names that a package's script would give to its programs, as `convert` to convert-im6: link, target."""
    text = script.replace("\\\n", " ")
    loops = {name: words.split() for name, words in LOOP.findall(text)}
    for link, target in ALTERNATIVE.findall(text):
        named = VARIABLE.search(link)
        for word in loops.get(named[1], ()) if named else ("",):
            values = VARIABLE.sub(word, link), VARIABLE.sub(word, target)
            if all(PLAIN.fullmatch(value) and ".." not in value.split("/") for value in values):
                yield values[0].lstrip("/"), values[1].lstrip("/")


def _also_call(target: Path, name: Path) -> None:
    if target.exists() and not os.path.lexists(name):
        # Who has a file where a folder is needed has no use for the name.
        with suppress(FileExistsError, NotADirectoryError):
            name.parent.mkdir(parents=True, exist_ok=True)
            name.symlink_to(os.path.relpath(target, name.parent))


def _merge(source: Path, destination: Path) -> None:
    destination.mkdir(parents=True, exist_ok=True)
    for entry in tuple(source.iterdir()):
        place = destination / entry.name
        if entry.is_dir() and not entry.is_symlink():
            _merge(entry, place)
        else:
            files.remove(place)
            entry.rename(place)


def _links(root: Path) -> Iterator[Path]:
    for folder, folders, names in os.walk(root):
        yield from (place for name in (*folders, *names) if (place := root / folder / name).is_symlink())


def _lead_inside(link: Path, root: Path) -> None:
    """A link to what came along leads there; one to what didn't leads to the machine's own, if it has it."""
    # Two slashes at its beginning would stay two.
    target = Path("/", os.path.normpath(link.parent / link.readlink()).lstrip("/"))
    path = target.relative_to(root if target.is_relative_to(root) else "/")
    if path.parts and path.parts[0] in OF_USR:
        path = "usr" / path
    if os.path.lexists(root / path):
        _relink(link, os.path.relpath(root / path, link.parent))
    elif os.path.exists("/" / path):  # noqa: PTH110 - a name that is too long is nobody's
        _relink(link, str("/" / path))


def _relink(link: Path, target: str) -> None:
    if str(link.readlink()) != target:
        link.unlink()
        link.symlink_to(target)


def _name_itself(description: Path, root: Path) -> None:
    text = description.read_text(encoding="utf-8", errors="surrogateescape")
    steps = os.path.relpath(root / "usr", description.parent)
    renamed = IN_USR.sub(lambda found: f"{found[1]}${{pcfiledir}}/{steps}", text)
    description.write_text(renamed, encoding="utf-8", errors="surrogateescape")
