"""Projects that `tampu create` has made, and what became of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tampu.create import record
from tampu.create.model import Made

if TYPE_CHECKING:
    from tests.kit.failures import Bench


def changed_by_both(bench: Bench) -> None:
    """Its door was red when it was made."""
    template = str(bench.app / "template")
    used = record.Used(name="template", address=template, version="")
    made = {"door": Made(path="door", data=b"red\n", origins=("template",))}
    origin = record.Origin(asked=(template,), used=(used,), answers={"project": "shop", "package": "shop"})
    for file in record.files(origin, made, made):
        place = bench.app / "shop" / file.path
        place.parent.mkdir(exist_ok=True)
        place.write_bytes(file.data)
