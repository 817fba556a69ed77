"""What a build leaves behind about itself: versions and hashes, and an SBOM."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tampu import __version__
from tampu.build.python_shelf import series_of
from tampu.build.sbom import Inventory, sbom
from tampu.envs.site import Site
from tampu.world.files import File

if TYPE_CHECKING:
    from pathlib import Path

    from tampu.build.model import Layer, Outcome


def evidence(outcome: Outcome) -> tuple[File, ...]:
    """Two files for `.tampu/`: the same text for the same build, wherever and whenever it was made."""
    layers = {layer.name: layer for layer in outcome.layers}
    places = [(layers["python"], layers["site"].path)]
    if kept := layers.get("keeper"):
        places.append((kept, kept.path / "site"))
    inventories = tuple(_inventory(interpreter, site) for interpreter, site in places)
    return (
        File(path="build.json", text=json.dumps(_record(outcome), indent=1, sort_keys=True) + "\n"),
        File(path="sbom.cdx.json", text=sbom(inventories)),
    )


def _inventory(interpreter: Layer, site: Path) -> Inventory:
    version = interpreter.key.parts["Python"]
    return Inventory(
        python=version,
        runtime=interpreter.key.parts["runtime"],
        site=Site(site, series_of(version)),
    )


def _record(outcome: Outcome) -> dict[str, object]:
    return {
        "tampu": __version__,
        "python": outcome.plan.python.version,
        "python asked for by": request.origin if (request := outcome.plan.python.request) else None,
        "package manager": outcome.plan.manager,
        "layers": {layer.name: dict(layer.key.parts) for layer in outcome.layers},
        "processes": dict(outcome.plan.processes),
        "default processes": dict(outcome.plan.defaults),
    }
