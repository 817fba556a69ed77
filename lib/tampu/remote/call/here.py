"""What is on our side of a call: its words, the configuration, the folders, and the way to a host."""

from __future__ import annotations

import os
import stat
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from tampu.errors import TampuError
from tampu.remote.call import conf
from tampu.remote.found.tree import project_of
from tampu.remote.links.host import Host
from tampu.remote.links.link import Link
from tampu.remote.quick import spare
from tampu.remote.quick.remembering import spare_of
from tampu.values import dataclass, field

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from tampu.remote.call.conf import Conf
    from tampu.remote.call.options import Call
    from tampu.remote.found.data_files import DataFile
    from tampu.remote.quick.looking import Looks
    from tampu.world.console import Console

# A socket's path is 107 bytes at most; ssh puts a name of 40 and an ending of 17 into the folder.
LONGEST_FOLDER = 48
FOR_OTHERS = 0o077
# Who removes all leaves nobody behind who holds some of it.
CLEAN = "clean"


class NoHost(TampuError):
    reason = "remote::no-host"
    exit_code = 2

    def __init__(self) -> None:
        super().__init__(
            title="It is not said where the script is to run",
            found="no --host, and no host in /etc/cloudpy.conf, ~/.cloudpy.conf, ./cloudpy.conf or tampu.toml",
            expected="a host that `ssh HOST` leads to",
            todo=(
                "Name it with --host HOST. To say it once for this folder, write a cloudpy.conf:\n\n"
                '    {"host": "ubuntu@192.0.2.7"}'
            ),
        )


def nothing() -> None:
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class Here:
    """`traces` are what scripts were seen to touch, once one was run here for that."""

    call: Call
    conf: Conf
    environ: Mapping[str, str]
    home: Path
    cwd: Path
    say: Console
    looks: Looks
    traces: dict[Path, tuple[DataFile, ...]] = field(default_factory=dict)

    @property
    def cache(self) -> Path:
        """What can be made anew at any time."""
        return _own(self.environ, "XDG_CACHE_HOME", self.home / ".cache")

    @property
    def data(self) -> Path:
        """What is to be kept."""
        return _own(self.environ, "XDG_DATA_HOME", self.home / ".local" / "share")

    @property
    def sockets(self) -> Path:
        return sockets(self.cache, self.environ)

    def host(self, name: str = "") -> Host:
        """That one, else the one that is asked for."""
        named = name or self.call.value("host") or self.conf.host or next(iter(self.conf.hosts), "")
        if not named:
            raise NoHost
        config = self.call.value("ssh-config")
        return Host(
            name=named,
            env=self.environ,
            sockets=self.sockets,
            config=self.cwd / config if config else self.conf.ssh_config,
            store=self.conf.depository,
            budget=self.conf.budget,
            terminal=os.isatty(0) and os.isatty(2),
        )

    @contextmanager
    def link(self, name: str = "", meanwhile: Callable[[], object] = nothing) -> Iterator[Link]:
        """One that has been greeted; where nothing goes wrong, it is kept ready for the next call.

        What is to be done `meanwhile` is done while ssh is on its way.
        """
        host = self.host(name)
        place = spare_of(host) if self.conf.spare and self.call.verb != CLEAN else ""
        loan = spare.borrow(place) if place else None
        made = Link(host, (loan.ends, loan.told) if loan else None)
        try:
            meanwhile()
            made.greet()
            yield made
            if loan:
                loan.give_back(made)
            elif place:
                spare.leave(made, place, self.conf.spare)
        finally:
            made.close()


def look(call: Call, environ: Mapping[str, str], say: Console, looks: Looks) -> Here:
    home, cwd = Path(environ.get("HOME") or "/"), Path.cwd()
    script = cwd / (call.words[0] if call.words and not call.verb else "any")
    known = conf.read(home, cwd, project_of(script, home).root, environ)
    return Here(call=call, conf=known, environ=environ, home=home, cwd=cwd, say=say, looks=looks)


def sockets(cache: Path, environ: Mapping[str, str]) -> Path:
    """Where shared connections are: a folder that is only ours, by a path that is short enough."""
    runtime = environ.get("XDG_RUNTIME_DIR", "")
    common = Path(tempfile.gettempdir(), f"tampu-{os.geteuid()}")
    places = (*((Path(runtime, "tampu-ssh"),) if Path(runtime).is_dir() and runtime else ()), cache / "ssh", common)
    short = (place for place in places if len(os.fsencode(place)) <= LONGEST_FOLDER)
    found = next((place for place in short if _is_ours(place)), None)
    return found or Path(tempfile.mkdtemp(prefix="tampu-"))


def _is_ours(place: Path) -> bool:
    try:
        place.mkdir(mode=0o700, parents=True, exist_ok=True)
        found = place.lstat()
    except OSError:
        return False
    return stat.S_ISDIR(found.st_mode) and found.st_uid == os.geteuid() and not found.st_mode & FOR_OTHERS


def _own(environ: Mapping[str, str], name: str, usual: Path) -> Path:
    told = environ.get(name, "")
    return Path(told if told.startswith("/") else usual) / "tampu" / "remote"
