"""What a failed installer's output means to the person whose app it is."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, ClassVar

from tampu.errors import TampuError

if TYPE_CHECKING:
    from tampu.world.run import CommandFailed

WIDEST = 100
LINES_QUOTED = 3


class InstallFailed(TampuError):
    """The app's packages can't be installed; `signs` tell the kinds apart, in uv's words and in pip's."""

    reason = "install::failed"
    signs: ClassVar[str] = ""
    what: ClassVar[str] = "The app's packages can't be installed"
    expected: ClassVar[str] = "packages that install"
    todo: ClassVar[str] = "The installer's own words above say why."

    def __init__(self, output: str) -> None:
        found = "\n          ".join(_telling(output, self.signs))
        super().__init__(title=self.what, advice=f"Found:    {found}\nExpected: {self.expected}\n\n{self.todo}")


class WrongHash(InstallFailed):
    reason = "install::wrong-hash"
    signs = r"Hash mismatch|DO NOT MATCH THE HASHES"
    what = "A package is not the file that was pinned"
    expected = "the hash that the lock or requirements file names"
    todo = "If you changed the version, lock again. If not, find out why the index serves another file."


class HashMissing(InstallFailed):
    reason = "install::hash-missing"
    signs = r"`?--require-hashes`? mode|Hashes are required|must have a hash"
    what = "Some requirements have hashes and some have none"
    expected = "a hash for each of them, those that they need in turn included"
    todo = "Make the file with a tool that knows: uv pip compile --generate-hashes requirements.in -o requirements.txt"


class Unauthorized(InstallFailed):
    reason = "install::unauthorized"
    signs = r"\b401\b|\b403\b|Unauthorized|Forbidden"
    what = "The package index refuses to let us in"
    expected = "an index that knows the user and password it is given"
    todo = "Set them where the index is set: PIP_INDEX_URL, PIP_EXTRA_INDEX_URL or UV_INDEX."


class Unreachable(InstallFailed):
    reason = "install::unreachable"
    signs = r"error sending request|dns error|Connection refused|NewConnectionError|Failed to connect|timed out"
    what = "The package index can't be reached"
    expected = "an answer from the package index"
    todo = "Check the network, HTTPS_PROXY and PIP_INDEX_URL, then build again."


class NeedsGit(InstallFailed):
    reason = "install::no-git"
    signs = r"Git executable not found|Cannot find command 'git'|No such file or directory: 'git'"
    what = "A requirement comes from git, and git is not installed here"
    expected = "the git command on PATH"
    todo = "Install git in the image that builds, or require a released version."


class GitFailed(InstallFailed):
    reason = "install::git-failed"
    signs = r"Git operation failed|failed to clone|git (clone|fetch|checkout).* did not run successfully"
    what = "A git repository in the requirements can't be fetched"
    expected = "a repository and revision that this machine may read"
    todo = "Check its address and revision, and that the build may read it (a deploy key, or a token in the address)."


class NeedsOtherPython(InstallFailed):
    reason = "install::other-python"
    signs = r"does not satisfy Python|Requires-Python|requires a different Python|no wheels with a matching Python"
    what = "A package does not support this Python"
    expected = "packages for the Python that the app asks for"
    todo = "Choose another version of the package, or another Python in runtime.txt."


class NoCompiler(InstallFailed):
    reason = "install::no-compiler"
    signs = r"command '\S*(gcc|cc|clang)\S*' failed: No such file|unable to execute '\S*cc'|Unknown compiler"
    what = "A package must be compiled, and there is no compiler here"
    expected = "a wheel of the package for this platform, or a C compiler"
    todo = "Prefer a version with wheels. Else build in an image with build-essential."


class NeedsLibrary(InstallFailed):
    reason = "install::missing-library"
    signs = r"fatal error: \S+\.h: No such file|pg_config executable not found|Can not find valid pkg-config name"
    what = "A package must be compiled, and a library that it needs is not installed here"
    expected = "the library's header files"
    todo = "Use its binary variant (such as psycopg2-binary), or build in an image with the library's -dev package."


class BuildFailed(InstallFailed):
    reason = "install::build-failed"
    signs = r"Failed to build|Failed building wheel|build backend (returned|raised)|metadata-generation-failed"
    what = "A package can't be built from its source"
    expected = "a source that builds, or a wheel"
    todo = (
        "The build's own output is above. Usual causes: an old version with a new Python, a missing build requirement."
    )


class NotFound(InstallFailed):
    reason = "install::not-found"
    signs = r"was not found in|No matching distribution|no versions? of"
    what = "A required package or version does not exist in the index"
    expected = "names and versions that the package index has"
    todo = "Check the spelling and the version. If it is a private package, set PIP_EXTRA_INDEX_URL."


class Conflict(InstallFailed):
    reason = "install::conflict"
    signs = r"depends on|ResolutionImpossible|conflicting dependencies|incompatib|has requirement|requires"
    what = "Some requirements exclude each other"
    expected = "versions that every package accepts"
    todo = (
        "Loosen one of them. For a package of config/dcrequirements.txt, name the version that you need\n"
        "in your own requirements: your line wins."
    )


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
    NotFound,
    Conflict,
)


def explained(error: CommandFailed) -> InstallFailed:
    kind = next((kind for kind in KINDS if re.search(kind.signs, error.output, re.IGNORECASE)), InstallFailed)
    return kind(error.output)


def _telling(output: str, signs: str) -> list[str]:
    """The lines that speak of the trouble; without any, the last ones."""
    lines = [line.strip(" ×╰─▶│├╭") for line in output.splitlines() if line.strip()]
    telling = [line for line in lines if signs and re.search(signs, line, re.IGNORECASE)] or lines[-LINES_QUOTED:]
    return [line[:WIDEST] for line in telling[:LINES_QUOTED]] or ["no output"]
