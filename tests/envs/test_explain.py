from __future__ import annotations

import hashlib
import io
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tampu.envs import explain, pip, uv
from tampu.envs.explain import InstallFailed, explained
from tampu.world.console import PlainConsole
from tampu.world.files import DiskFull
from tampu.world.run import Command, CommandFailed, Processes
from tests.kit import toolbox, web, wheels
from tests.kit.wheels import Package

if TYPE_CHECKING:
    from tampu.envs.tools import Tools
    from tampu.errors import TampuError

BARE = {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"}
BOTH = ("uv", "pip")
WRONG = "0" * 64
FAILS = """\
import sys


def build_wheel(directory, config_settings=None, metadata_directory=None):
    sys.exit({words!r})
"""
PYPROJECT = """\
[build-system]
requires = []
build-backend = "backend"
backend-path = ["."]

[project]
name = "own"
version = "1.0"
"""


@dataclass
class Bench:
    """A place where installs fail, for real."""

    place: Path
    tools: Tools
    links: str
    installer: str

    def fail(self, *lines: str, env: dict[str, str] | None = None, options: tuple[str, ...] = ()) -> TampuError:
        """Why these requirements can't be installed, as it is explained."""
        requirements = self.place / "requirements.txt"
        requirements.write_text("".join(f"{line}\n" for line in lines))
        words = (*options, "-r", str(requirements))
        with pytest.raises(CommandFailed) as caught:
            Processes(PlainConsole(out=io.StringIO())).run(self.command(words, {**BARE, **(env or self.offline)}))
        return explained(caught.value)

    @property
    def offline(self) -> dict[str, str]:
        return {"PIP_FIND_LINKS": self.links, "UV_FIND_LINKS": self.links, "PIP_NO_INDEX": "1", "UV_OFFLINE": "1"}

    def command(self, words: tuple[str, ...], env: dict[str, str]) -> Command:
        env = {**env, "HOME": str(self.place), "PIP_CACHE_DIR": str(self.place), "PIP_RETRIES": "1"}
        target = ("--target", str(self.place / "target"))
        if self.installer == "pip":
            return pip.install(self.tools.pip, Path(sys.executable), (*target, *words), self.place, env)
        env |= {"UV_CACHE_DIR": str(self.place / "cache"), "UV_HTTP_RETRIES": "0"}
        return uv.install(self.tools.uv, Path(sys.executable), (*target, *words), self.place, env)

    def project(self, words: str) -> None:
        """A project in ./own that can't be built, for a reason in these words."""
        (self.place / "own").mkdir()
        (self.place / "own" / "pyproject.toml").write_text(PYPROJECT)
        (self.place / "own" / "backend.py").write_text(FAILS.format(words=words))


@pytest.fixture(scope="session")
def tools(tmp_path_factory: pytest.TempPathFactory) -> Tools:
    return toolbox.make_tools(tmp_path_factory.mktemp("toolbox") / "tools")


@pytest.fixture(scope="session")
def bytecode(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where pip keeps its own: it starts five times faster with it."""
    return tmp_path_factory.mktemp("bytecode")


@pytest.fixture(params=BOTH)
def bench(tools: Tools, bytecode: Path, wheelhouse: Path, tmp_path: Path, request: pytest.FixtureRequest) -> Bench:
    (tmp_path / "bytecode").symlink_to(bytecode)
    return Bench(tmp_path, tools, str(wheelhouse), str(request.param))


def assert_told(error: TampuError, kind: type[TampuError], *words: str) -> None:
    assert (kind, True) == (type(error), all(word in error.advice for word in words)), error.as_text()
    assert 100 >= max(len(line) for line in error.as_text().splitlines())


def test_a_package_that_nobody_knows(bench: Bench) -> None:
    assert_told(bench.fail("nothing-like-it"), explain.NotFound, "nothing-like-it")


def test_a_version_that_never_was(bench: Bench) -> None:
    assert_told(bench.fail("alpha==9"), explain.NotFound, "alpha==9")


@pytest.mark.parametrize("lines", [("alpha==2.0", "gamma==1.0"), ("gamma==1.0", "alpha==2.0")])
def test_requirements_that_exclude_each_other(bench: Bench, lines: tuple[str, str]) -> None:
    assert_told(bench.fail(*lines), explain.Conflict, "gamma", "alpha")


def test_another_file_than_was_pinned(bench: Bench) -> None:
    assert_told(bench.fail(f"alpha==1.0 --hash=sha256:{WRONG}"), explain.WrongHash, "alpha==1.0")


def test_hashes_for_some_only(bench: Bench, wheelhouse: Path) -> None:
    digest = hashlib.sha256((wheelhouse / "alpha-1.0-py3-none-any.whl").read_bytes()).hexdigest()
    error = bench.fail(f"alpha==1.0 --hash=sha256:{digest}", "gamma==1.0", options=("--require-hashes",))

    assert_told(error, explain.HashMissing)


def test_an_index_that_is_not_there(bench: Bench) -> None:
    index = "http://127.0.0.1:9/simple"
    error = bench.fail("alpha", env={"PIP_INDEX_URL": index, "UV_DEFAULT_INDEX": index})

    assert_told(error, explain.Unreachable)


def test_an_index_that_lets_nobody_in(bench: Bench, wheelhouse: Path) -> None:
    with web.serve(wheelhouse, login="me:hunter22") as site:
        index = f"{site.url.replace('//', '//me:wrong@')}/simple"
        error = bench.fail("alpha", env={"PIP_INDEX_URL": index, "UV_DEFAULT_INDEX": index})

    assert_told(error, explain.Unauthorized)


def test_a_package_for_other_pythons(bench: Bench) -> None:
    wheels.wheel(Package(name="old", requires_python=">=4"), bench.place)
    wheels.index(bench.place)
    with web.serve(bench.place) as site:
        index = f"{site.url}/simple"
        error = bench.fail("old", env={"PIP_INDEX_URL": index, "UV_DEFAULT_INDEX": index})

    assert_told(error, explain.NeedsOtherPython)


BUILDS = {
    "no reason given": ("not today", explain.BuildFailed),
    "no compiler": ("error: command 'gcc' failed: No such file or directory", explain.NoCompiler),
    "no headers": ("x.c:1:10: fatal error: ffi.h: No such file or directory", explain.NeedsLibrary),
    "no pg_config": ("Error: pg_config executable not found.", explain.NeedsLibrary),
}


@pytest.mark.parametrize(("words", "kind"), BUILDS.values(), ids=BUILDS)
def test_a_source_that_can_t_be_built(bench: Bench, words: str, kind: type[TampuError]) -> None:
    bench.project(words)

    assert_told(bench.fail("./own"), kind)


def test_no_git(bench: Bench, tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    for name in ("sh", "env"):
        (tmp_path / "bin" / name).symlink_to(str(shutil.which(name)))
    error = bench.fail("own @ git+file:///nowhere/own", env={"PATH": str(tmp_path / "bin")})

    assert_told(error, explain.NeedsGit)


def test_a_repository_that_is_not_there(bench: Bench) -> None:
    assert_told(bench.fail("own @ git+file:///nowhere/own"), explain.GitFailed, "/nowhere/own")


@pytest.mark.parametrize(
    ("output", "found"),
    [
        ("", "no output"),
        ("one\ntwo\n\nthree\nfour\n", "two\n          three\n          four"),
        ("  × It went wrong\n  ╰─▶ badly\n", "It went wrong\n          badly"),
    ],
)
def test_what_nobody_has_seen_before(output: str, found: str) -> None:
    error = explained(CommandFailed(Command(argv=("uv",), cwd=Path("/app"), env={}), 2, output))

    assert InstallFailed is type(error)
    assert error.advice.startswith(f"Found:    {found}\nExpected:")


def test_a_full_disk_is_no_package_s_fault() -> None:
    output = "error: failed to hardlink file: No space left on device (os error 28)\n"

    assert DiskFull is type(explained(CommandFailed(Command(argv=("uv",), cwd=Path("/app"), env={}), 2, output)))
