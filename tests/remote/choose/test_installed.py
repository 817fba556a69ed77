"""Environments, as their files tell of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tampu.remote.choose.installed import Installed, not_provided, sites_of
from tests.kit.builds import write_app

if TYPE_CHECKING:
    from pathlib import Path

SITE = ".venv/lib/python3.12/site-packages"


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return write_app(
        tmp_path,
        {
            f"{SITE}/six.py": "",
            f"{SITE}/six-1.17.0.dist-info/RECORD": "six.py,sha256=x,1\r\nsix-1.17.0.dist-info/RECORD,,\r\n",
            f"{SITE}/orphan.py": "",
            f"{SITE}/PyYAML-6.0-py3.12.egg-info/top_level.txt": "_yaml\nyaml\n",
            f"{SITE}/distutils-precedence.pth": "",
        },
    )


def test_whose_a_file_is_stands_in_a_record(place: Path) -> None:
    (site,) = sites_of(place, "")

    six = Installed(distribution="six", version="1.17.0", evidence="its RECORD lists six.py")
    assert six == site.provider("six.moves.urllib")
    assert None is site.provider("orphan")
    assert None is site.provider("nothing")


def test_what_has_no_record_tells_its_names(place: Path) -> None:
    (site,) = sites_of(place, "")

    found = site.described("yaml.nodes")

    assert found
    assert ("pyyaml", "6.0") == (found.distribution, found.version)


def test_an_environment_that_lacks_an_import_is_told(place: Path) -> None:
    (site,) = sites_of(place, "")

    assert ("requests", "orphan") == not_provided(site, ["six", "requests", "yaml", "orphan"])


def test_the_active_environment_comes_first(place: Path) -> None:
    other = place / "elsewhere" / "lib" / "python3.11" / "site-packages"
    other.mkdir(parents=True)

    assert [other, place / SITE] == [site.folder for site in sites_of(place, str(place / "elsewhere"))]
