"""Templates in git repositories, brought here by git itself; nothing of theirs is run."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tampu.errors import TampuError
from tampu.facts.excerpt import excerpt
from tampu.values import dataclass
from tampu.world.console import without_credentials
from tampu.world.environ import tool_env
from tampu.world.run import Command, CommandFailed, CommandMissing

if TYPE_CHECKING:
    from pathlib import Path

    from tampu.world import World

ADDRESS = re.compile(
    r"(?:git\+(?P<url>(?:https?|ssh|file)://[^/\s]*/[^\s@]+)|(?P<scp>[\w.-]+@[\w.-]+:[^\s@]+))"
    r"(?:@(?P<ref>[^@:\s-][^@:\s]*))?"
)
# Others would let an address run a command.
PROTOCOLS = "https:http:ssh:file"
# An address cut short would be another one.
WHOLE = 400


class NoRepository(TampuError):
    reason = "create::no-repository"

    def __init__(self, address: str, found: str) -> None:
        super().__init__(
            title="A repository of a template can't be had",
            found=found,
            expected=excerpt(address, WHOLE),
            todo="Check the address, the name behind @, and that `git clone` of it works here.",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkout:
    folder: Path
    name: str
    commit: str


def is_address(name: str) -> bool:
    return name.startswith("git+") or ADDRESS.fullmatch(name) is not None


def base(address: str) -> str:
    """The repository, whichever of its states is meant."""
    found = ADDRESS.fullmatch(address)
    return (found["url"] or found["scp"]) if found else address


def fetch(address: str, place: Path, world: World) -> Checkout:
    found = ADDRESS.fullmatch(address)
    if found is None:
        raise NoRepository(address, "no such form of an address; git+https://host/shop.git@v1 is one")
    url, ref = found["url"] or found["scp"], found["ref"]
    try:
        _git(world, place.parent, "clone", "--quiet", "--no-checkout", "--", url, str(place))
        commit = _commit(world, place, ref)
        _git(world, place, "checkout", "--quiet", "--detach", commit)
    except CommandMissing as error:
        raise NoRepository(without_credentials(address), f"{error.title}: install git") from error
    except CommandFailed as error:
        lines = [line for line in error.output.splitlines() if line.strip()]
        said = excerpt(lines[0] if lines else error.ending, WHOLE)
        raise NoRepository(without_credentials(address), said) from error
    name = url.rstrip("/").rpartition("/")[2].removesuffix(".git")
    return Checkout(folder=place, name=name, commit=commit)


def _commit(world: World, place: Path, ref: str | None) -> str:
    """Of a branch as it is there, of a tag, or of a commit's own name."""
    words = ("rev-parse", "--verify", "--quiet", "--end-of-options")
    if ref:
        try:
            return _git(world, place, *words, f"refs/remotes/origin/{ref}^{{commit}}").strip()
        except CommandFailed:
            return _git(world, place, "rev-parse", "--verify", "--end-of-options", f"{ref}^{{commit}}").strip()
    return _git(world, place, *words, "HEAD^{commit}").strip()


def _git(world: World, cwd: Path, *words: str) -> str:
    env = {**tool_env(world.environ), "GIT_TERMINAL_PROMPT": "0", "GIT_ALLOW_PROTOCOL": PROTOCOLS}
    safely = ("-c", "core.hooksPath=/dev/null", "-c", "core.fsmonitor=false")
    return world.run.ask(Command(argv=("git", *safely, *words), cwd=cwd, env=env))
