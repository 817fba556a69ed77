"""What `apt-cache show` says becomes words of commands."""

from __future__ import annotations

import pytest

from tampu.envs.distribution import read_packages

STANZA = "Package: {}\nVersion: 1.22.1-9\nDepends: libc6 (>= 2.36), x | y, -z\n"


def test_a_package_and_what_it_needs() -> None:
    (found,) = read_packages(STANZA.format("nginx"))

    assert "nginx=1.22.1-9" == found.exactly
    assert ("libc6",) == found.needs


@pytest.mark.parametrize("name", ["-nginx", "--option=x", "a b", "$(id)"])
def test_a_name_that_would_be_more_than_one_is_no_package(name: str) -> None:
    assert [] == [*read_packages(STANZA.format(name))]
