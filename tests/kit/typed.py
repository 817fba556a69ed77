"""Commands as somebody types them in a shell of a machine with a tampu on it, and what they say."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.kit import buildpack, builds
from tests.kit.served import free_port

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tests.kit.builds import Platform

# What serves goes on until Ctrl-C, and so does what follows a log; a warning comes before.
SERVING = "-----> Serving "
FOLLOWING = re.compile(r"-f$")
BEFORE = "is no more"
PATIENCE = 120


def surroundings(platform: Platform, place: Path) -> dict[str, str]:
    """A home with a cache that knows a Python and tampu's tools, and `tampu` among the programs."""
    programs = place / "programs"
    programs.mkdir()
    for name, program in {"tampu": buildpack.BIN / "tampu", "python3": buildpack.python()}.items():
        (programs / name).symlink_to(program)
    (programs / "python").symlink_to("python3")
    builds.clone(platform.cache / "tampu", place / "caches" / "tampu")
    return {
        "HOME": str(place),
        "PATH": f"{programs}:{os.defpath}",
        "XDG_CACHE_HOME": str(place / "caches"),
        "PIP_INDEX_URL": (platform.user_env / "PIP_INDEX_URL").read_text(),
        "LANG": "C.UTF-8",
        **platform.environ,
    }


@dataclass(slots=True, kw_only=True)
class Shell:
    """In that folder, with other ports than those that are written down."""

    folder: Path
    env: Mapping[str, str]
    ports: Mapping[str, str]
    code: int = 0

    def own(self, told: str) -> str:
        for port, ours in self.ports.items():
            told = re.sub(rf"\b{port}\b", ours, told)
        return told

    def run(self, command: str, expected: str) -> str:
        """All that it says, until it ends, or until it says that."""
        log = self.folder.parent / "log"
        with log.open("w") as out:
            process = subprocess.Popen(
                ("bash", "-c", command),
                cwd=self.folder,
                env=self.env,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        deadline = time.monotonic() + PATIENCE
        try:
            while process.poll() is None and not _is_said(expected, log.read_text()):
                assert time.monotonic() < deadline, log.read_text()
                time.sleep(0.05)
            if FOLLOWING.search(command) or (SERVING in log.read_text() and " start" not in command):
                os.killpg(process.pid, signal.SIGINT)
            self.code = process.wait(PATIENCE)
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
        return log.read_text()


def ports(*written: str) -> dict[str, str]:
    return {port: str(free_port()) for port in written}


def _is_said(expected: str, said: str) -> bool:
    return bool(expected and re.search(expected, said)) and (BEFORE not in said or SERVING in said)
