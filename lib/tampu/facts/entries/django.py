"""What a Django project says: its settings name the callable."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tampu.facts.entries import files
from tampu.facts.entries.chosen import well_known
from tampu.facts.entries.files import INIT, inside, is_file, join
from tampu.facts.entries.model import Entry, Kind
from tampu.facts.entries.modules import Unparsable
from tampu.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tampu.facts.entries.modules import Module, Modules

SETTINGS = re.compile(r"""DJANGO_SETTINGS_MODULE["'][\])]?\s*[,=]\s*["'](?P<name>\w+(?:\.\w+)*)["']""")
VALUE = re.compile(
    r"""(?P<key>[AW]SGI_APPLICATION)\s*(?::[^=]+)?=\s*["'](?P<module>\w+(?:\.\w+)*)\.(?P<name>\w+)["']"""
)
ASYNCHRONOUS = re.compile(r"""^[^#]*["'](channels|daphne)["']""")
WSGI, ASGI, CHANNELS = "WSGI_APPLICATION", "ASGI_APPLICATION", "channels"
# Looked into where a package of settings says nothing itself.
PARTS = ("production", "prod", "base", "common", "settings")


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A setting that names a callable, and where."""

    app: str = ""
    module: str = ""
    evidence: str = ""


def django(modules: Modules, folder: str) -> Entry | None:
    """`folder` is where manage.py is."""
    text = "\n".join(files.lines(files.read(modules.folder / folder / "manage.py") or b""))
    named = SETTINGS.search(text)
    settings = named["name"] if named else ""
    said = _said(modules, settings, folder, set())
    if WSGI not in said and ASGI not in said:
        for part in PARTS:
            said = _said(modules, f"{settings}.{part}", folder, set()) | said
    return _from_settings(modules, said, folder) or _from_files(modules, settings, folder)


def _from_settings(modules: Modules, said: Mapping[str, Said], folder: str) -> Entry | None:
    there = {key: each for key, each in said.items() if any(modules.places(each.module, folder))}
    asgi = ASGI in there and (CHANNELS in said or WSGI not in there)
    chosen = there.get(ASGI if asgi else WSGI)
    if not chosen:
        return None
    kind = Kind.ASGI if asgi else Kind.WSGI
    return Entry(kind=kind, app=chosen.app, path=(folder,), evidence=chosen.evidence)


def _from_files(modules: Modules, settings: str, folder: str) -> Entry | None:
    """`wsgi.py` beside the settings, or else in a package beside manage.py; then the same with `asgi.py`."""
    parts = settings.split(".")[:-1]
    beside = [join(folder, "/".join(parts[:end])) for end in range(len(parts), 0, -1)]
    others = [join(folder, each.name) for each in inside(modules.folder / folder) if is_file(each / INIT)]
    paths = [f"{each}/{name}" for name in ("wsgi.py", "asgi.py") for each in (*beside, *others)]
    return next(
        (entry for module in map(modules.parsed, paths) if module and (entry := well_known(modules, module))), None
    )


def _said(modules: Modules, name: str, folder: str, seen: set[str]) -> dict[str, Said]:
    """What that module says, or the modules that it imports all names of."""
    path = next(iter(modules.places(name, folder)), "")
    if not path or path in seen:
        return {}
    seen.add(path)
    try:
        module = modules.parsed(path)
    except Unparsable:
        module = None
    if not module:
        return {}
    said: dict[str, Said] = {}
    for star in module.scope.stars:
        said |= _said(modules, star, folder, seen)
    return said | dict(_own(module))


def _own(module: Module) -> Iterator[tuple[str, Said]]:
    for number, line in enumerate(module.lines, start=1):
        value = VALUE.match(line.strip())
        if value:
            app = f"{value['module']}:{value['name']}"
            yield value["key"], Said(app=app, module=value["module"], evidence=module.evidence(number))
        elif ASYNCHRONOUS.match(line):
            yield CHANNELS, Said()
