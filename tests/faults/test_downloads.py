"""What a build fetches, from servers and over links that are at fault; tests/world/test_fetch.py has more of them."""

from __future__ import annotations

import hashlib
import io
import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.request import url2pathname

import pytest

from tampu.world.console import PlainConsole
from tampu.world.downloads import Downloads
from tampu.world.fetch import Pin
from tampu.world.mishaps import Refused, Truncated, Unavailable
from tests.kit import buildpack, builds, gate, mirrors, trees

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.kit.buildpack import Result
    from tests.kit.builds import Platform
    from tests.kit.gate import Fault, Gate

DATA = bytes(range(256)) * 8
SHA256 = hashlib.sha256(DATA).hexdigest()
# Each byte of an answer's head, and some of its body.
PLACES = (*range(0, 240, int(os.environ.get("TAMPU_CUT_EVERY", "12"))), 500, 1000, 2000, -1)
ONCE = {"UV_HTTP_RETRIES": "0", "PIP_RETRIES": "1"}
IMPATIENT = {**ONCE, "UV_HTTP_TIMEOUT": "1", "PIP_TIMEOUT": "1"}
APP = {"requirements.txt": "beta[more]\n", ".python-version": "3.13\n"}


def everything(fault: Fault) -> Callable[[str, int], Fault | None]:
    return lambda _path, _times: fault


def pages(fault: Fault) -> Callable[[str, int], Fault | None]:
    return lambda path, _times: fault if path.endswith("/") else None


def files(fault: Fault) -> Callable[[str, int], Fault | None]:
    return lambda path, _times: None if path.endswith("/") else fault


def archives(fault: Fault) -> Callable[[str, int], Fault | None]:
    return lambda path, _times: fault if path.endswith(".gz") else None


def at_first(fault: Fault) -> Callable[[str, int], Fault | None]:
    return lambda _path, times: None if times else fault


def reason(result: Result) -> str:
    """The name of the error, which is no traceback."""
    assert "Traceback" not in result.err
    return result.err.strip().splitlines()[-1].strip(" !()") if result.code else ""


@pytest.fixture
def shelf(tmp_path: Path) -> Iterator[Gate]:
    """A gate before one file."""
    (tmp_path / "shelf").mkdir()
    (tmp_path / "shelf" / "file").write_bytes(DATA)
    with gate.before(tmp_path / "shelf") as it:
        yield it


def downloads() -> Downloads:
    return Downloads(environ={}, say=PlainConsole(out=io.StringIO()), pause=lambda _: None)


def pin(shelf: Gate) -> Pin:
    return Pin(name="python", version="3.12.4", url=f"{shelf.url}/file", sha256=SHA256)


def test_a_link_that_is_cut_at_any_byte_costs_a_second_try(shelf: Gate, tmp_path: Path) -> None:
    for place in PLACES:
        shelf.asked.clear()
        shelf.fault = at_first(gate.cut_at(place))
        downloads().get(pin(shelf), tmp_path / "into" / "file")

        assert (place, DATA) == (place, (tmp_path / "into" / "file").read_bytes())
        assert (place, 2) == (place, len(shelf.asked))
        (tmp_path / "into" / "file").unlink()
        assert [] == list((tmp_path / "into").iterdir())


def test_a_link_that_is_always_cut_is_told_and_leaves_nothing(shelf: Gate, tmp_path: Path) -> None:
    for place in PLACES[::6]:
        shelf.fault = everything(gate.cut_at(place))
        with pytest.raises((Refused, Truncated, Unavailable)):
            downloads().get(pin(shelf), tmp_path / "into" / "file")
        with pytest.raises((Refused, Truncated, Unavailable)):
            downloads().read(f"{shelf.url}/file")
        assert [] == list((tmp_path / "into").iterdir())


def test_a_slow_link_is_waited_for(shelf: Gate, tmp_path: Path) -> None:
    shelf.fault = everything(gate.slow)
    downloads().get(pin(shelf), tmp_path / "file")

    assert DATA == (tmp_path / "file").read_bytes()


# Which of the two it is depends on what is on its way at that instant.
A_BAD_LINK = {"install::unreachable", "install::cut-short"}
# What the pages and files of an index do, and what a build says to it with uv and with pip, which takes its time.
FAULTS = {
    "down": (everything(gate.closed), {"uv": {"install::unreachable"}}),
    "pages cut": (pages(gate.cut(0.5)), {"uv": A_BAD_LINK}),
    "files cut": (files(gate.cut(0.5)), {"uv": A_BAD_LINK}),
    "files altered": (files(gate.altered), {"uv": A_BAD_LINK, "pip": {"install::wrong-hash"}}),
    "in circles": (everything(gate.in_circles), {"uv": {"install::failed", "install::unreachable"}}),
    "stalled": (files(gate.stalled), {"uv": A_BAD_LINK}),
}


@pytest.fixture
def packages(index: str) -> Iterator[Gate]:
    """A gate before the index of packages."""
    with gate.before(Path(url2pathname(index.removeprefix("file://"))).parent) as it:
        yield it


@pytest.mark.parametrize("installer", ["uv", "pip"])
def test_an_index_at_fault(installer: str, packages: Gate, platform: Platform, tmp_path: Path) -> None:
    platform.set_for_user(PIP_INDEX_URL=f"{packages.url}/simple", TAMPU_INSTALLER=installer)
    app = builds.write_app(tmp_path / "app", APP)
    for name, (fault, told) in FAULTS.items():
        if installer not in told:
            continue
        # It knows nothing of packages yet, but for what the tests' own index gave.
        shutil.rmtree(platform.cache / "tampu" / installer, ignore_errors=True)
        packages.fault = fault
        result = platform.call("compile", app, IMPATIENT if name == "stalled" else ONCE)
        assert reason(result) in told[installer], f"{name}: {result.out}{result.err}"

    packages.fault = everything(gate.slow)
    platform.compile(app)
    clean = builds.write_app(tmp_path / "clean", APP)
    platform.compile(clean)

    assert [] == trees.difference(clean, app)


# What becomes of the list of runtimes and of the runtime, where there is no Python to start with.
OF_THE_FIRST = {
    "down": (everything(gate.closed), "bootstrap::download"),
    "list cut": (everything(gate.cut(0.5)), "bootstrap::download"),
    "runtime cut": (archives(gate.cut(0.5)), "bootstrap::download"),
    "runtime altered": (archives(gate.altered), "bootstrap::wrong-hash"),
    "runtime longer": (archives(gate.longer), "bootstrap::wrong-hash"),
    "runtime without an end": (archives(gate.endless), "bootstrap::download"),
    "runtime in circles": (archives(gate.in_circles), "bootstrap::download"),
}


def test_a_first_python_from_a_mirror_at_fault(mirror: Path, patches: dict[str, str], tmp_path: Path) -> None:
    app = builds.write_app(tmp_path / "app", APP)
    cache, told = tmp_path / "cache", {}
    with gate.before(mirrors.with_bootstrap(mirror, tmp_path / "mirror", patches["3.13"])) as it:
        for name, (fault, _) in OF_THE_FIRST.items():
            it.fault = fault
            told[name] = reason(buildpack.call_without_python("release", app, cache, env={"TAMPU_MIRROR": it.url}))
            assert [] == list((cache / "bootstrap").iterdir())
        it.fault = everything(gate.slow)
        result = buildpack.call_without_python("release", app, cache, env={"TAMPU_MIRROR": it.url})

    assert {name: expected for name, (_, expected) in OF_THE_FIRST.items()} == told
    assert 0 == result.code, result.err
