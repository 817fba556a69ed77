"""Why a host can't be worked with, in words, by what ssh and the host's shell said."""

from __future__ import annotations

import re

from tampu.errors import TampuError
from tampu.remote.agent import TOO_OLD

SSH_FAILED = 255
NO_SUCH_PROGRAM = 127
KEY = re.compile(r"Server host key: (\S+) (\S+)")
NOT_WORDS = ("debug", "OpenSSH_", "@@@", "Pseudo-terminal", "Warning: Permanently")
OLDEST = "Python 3.8 or newer"


class OutOfReach(TampuError):
    reason = "remote::out-of-reach"

    def __init__(self, host: str, told: str) -> None:
        super().__init__(
            title=f"{host} can't be reached with ssh",
            found=told,
            expected=f"`ssh {host} true` ends without a word.",
            todo=(
                "Check the host's name, its port, and the network between you. ssh's own configuration applies;\n"
                "name another one with --ssh-config FILE."
            ),
        )


class NotLetIn(TampuError):
    reason = "remote::not-let-in"

    def __init__(self, host: str, told: str) -> None:
        super().__init__(
            title=f"{host} doesn't let you in",
            found=told,
            expected="a key of yours that the host accepts, and that needs no question where nobody can answer",
            todo=(
                f"Copy your public key there with `ssh-copy-id {host}`, add the key to your agent with `ssh-add`,\n"
                "or name the right one with IdentityFile in ssh's configuration."
            ),
        )


class UnknownHost(TampuError):
    reason = "remote::unknown-host"

    def __init__(self, host: str, told: str) -> None:
        key = KEY.search(told)
        found = f"{key[1]} {key[2]}" if key else _last(told)
        known = "IDENTIFICATION HAS CHANGED" in told
        super().__init__(
            title=f"{host} shows another key than it did before"
            if known
            else f"{host} shows a key that you don't know",
            found=found,
            expected="the key that known_hosts has for it" if known else "a key that known_hosts has",
            todo=(
                "Somebody may be between you and the host. If its key was changed on purpose, ask who did it for\n"
                f"the fingerprint, compare, and forget the old one with `ssh-keygen -R {host}`."
                if known
                else "Compare the fingerprint with what the host's keeper tells you (there:\n"
                "`ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub`). If they are the same,\n"
                f"say yes once to `ssh {host}`."
            ),
        )


class NoPython(TampuError):
    reason = "remote::no-python"

    def __init__(self, host: str, python: str, found: str) -> None:
        super().__init__(
            title=f"{host} has no Python that tampu can work with",
            found=found,
            expected=f"{python} is {OLDEST}",
            todo=(
                "Install one there (`apt-get install python3`), or see that a login without a terminal finds it\n"
                "on its PATH."
            ),
        )


def explain(host: str, python: str, code: int, told: str) -> TampuError:
    words = _last(told)
    if code == TOO_OLD:
        return NoPython(host, python, f"{python} is Python {words}")
    if code == NO_SUCH_PROGRAM:
        return NoPython(host, python, f"no {python} on its PATH")
    if "Host key verification failed" in told:
        return UnknownHost(host, told)
    if "Permission denied" in told or "Too many authentication failures" in told:
        return NotLetIn(host, words)
    return OutOfReach(host, words or f"ssh ended with exit code {code}")


def _last(told: str) -> str:
    lines = [line.strip() for line in told.splitlines() if line.strip() and not line.startswith(NOT_WORDS)]
    return lines[-1] if lines else ""
