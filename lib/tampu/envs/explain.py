"""What a failed installer's output means to the person whose app it is."""

from __future__ import annotations

import re
import textwrap
from typing import TYPE_CHECKING, ClassVar

from tampu.errors import TampuError
from tampu.world.files import DiskFull
from tampu.world.memory import exhausted

if TYPE_CHECKING:
    from tampu.world.run import CommandFailed

WIDEST = 90
LINES_QUOTED = 3
LINES_OF_ONE = 3
# Python writes what it has compiled without a look at whether all of it went in.
NO_ROOM = re.compile(
    r"No space left on device|Disk quota exceeded|os error 28\b|os error 122\b|No usable temporary directory"
    r"|marshal data too short"
)
# Which package it was, whatever the trouble with it.
WHICH = r"Failed (to build|building) "
PREFIX = re.compile(r"^(error|cause|hint): ", re.IGNORECASE)


class InstallFailed(TampuError):
    """The app's packages can't be installed; `signs` tell the kinds apart, in uv's words and in pip's."""

    reason = "install::failed"
    signs: ClassVar[str] = ""
    what: ClassVar[str] = "The app's packages can't be installed"
    wanted: ClassVar[str] = "packages that install"
    mend: ClassVar[str] = "The installer's own words above say why. Mend what they name and build again."

    def __init__(self, output: str) -> None:
        found = "\n".join(_telling(output, self.signs))
        super().__init__(title=self.what, found=found, expected=self.wanted, todo=self.mend)


class WrongHash(InstallFailed):
    reason = "install::wrong-hash"
    signs = r"Hash mismatch|DO NOT MATCH THE HASHES|^\S+==\S+ from .*:$|^(Expected |Got +)?(sha\d+[: ])?[0-9a-f]{64}"
    what = "A package is not the file that was pinned"
    wanted = "the first of these hashes, which the lock or requirements file names"
    mend = (
        "If you changed the version, lock again, commit that and build again. If not, don't trust the\n"
        "file: find out why the index serves another one."
    )


class HashMissing(InstallFailed):
    reason = "install::hash-missing"
    signs = r"`?--require-hashes`? mode|Hashes are required|must have a hash|^\S+==\S+ --hash=sha256:[0-9a-f]+$"
    what = "Some requirements have hashes and some have none"
    wanted = "a hash for each of them, those that they need in turn included"
    mend = (
        "List what the app imports in requirements.in, let a tool add the rest, commit both and build\n"
        "again:\n\n    uv pip compile --generate-hashes requirements.in -o requirements.txt"
    )


class Unauthorized(InstallFailed):
    reason = "install::unauthorized"
    signs = r"\b401\b|\b403\b|Unauthorized|Forbidden"
    what = "The package index refuses to let us in"
    wanted = "an index that knows the user and password it is given"
    mend = (
        "Set them for the app where the index is set (PIP_INDEX_URL, PIP_EXTRA_INDEX_URL or UV_INDEX) and\n"
        "build again; no log shows them:\n\n    PIP_INDEX_URL=https://user:password@host/simple"
    )


class Unreachable(InstallFailed):
    reason = "install::unreachable"
    signs = (
        r"error sending request|dns error|Connection refused|NewConnectionError|Failed to connect|timed out|timeout"
        r"|RemoteDisconnected|too many redirects|Exceeded \d+ redirects"
    )
    what = "The package index can't be reached"
    wanted = "an answer from the package index"
    mend = "Check the network, HTTPS_PROXY and PIP_INDEX_URL, then build again."


class CutShort(InstallFailed):
    reason = "install::cut-short"
    signs = (
        r"end of file before message|unexpected end of file|error decoding response body|Failed to extract archive"
        r"|IncompleteRead|Connection (broken|aborted|closed|reset)|not enough bytes|BadZipFile|Bad CRC|Bad magic number"
        r"|response body error|(early|unexpected) eof|invalid (zip|gzip|package format)|corrupt deflate"
        r"|Failed to read from zip"
    )
    what = "A package did not arrive as it should"
    wanted = "the whole file, as the package index has it"
    mend = "Build again. If it stays so, a proxy on the way or the package index cuts or changes files."


class NeedsGit(InstallFailed):
    reason = "install::no-git"
    signs = r"Git executable not found|Cannot find command 'git'|No such file or directory: 'git'"
    what = "A requirement comes from git, and git is not installed here"
    wanted = "the git command on PATH"
    mend = "Install git where the app is built, or require a released version of the package."


class GitFailed(InstallFailed):
    reason = "install::git-failed"
    signs = r"Git operation failed|^fatal: |git (clone|fetch|checkout).* did not run successfully"
    what = "A git repository in the requirements can't be fetched"
    wanted = "a repository and revision that this machine may read"
    mend = (
        "Check its address and revision. If it is private, the build needs a way to read it: a token in\n"
        "its address, or a key for ssh."
    )


class NeedsOtherPython(InstallFailed):
    reason = "install::other-python"
    signs = r"does not satisfy Python|Requires-Python|requires a different Python|no wheels with a matching Python"
    what = "A package does not support this Python"
    wanted = "packages for the Python that the app asks for"
    mend = (
        "Require a version of the package that supports it, or ask for another Python in runtime.txt;\n"
        "commit that and build again."
    )


class NoCompiler(InstallFailed):
    reason = "install::no-compiler"
    signs = r"command '\S*(gcc|cc|clang)\S*' failed: No such file|unable to execute '\S*cc'|Unknown compiler"
    what = "A package must be compiled, and there is no compiler here"
    wanted = "a wheel of the package for this platform, or a C compiler"
    mend = (
        "Require a version that has wheels, or build where there is a compiler. On Debian or Ubuntu:\n\n"
        "    apt-get install build-essential"
    )


class NeedsLibrary(InstallFailed):
    reason = "install::missing-library"
    signs = r"fatal error: \S+\.h: No such file|pg_config executable not found|Can not find valid pkg-config name"
    what = "A package must be compiled, and a library that it needs is not installed here"
    wanted = "the library's header files"
    mend = (
        "Require its binary variant, if it has one (psycopg2-binary for psycopg2), or build where the\n"
        "library's own package for developers is installed (libpq-dev for psycopg2)."
    )


class BuildFailed(InstallFailed):
    reason = "install::build-failed"
    signs = r"Failed to build|Failed building wheel|build backend (returned|raised)|metadata-generation-failed"
    what = "A package can't be built from its source"
    wanted = "a source that builds, or a wheel"
    mend = (
        "The build's own words are above. Usual causes: an old version of the package with a new Python,\n"
        "or a requirement of its build that it does not name. Require a newer version, or one with wheels."
    )


class NotFound(InstallFailed):
    reason = "install::not-found"
    signs = r"was not found in|No matching distribution found|no versions? of"
    what = "A required package or version does not exist in the index"
    wanted = "names and versions that the package index has"
    mend = (
        "Check the spelling and the version. For a private package, set its index for the app, such as\n\n"
        "    PIP_EXTRA_INDEX_URL=https://user:password@host/simple"
    )


class Conflict(InstallFailed):
    reason = "install::conflict"
    signs = (
        r"^(?!.*included because).*depends? on|requirements are unsatisfiable|ResolutionImpossible"
        r"|conflicting dependencies|incompatib|has requirement|requires"
    )
    what = "Some requirements exclude each other"
    wanted = "versions that every package accepts"
    mend = (
        "Loosen one of them, commit that and build again. If one is supervisor or pyuwsgi, which tampu\n"
        "adds, name the version that you need in your own requirements: your line wins."
    )


FLAGS = re.IGNORECASE | re.MULTILINE
# The first that fits: what is more particular stands before what is more general.
KINDS = (
    WrongHash,
    HashMissing,
    NeedsGit,
    GitFailed,
    NoCompiler,
    NeedsLibrary,
    BuildFailed,
    NeedsOtherPython,
    Unauthorized,
    Unreachable,
    CutShort,
    NotFound,
    Conflict,
)


def explained(error: CommandFailed) -> TampuError:
    kind = next((kind for kind in KINDS if re.search(kind.signs, error.output, FLAGS)), InstallFailed)
    return full_disk(error.output) or exhausted(error) or kind(_in_the_app(error))


def full_disk(output: str) -> DiskFull | None:
    return DiskFull("packages") if NO_ROOM.search(output) else None


def _in_the_app(error: CommandFailed) -> str:
    """What it wrote, with the app's own files as their names in the app."""
    return error.output.replace(f"file://{error.cwd}/", "./").replace(f"{error.cwd}/", "./")


def _telling(output: str, signs: str) -> list[str]:
    """The lines that speak of the trouble; without any, the last ones."""
    lines = [PREFIX.sub("", line.strip(" ×╰─▶│├╭")) for line in output.splitlines() if line.strip()]
    telling = [line for line in lines if signs and re.search(f"{signs}|{WHICH}", line, FLAGS)] or lines[-LINES_QUOTED:]
    return [part for line in telling[:LINES_QUOTED] for part in _wrapped(line)] or ["no output"]


def _wrapped(line: str) -> list[str]:
    return textwrap.wrap(line, WIDEST, max_lines=LINES_OF_ONE, placeholder=" ...", break_on_hyphens=False)
