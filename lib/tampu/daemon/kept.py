"""What a daemon was started with, beside its record: so that it can be started anew without saying it again."""

from __future__ import annotations

import json
import os
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tampu.daemon import places, words
from tampu.daemon.wish import Rotation, Wish

if TYPE_CHECKING:
    from tampu.daemon.places import Place

# Its environment may hold secrets.
MODE = 0o600


def keep(wish: Wish) -> None:
    """Only who has the daemon's life may: of two who start it, the other's wish is nobody's."""
    place = places.place(wish.name, wish.pid_dir)
    beside = place.beside("wish.new")
    with suppress(FileNotFoundError):
        os.unlink(beside)
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, MODE)
    with open(descriptor, "w", encoding="utf-8") as file:
        file.write(as_text(wish))
    os.rename(beside, place.beside("wish"))


def kept(place: Place) -> Wish | None:
    """None where nothing is, or nothing of ours: else anybody who may write there could say what root runs."""
    try:
        descriptor = os.open(place.beside("wish"), os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return None
    with open(descriptor, encoding="utf-8") as file:
        if os.fstat(descriptor).st_uid != os.geteuid():
            return None
        try:
            return from_text(file.read())
        except (ValueError, KeyError, TypeError, words.BadValue):
            return None


def as_text(wish: Wish) -> str:
    document = {
        "name": wish.name,
        "argv": list(wish.argv),
        "pid_dir": str(wish.pid_dir),
        "env": dict(wish.env),
        "cwd": str(wish.cwd),
        "umask": wish.umask,
        "user": wish.user,
        "group": wish.group,
        "limits": [words.of_limit(each) for each in wish.limits],
        "log": str(wish.log) if wish.log else None,
        "rotation": [wish.rotation.size, wish.rotation.keep] if wish.rotation else None,
        "ready": words.of_ready(wish.ready),
        "start_timeout": wish.start_timeout,
        "stop_timeout": wish.stop_timeout,
        "keep_alive": words.of_backoff(wish.keep_alive) if wish.keep_alive else None,
    }
    return json.dumps(document, indent=1) + "\n"


def from_text(text: str) -> Wish:
    document: dict[str, Any] = json.loads(text)
    rotation, again = document["rotation"], document["keep_alive"]
    return Wish(
        name=document["name"],
        argv=tuple(document["argv"]),
        pid_dir=Path(document["pid_dir"]),
        env=document["env"],
        cwd=Path(document["cwd"]),
        umask=document["umask"],
        user=document["user"],
        group=document["group"],
        limits=tuple(words.limit(each) for each in document["limits"]),
        log=Path(document["log"]) if document["log"] else None,
        rotation=Rotation(size=rotation[0], keep=rotation[1]) if rotation else None,
        ready=words.read_ready(document["ready"]),
        start_timeout=document["start_timeout"],
        stop_timeout=document["stop_timeout"],
        keep_alive=words.backoff(again) if again else None,
    )
