"""The values of a wish as people write them, and back."""

from __future__ import annotations

import re
import resource
from pathlib import Path

from tampu.daemon.wish import UNLIMITED, Answering, Backoff, Executed, Existing, Lasting, Limit, Notified, Ready
from tampu.errors import TampuError

UNITS = {"": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30}
SIZE = re.compile(r"([0-9]{1,12})([KMG]?)B?", re.IGNORECASE)
NUMBER = re.compile(r"[0-9]{1,9}(\.[0-9]{1,6})?")
UMASK = re.compile(r"0?[0-7]{1,3}")
VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
HIGHEST_PORT = 65535
LIMITS = sorted(name.removeprefix("RLIMIT_").lower() for name in dir(resource) if name.startswith("RLIMIT_"))
LONGEST_NUMBER = len(str(1 << 63))
FOREVER = "unlimited"


class BadValue(TampuError):
    reason = "daemon::bad-value"
    exit_code = 2

    def __init__(self, option: str, found: str, expected: str) -> None:
        super().__init__(
            title=f"{option} has a value that it can't have",
            found="\\n".join(found.splitlines()),
            expected=expected,
            todo="`tampu daemon start --help` explains all options.",
        )


def ready(text: str, cwd: Path) -> Ready:
    how, _, value = text.partition(":")
    if text == "notify":
        return Notified()
    if how == "port" and 0 < (port := _whole(value) or 0) <= HIGHEST_PORT:
        return Answering(port=port)
    if how == "file" and value:
        return Existing(path=cwd / value)
    if how == "after" and NUMBER.fullmatch(value):
        return Lasting(seconds=float(value))
    raise BadValue("--ready", text, "notify, port:8000, file:PATH or after:SECONDS")


def of_ready(ready: Ready) -> str:
    if isinstance(ready, Answering):
        return f"port:{ready.port}"
    if isinstance(ready, Existing):
        return f"file:{ready.path}"
    if isinstance(ready, Lasting):
        return f"after:{ready.seconds:.6f}"
    return "notify" if isinstance(ready, Notified) else ""


def read_ready(text: str) -> Ready:
    """What `of_ready` wrote."""
    return ready(text, Path("/")) if text else Executed()


def seconds(option: str, text: str) -> float:
    if not NUMBER.fullmatch(text):
        raise BadValue(option, text, "seconds, such as 10 or 0.5")
    return float(text)


def count(option: str, text: str) -> int:
    if not text.isascii() or not text.isdecimal() or len(text) > len("10000"):
        raise BadValue(option, text, "a whole number, such as 5")
    return int(text)


def size(option: str, text: str) -> int:
    found = SIZE.fullmatch(text)
    bytes_ = int(found[1]) * UNITS[found[2].upper()] if found else 0
    if not bytes_:
        raise BadValue(option, text, "a size such as 10M (K, M and G are known; without any, bytes)")
    return bytes_


def umask(text: str) -> int:
    if not UMASK.fullmatch(text):
        raise BadValue("--umask", text, "three octal digits, such as 022 or 077")
    return int(text, 8)


def limit(text: str) -> Limit:
    name, equals, value = text.partition("=")
    soft, _, hard = value.partition(":")
    numbers = [UNLIMITED if each == FOREVER else _whole(each) for each in (soft, hard or soft)]
    if not equals or name not in LIMITS or None in numbers:
        raise BadValue(
            "--limit",
            text,
            f"NAME=NUMBER or NAME=SOFT:HARD, of {', '.join(LIMITS[:8])},\n{', '.join(LIMITS[8:])}",
        )
    return Limit(name=name, soft=numbers[0] or 0, hard=numbers[1] or 0)


def of_limit(limit: Limit) -> str:
    return f"{limit.name}=" + ":".join(FOREVER if each == UNLIMITED else str(each) for each in (limit.soft, limit.hard))


def backoff(text: str) -> Backoff:
    first, _, rest = text.partition(":")
    most, _, tries = rest.partition(":")
    if not NUMBER.fullmatch(first) or (rest and not NUMBER.fullmatch(most)) or (tries and _whole(tries) is None):
        raise BadValue("--backoff", text, "FIRST:MOST seconds, such as 1:60, or FIRST:MOST:TRIES, such as 1:60:10")
    usual = Backoff()
    return Backoff(first=float(first), most=max(float(most or usual.most), float(first)), tries=int(tries or 0))


def of_backoff(backoff: Backoff) -> str:
    return f"{backoff.first:.6f}:{backoff.most:.6f}:{backoff.tries}"


def variable(option: str, text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not VARIABLE.fullmatch(name) or "\0" in value:
        raise BadValue(option, text, "NAME=VALUE, the name in letters, digits and _")
    return name, value


def variables(path: Path) -> dict[str, str]:
    """Lines of NAME=VALUE, as env files have them."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise BadValue("--env-file", f"{path}: {error}", "a file with lines of NAME=VALUE") from None
    found = {}
    for line in lines:
        text = line.strip().removeprefix("export ")
        if text and not text.startswith("#"):
            name, value = variable(f"--env-file {path}", text)
            found[name] = value[1:-1] if len(value) > 1 and value[0] == value[-1] and value[0] in "'\"" else value
    return found


def _whole(text: str) -> int | None:
    plain = text.isascii() and text.isdecimal() and len(text) <= LONGEST_NUMBER
    return int(text) if plain and int(text) < 1 << 63 else None
