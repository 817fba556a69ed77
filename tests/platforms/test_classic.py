"""bin/compile and its kin, called inside this process; tests/contract calls them as platforms do."""

from __future__ import annotations

import io
import json
import os
from typing import TYPE_CHECKING

import pytest

from tampu.errors import TampuError
from tampu.facts.python_files import Empty
from tampu.platforms import classic
from tampu.platforms.classic import Call
from tampu.platforms.surroundings import BadVariable, Usage
from tampu.values import replace
from tampu.world.console import PlainConsole
from tests.kit.builds import write_app

if TYPE_CHECKING:
    from pathlib import Path

    from tests.kit.builds import Platform


class Streams:
    def __init__(self) -> None:
        self.out, self.err = io.StringIO(), io.StringIO()
        self.console = PlainConsole(self.out, self.err)


@pytest.fixture
def app(tmp_path: Path) -> Path:
    return write_app(tmp_path / "app", {"requirements.txt": "alpha<2\n", "runtime.txt": "python-3.13\n"})


@pytest.fixture
def call(app: Path, platform: Platform) -> Call:
    return classic.read_call("compile", (str(app), str(platform.cache), str(platform.user_env)))


def environ(platform: Platform) -> dict[str, str]:
    return {"PATH": os.environ["PATH"], "HOME": "/app", **platform.environ}


def printed_report(platform: Platform) -> dict[str, object]:
    streams = Streams()
    assert 0 == classic.report(("app", str(platform.cache)), streams.console)
    report: dict[str, object] = json.loads(streams.out.getvalue())
    return report


def test_a_build_leaves_what_the_platform_reads(call: Call, platform: Platform, patches: dict[str, str]) -> None:
    write_app(call.app, {"runtime.txt": "python-3.12\n"})
    streams = Streams()

    assert 0 == classic.compile_app(call, environ(platform), streams.console)

    assert "requirements.txt is present" in streams.out.getvalue()
    assert (call.app / ".tampu" / "run").stat().st_mode & 0o111
    assert "site/bin" in (call.app / ".profile.d" / "tampu.sh").read_text()
    report = printed_report(platform)
    assert (patches["3.12"], "runtime.txt", "uv") == (
        report["python_version"],
        report["python_version_origin"],
        report["package_manager"],
    )


def test_a_buildpack_on_a_disk_that_takes_nothing_in(call: Call, platform: Platform, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    streams = Streams()

    assert 0 == classic.compile_app(replace(call, buildpack=tmp_path / "file"), environ(platform), streams.console)

    assert "The environment for later buildpacks can't be written" in streams.out.getvalue()


def test_the_report_says_what_the_cache_was_worth(app: Path, call: Call, platform: Platform) -> None:
    classic.compile_app(call, environ(platform), Streams().console)
    first = printed_report(platform)["cache_status"]
    classic.compile_app(call, environ(platform), Streams().console)
    second = printed_report(platform)["cache_status"]
    write_app(app, {"requirements.txt": "beta\n"})
    classic.compile_app(call, environ(platform), Streams().console)

    assert ("discarded", "reused", "discarded") == (first, second, printed_report(platform)["cache_status"])


def test_a_first_build_finds_an_empty_cache(app: Path, platform: Platform, tmp_path: Path) -> None:
    (app / "runtime.txt").unlink()
    call = Call(
        app=app, cache=tmp_path / "new", user_env={"PIP_INDEX_URL": (platform.user_env / "PIP_INDEX_URL").read_text()}
    )

    classic.compile_app(call, environ(platform), Streams().console)

    report = json.loads((tmp_path / "new" / "build-data" / "tampu.json").read_text())
    assert ("empty", "default") == (report["cache_status"], report["python_version_origin"])


def test_a_failure_is_left_for_the_report(app: Path, call: Call, platform: Platform) -> None:
    write_app(app, {"runtime.txt": "\n"})
    with pytest.raises(Empty) as caught:
        classic.compile_app(call, environ(platform), Streams().console)

    classic.failed(call, caught.value, Streams().console)

    assert "python-version::empty" == printed_report(platform)["failure_reason"]


def test_a_failure_that_no_disk_takes_in_is_still_one(call: Call, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    elsewhere = Call(app=call.app, cache=tmp_path / "file", user_env={})

    classic.failed(elsewhere, Usage("compile", "BUILD_DIR", ()), Streams().console)

    assert "" == (tmp_path / "file").read_text()


@pytest.mark.parametrize("arguments", [(), ("{app}",), ("{app}/none", "cache"), ("{app}", "a", "b", "c")])
def test_calls_with_other_arguments(app: Path, arguments: tuple[str, ...]) -> None:
    with pytest.raises(Usage, match="bin/compile"):
        classic.read_call("compile", [argument.format(app=app) for argument in arguments])


def test_an_env_dir_that_is_not_there_is_an_empty_one(app: Path, tmp_path: Path) -> None:
    assert {} == classic.read_call("compile", (str(app), "cache", str(tmp_path / "none"))).user_env


def test_a_variable_that_no_process_can_have(app: Path, tmp_path: Path) -> None:
    (tmp_path / "env").mkdir()
    (tmp_path / "env" / "KEY").write_bytes(b"a\0b")

    with pytest.raises(BadVariable, match="KEY"):
        classic.read_call("compile", (str(app), "cache", str(tmp_path / "env")))


def test_release_and_report_before_anything_was_built(tmp_path: Path) -> None:
    release, report = Streams(), Streams()

    assert (0, 0) == (
        classic.release(("app",), release.console),
        classic.report(("app", str(tmp_path)), report.console),
    )
    assert ("addons: []\ndefault_process_types: {}\n", "{}\n") == (release.out.getvalue(), report.out.getvalue())
    for entry in (classic.release, classic.report):
        with pytest.raises(TampuError, match="called with other arguments"):
            entry((), Streams().console)
