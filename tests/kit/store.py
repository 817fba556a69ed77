"""Things that take seconds to make, kept between runs and shared by the workers of one run."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import ModuleType

    import pytest


def root() -> Path:
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "tampu-tests"


def key(maker: ModuleType, *parts: str) -> str:
    """Changes with the source of the maker, and with whatever else the thing is made from."""
    assert maker.__file__
    text = "\0".join((Path(maker.__file__).read_text(encoding="utf-8"), *parts))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def kept(name: str, make: Callable[[Path], None]) -> Path:
    """The folder of that name; `make` fills it when it isn't there yet, in one process only."""
    place = root() / name
    with alone(name):
        if not place.exists():
            new = Path(tempfile.mkdtemp(prefix=".new-", dir=place.parent))
            try:
                make(new)
                new.rename(place)
            finally:
                shutil.rmtree(new, ignore_errors=True)
    return place


def shared(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], object]) -> Path:
    """The folder of that name that all workers of this run have in common; whoever comes first makes it."""
    base = factory.getbasetemp()
    place = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "shared" / name
    done = place.with_name(f"{name}.done")
    with alone(str(place)):
        if not done.exists():
            shutil.rmtree(place, ignore_errors=True)
            make(place)
            done.touch()
    return place


@contextmanager
def alone(name: str) -> Iterator[None]:
    """No other process is here under that name at the same time."""
    lock = root() / f"{name}.lock"
    lock.parent.mkdir(parents=True, exist_ok=True)
    with lock.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield
