from __future__ import annotations

from pathlib import Path

import pytest

from tampu.build.bundled import out_of_bundle
from tampu.envs.bundle import Bundle
from tampu.envs.mirror import Mirror, MirrorFile
from tampu.facts.requirements import Packages, Requirement
from tampu.world.fetch import Pin

GIT = "git+https://127.0.0.1/alpha.git@v1"
PIN = Pin(name="package:alpha", version="1.0", url="file:///b/wheels/alpha-1.0-py3-none-any.whl", sha256="0" * 64)
BUNDLE = Bundle(
    folder=Path("/b"),
    mirror=Mirror(shown="/b/", wheels="wheels", files=(MirrorFile(arch="any", pin=PIN, address=GIT),)),
)


def asked(line: str) -> Requirement:
    return Requirement(line=line, name="alpha", origin="requirements.txt, line 1", hashes=("sha256:" + "1" * 64,))


@pytest.mark.parametrize(
    ("line", "settled"),
    [
        (f"alpha @ {GIT}", "alpha==1.0"),
        (f"alpha[more] @ {GIT} ; python_version > '3'", "alpha[more]==1.0 ; python_version > '3'"),
        (GIT, "alpha==1.0"),
    ],
)
def test_what_is_asked_for_by_address_is_taken_by_version(line: str, settled: str) -> None:
    (found,) = out_of_bundle(Packages(manager="pip", because="", requirements=(asked(line),)), BUNDLE, {}).requirements

    assert (settled, ()) == (found.line, found.hashes)


@pytest.mark.parametrize("line", ["alpha==1.0", "alpha @ git+https://127.0.0.1/alpha.git@v2"])
def test_all_else_is_asked_for_as_it_was(line: str) -> None:
    packages = Packages(manager="pip", because="", requirements=(asked(line),))

    assert packages == out_of_bundle(packages, BUNDLE, {"PIP_CERT": "/etc/certs"})


def test_other_places_are_set_aside_and_named() -> None:
    options = ("--index-url=https://127.0.0.1/simple", "--pre", "--find-links=./wheels")

    found = out_of_bundle(
        Packages(manager="pip", because="", options=options), BUNDLE, {"UV_INDEX": "https://127.0.0.1/other"}
    )

    assert ("--pre",) == found.options
    (notice,) = found.notices
    assert "/b" in notice.text
    assert "--index-url, --find-links, UV_INDEX" in notice.text
