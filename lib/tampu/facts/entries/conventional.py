"""`wsgi.py` with `application` in it, as dotCloud has asked for since its first days, and `asgi.py`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tampu.errors import TampuError
from tampu.facts.entries.chosen import well_known, what_is_there
from tampu.facts.entries.files import is_file

if TYPE_CHECKING:
    from tampu.facts.entries.model import Entry
    from tampu.facts.entries.modules import Module, Modules

WSGI_PY, ASGI_PY = "wsgi.py", "asgi.py"


class NoApplication(TampuError):
    reason = "entry::no-application"

    def __init__(self, module: Module) -> None:
        super().__init__(
            title=f"{module.path} has no application in it",
            found=what_is_there(module),
            expected="the name application, at the top level of the file",
            todo=(
                f"Call it so in {module.path}, such as `from shop import app as application`, commit it and\n"
                "build again. TAMPU_APP=module:callable names another one."
            ),
        )


def conventional(modules: Modules) -> Entry | None:
    if is_file(modules.folder / WSGI_PY):
        module = modules.parsed(WSGI_PY)
        entry = well_known(modules, module) if module else None
        if module and not entry:
            raise NoApplication(module)
        return entry
    module = modules.parsed(ASGI_PY)
    return well_known(modules, module) if module else None
