from __future__ import annotations

import subprocess
import sys

import pytest

from tampu.remote.found.standard import standard
from tests.kit import old_pythons


def test_modules_come_and_go() -> None:
    told = {
        version: sorted({"distutils", "tomllib", "zoneinfo", "imp", "asyncio", "cgi"} & standard(version))
        for version in ("3.8.1", "3.9", "3.11.7", "3.12", "3.13.0", "3.14")
    }

    assert {
        "3.8.1": ["asyncio", "cgi", "distutils", "imp"],
        "3.9": ["asyncio", "cgi", "distutils", "imp", "zoneinfo"],
        "3.11.7": ["asyncio", "cgi", "distutils", "imp", "tomllib", "zoneinfo"],
        "3.12": ["asyncio", "cgi", "tomllib", "zoneinfo"],
        "3.13.0": ["asyncio", "tomllib", "zoneinfo"],
        "3.14": ["asyncio", "tomllib", "zoneinfo"],
    } == told


def test_a_python_of_tomorrow_has_what_the_newest_has() -> None:
    assert standard("3.14") == standard("3.99.1")


def test_nothing_is_taken_for_standard_that_only_has_stubs() -> None:
    assert not {"typing_extensions", "_typeshed"} & standard("3.12")


def test_the_list_is_what_this_python_says() -> None:
    version = f"3.{sys.version_info[1]}"

    assert set() == set(sys.stdlib_module_names) - standard(version)


@pytest.mark.parametrize("series", ["3.8", "3.13"])
def test_what_is_standard_can_be_found_there(series: str) -> None:
    python = old_pythons.program(series)
    names = [name for name in standard(series) if not name.startswith("_") and name not in ELSEWHERE]
    ask = "import importlib.util, sys; print(*[n for n in sys.argv[1:] if not importlib.util.find_spec(n)])"

    missing = subprocess.run([python, "-I", "-c", ask, *names], capture_output=True, check=True, text=True).stdout

    assert [] == missing.split()


# For other systems, or left out where a library was missing when it was built.
ELSEWHERE = {
    "winreg",
    "winsound",
    "msvcrt",
    "msilib",
    "nt",
    "ossaudiodev",
    "nis",
    "tkinter",
    "turtle",
    "turtledemo",
    "idlelib",
}
