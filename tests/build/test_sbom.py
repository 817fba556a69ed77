from __future__ import annotations

import hashlib
import json
import re
from typing import TYPE_CHECKING

import pytest

from tampu.build.sbom import Inventory, sbom
from tests.envs.household import House

if TYPE_CHECKING:
    from pathlib import Path

SHA256 = "a1" * 32


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


def inventory(house: House, runtime: str = SHA256, python: str = "3.12.1") -> Inventory:
    return Inventory(python=python, runtime=runtime, site=house.site)


def components(house: House, runtime: str = SHA256) -> list[dict[str, object]]:
    found: list[dict[str, object]] = json.loads(sbom([inventory(house, runtime)]))["components"]
    return found


def test_the_interpreter_and_each_package_are_in_it(house: House) -> None:
    house.install("zeta", {})
    info = house.install("Alpha_Kit", {}, version="2.0rc1").info
    house.site.library.joinpath("Alpha_Kit-2.0rc1.dist-info", "METADATA").write_text(
        "Metadata-Version: 2.4\nName: Alpha_Kit\nVersion: 2.0rc1\nLicense-Expression: MIT\n\nna\xefve\n",
        encoding="latin-1",
    )

    interpreter, alpha, zeta = components(house)

    assert {
        "type": "platform",
        "bom-ref": "pkg:generic/python@3.12.1",
        "name": "python",
        "version": "3.12.1",
        "purl": "pkg:generic/python@3.12.1",
        "hashes": [{"alg": "SHA-256", "content": SHA256}],
    } == interpreter
    digest = hashlib.sha256((info / "RECORD").read_bytes()).hexdigest()
    assert {
        "type": "library",
        "bom-ref": "pkg:pypi/alpha-kit@2.0rc1",
        "name": "Alpha_Kit",
        "version": "2.0rc1",
        "purl": "pkg:pypi/alpha-kit@2.0rc1",
        "hashes": [{"alg": "SHA-256", "content": digest}],
        "licenses": [{"expression": "MIT"}],
    } == alpha
    assert ("pkg:pypi/zeta@1.0", True) == (zeta["purl"], "licenses" not in zeta)


@pytest.mark.parametrize("runtime", ["", "/usr/bin/python3.12"])
def test_an_interpreter_of_the_machine_has_no_hash_and_shows_no_path(house: House, runtime: str) -> None:
    house.site.library.mkdir(parents=True)

    (interpreter,) = components(house, runtime)

    assert "hashes" not in interpreter


def test_the_document_is_what_readers_of_cyclonedx_expect(house: House) -> None:
    house.install("alpha", {})
    document = json.loads(sbom([inventory(house), inventory(house, python="3.13.1")]))

    assert ("CycloneDX", "1.6", 1) == tuple(document[name] for name in ("bomFormat", "specVersion", "version"))
    assert re.fullmatch(r"urn:uuid:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", document["serialNumber"])
    assert ["tampu"] == [tool["name"] for tool in document["metadata"]["tools"]["components"]]
    references = [component["bom-ref"] for component in document["components"]]
    assert sorted(set(references)) == sorted(references)
