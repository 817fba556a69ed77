"""What one template of a package makes of these values, and what it does before and after."""

from __future__ import annotations

import base64
import importlib
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tampu.create.plugins import catalogue, filling
from tampu.create.plugins.standins import Command

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

LEFT_OUT = (".bak", ".pyc", ".pyo", "$py.class", "~")
FOLDERS_LEFT_OUT = ("CVS", "_darcs", "__pycache__")


def render(ask: Mapping[str, Any]) -> dict[str, Any]:
    try:
        template = catalogue.load(ask["name"], ask["package"])
        values = _values(template, ask["values"])
        template.pre(Command(simulate=True), ask["folder"], values)
        if ask["settled"]:
            values.update(_values(template, ask["values"]))
        files = list(_files(template, values))
    except Exception as error:  # noqa: BLE001 - told as the template's
        return {"broken": _told(error)}
    return {"broken": "", "files": files, "values": {name: str(value) for name, value in values.items()}}


def after(ask: Mapping[str, Any]) -> dict[str, Any]:
    try:
        template = catalogue.load(ask["name"], ask["package"])
        template.post(Command(simulate=False), ask["folder"], _values(template, ask["values"]))
    except Exception as error:  # noqa: BLE001 - told as the template's
        return {"broken": _told(error)}
    return {"broken": ""}


def _told(error: Exception) -> str:
    """The file of the template that it is about, if one is known."""
    return f"{getattr(error, 'place', '') or type(error).__name__}: {error}"


def _values(template: Any, given: Mapping[str, str]) -> dict[str, object]:  # noqa: ANN401 - a package's class
    """A default that is no text stays what it is, as long as nobody said otherwise."""
    usual = {each.name: each.default for each in template.vars or ()}
    return {
        name: usual[name] if str(usual.get(name, "")) == value and name in usual else value
        for name, value in given.items()
    }


def _files(template: Any, values: dict[str, object]) -> Iterator[list[object]]:  # noqa: ANN401 - likewise
    top = _folder(template)
    if getattr(template, "use_cheetah", False):
        raise ValueError("its files are for Cheetah, which is no more; ${name} is what can be filled in")
    for place, folders, names in os.walk(top):
        folders[:] = sorted(each for each in folders if each not in FOLDERS_LEFT_OUT and not each.startswith("."))
        for name in sorted(names):
            source = Path(place, name)
            if not name.startswith(".") and not name.endswith(LEFT_OUT):
                path = filling.name(source.relative_to(top).as_posix(), values)
                data = filling.body(source, values, template.template_renderer) if path.endswith("_tmpl") else None
                if data is not filling.SKIPPED:
                    made = source.read_bytes() if data is None else data
                    executable = bool(source.stat().st_mode & 0o100)
                    yield [path[:-5] if data is not None else path, base64.b64encode(made).decode(), executable]


def _folder(template: Any) -> Path:  # noqa: ANN401 - likewise
    said: str | tuple[str, str] = template.template_dir()
    if isinstance(said, tuple):
        package, path = said
        return Path(importlib.import_module(package).__file__ or "").parent / path
    folder = Path(said)
    if not folder.is_dir():
        raise FileNotFoundError(f"no folder {folder}")
    return folder
