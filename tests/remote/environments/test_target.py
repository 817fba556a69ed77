from __future__ import annotations

import pytest

from tampu.remote.environments.target import Interpreter, Kind, kind_of, own_environment, own_kind, target_of
from tests.kit.for_hosts import HELLO


@pytest.mark.parametrize(
    ("told", "platform"),
    [
        ({}, "x86_64-manylinux_2_36"),
        ({"libc": "glibc 2.17"}, "x86_64-manylinux_2_17"),
        ({"libc": "glibc 2.27"}, "x86_64-manylinux_2_17"),
        ({"libc": "glibc 2.30"}, "x86_64-manylinux_2_28"),
        ({"libc": "glibc 2.99"}, "x86_64-manylinux_2_40"),
        ({"libc": "glibc 2.12"}, ""),
        ({"machine": "aarch64"}, "aarch64-manylinux_2_36"),
        ({"machine": "riscv64"}, ""),
        ({"libc": ""}, "x86_64-unknown-linux-musl"),
        ({"system": "darwin", "machine": "arm64", "libc": ""}, "aarch64-apple-darwin"),
        ({"system": "freebsd14", "machine": "amd64", "libc": ""}, ""),
    ],
)
def test_a_platform_is_never_more_than_the_host_has(told: dict[str, str], platform: str) -> None:
    assert platform == target_of({**HELLO, **told}).platform


def test_the_agents_own_python_unless_another_is_named() -> None:
    other = Interpreter(path="/opt/bin/python3", version="3.13.1")

    own, chosen = target_of(HELLO), target_of(HELLO, other)

    assert ("3.11.2", "3.11", "/usr/bin/python3.11") == (own.python, own.series, own.interpreter)
    assert ("3.13.1", "3.13", "/opt/bin/python3") == (chosen.python, chosen.series, chosen.interpreter)
    assert ("3.13.1", "x86_64") == (chosen.environment.python, chosen.environment.machine)


def test_what_is_built_on_a_machine_runs_where_the_library_is_no_older() -> None:
    here = Kind(system="linux", machine="x86_64", libc=31)

    assert Kind(system="linux", machine="x86_64", libc=36).runs_what_is_built_on(here)
    assert not Kind(system="linux", machine="x86_64", libc=28).runs_what_is_built_on(here)
    assert not Kind(system="linux", machine="aarch64", libc=36).runs_what_is_built_on(here)
    assert own_kind().runs_what_is_built_on(own_kind())
    assert own_kind().machine == own_environment().machine


def test_a_kind_in_words() -> None:
    assert "linux with glibc 2.36 on x86_64" == str(kind_of(HELLO))
    assert "linux on x86_64" == str(kind_of({**HELLO, "libc": ""}))
