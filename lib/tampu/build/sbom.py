"""What is inside a built app, as CycloneDX: the same text for the same content."""

from __future__ import annotations

import hashlib
import json
import re
from typing import TYPE_CHECKING

from tampu import __version__
from tampu.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tampu.envs.site import Distribution, Site

SHA256 = re.compile(r"[0-9a-f]{64}")
NAMESPACE = "6f1a3a0e-6f0b-5c53-9d3b-2f6f3d6f7a11"


@dataclass(frozen=True, slots=True, kw_only=True)
class Inventory:
    """An interpreter, known by the sha256 of its archive or its path, and what is installed for it."""

    python: str
    runtime: str
    site: Site

    @property
    def components(self) -> tuple[dict[str, object], ...]:
        return _interpreter(self.python, self.runtime), *(_component(each) for each in self.site.distributions())


def sbom(inventories: Iterable[Inventory]) -> str:
    import uuid

    everything = [component for inventory in inventories for component in inventory.components]
    # Two environments may have the same package.
    components = [*{str(component["bom-ref"]): component for component in everything}.values()]
    body = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"tools": {"components": [{"type": "application", "name": "tampu", "version": __version__}]}},
        "components": components,
    }
    serial = uuid.uuid5(uuid.UUID(NAMESPACE), json.dumps(body, sort_keys=True))
    return json.dumps({**body, "serialNumber": f"urn:uuid:{serial}"}, indent=1, sort_keys=True) + "\n"


def _interpreter(version: str, sha256: str) -> dict[str, object]:
    # An interpreter of the machine that builds has a path instead.
    hashes = {"hashes": [{"alg": "SHA-256", "content": sha256}]} if SHA256.fullmatch(sha256) else {}
    return {
        "type": "platform",
        "bom-ref": f"pkg:generic/python@{version}",
        "name": "python",
        "version": version,
        "purl": f"pkg:generic/python@{version}",
        **hashes,
    }


def _component(distribution: Distribution) -> dict[str, object]:
    """Its hash is that of RECORD, which holds the hashes of all its files."""
    from email.parser import HeaderParser

    headers = HeaderParser().parsestr((distribution.info / "METADATA").read_text(encoding="utf-8", errors="replace"))
    name, version = headers["Name"], headers["Version"]
    purl = f"pkg:pypi/{name.lower().replace('_', '-')}@{version}"
    license_id = headers["License-Expression"]
    return {
        "type": "library",
        "bom-ref": purl,
        "name": name,
        "version": version,
        "purl": purl,
        "hashes": [
            {"alg": "SHA-256", "content": hashlib.sha256((distribution.info / "RECORD").read_bytes()).hexdigest()}
        ],
        **({"licenses": [{"expression": license_id}]} if license_id else {}),
    }
