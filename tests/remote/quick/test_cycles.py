"""Somebody edits and runs, again and again, as fast as hands and editors are: it is never the old code that runs."""

from __future__ import annotations

import os
import random
import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.kit import old_pythons
from tests.kit.remote_desk import Desk

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.kit.sshd import Server

CYCLES = int(os.environ.get("TAMPU_CYCLES", "10"))
SERIES = "3.13"
# The third of three equal runs goes the quick way.
RUNS = (1, 1, 1, 2, 3)
MAIN = """\
import os
import colorsys
import one, two
from pkg import three
try:
    import perhaps_there
except ImportError:
    perhaps_there = None
SAYS = {number}
found = [SAYS] + [getattr(each, "SAYS", None) for each in (one, two, three, perhaps_there, colorsys)]
print(*found, open("data.txt").read(), open("link.txt").read(), open("tool.sh").read(), os.access("tool.sh", os.X_OK))
print(os.path.islink("link.txt"), sorted(os.listdir("parts")))
"""
MODULES = ("one.py", "two.py", "pkg/three.py")
# One that belongs to Python, one that is optional, and a package that comes before the module of that name.
SHADOWS = ("colorsys.py", "perhaps_there.py", "two/__init__.py")
DATA = ("data.txt", "other.txt", "tool.sh")


class Editor:
    """Whoever works in that folder; all that is written has the same size."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.folder = folder
        self.chance = random.Random(seed)  # noqa: S311 - what is edited
        self.done: list[str] = []
        (folder / "parts").mkdir()
        (folder / "parts" / "first").touch()
        for name in (*MODULES, *DATA, "main.py"):
            self.write(name)
        (folder / "link.txt").symlink_to("data.txt")

    def write(self, name: str) -> None:
        number = self.chance.randrange(1000, 10000)
        text = MAIN.format(number=number) if name == "main.py" else f"SAYS = {number}\n"
        place = self.folder / name
        place.parent.mkdir(exist_ok=True)
        place.write_text(text if name.endswith(".py") else str(number), encoding="utf-8")

    def edit(self) -> None:
        acts: tuple[Callable[[], str], ...] = (
            *(self.in_place, self.in_place, self.at_the_same_time, self.beside_and_renamed),
            *(self.swap, self.mode, self.link, self.shadow, self.part),
        )
        act = self.chance.choice(acts)
        self.done.append(f"{act.__name__} {act()}")

    def any(self) -> str:
        return self.chance.choice((*MODULES, *DATA, "main.py"))

    def in_place(self) -> str:
        name = self.any()
        self.write(name)
        return name

    def at_the_same_time(self) -> str:
        """Of the same size, and as old as before to whoever asks."""
        name = self.any()
        before = (self.folder / name).stat()
        self.write(name)
        os.utime(self.folder / name, ns=(before.st_atime_ns, before.st_mtime_ns))
        return name

    def beside_and_renamed(self) -> str:
        name = self.any()
        before = self.folder / name
        kept = self.folder / "kept"
        before.rename(kept)
        self.write(name)
        before.chmod(kept.stat().st_mode)
        kept.unlink()
        return name

    def swap(self) -> str:
        one, other = self.chance.choice((MODULES, DATA))[:2]
        kept = self.folder / "kept"
        (self.folder / one).rename(kept)
        (self.folder / other).rename(self.folder / one)
        kept.rename(self.folder / other)
        return f"{one} {other}"

    def mode(self) -> str:
        (self.folder / "tool.sh").chmod(self.chance.choice((0o644, 0o755)))
        return ""

    def link(self) -> str:
        place, target = self.folder / "link.txt", self.chance.choice(("data.txt", "other.txt", ""))
        place.unlink()
        if target:
            place.symlink_to(target)
        else:
            self.write("link.txt")
        return target

    def shadow(self) -> str:
        name = self.chance.choice(SHADOWS)
        place = self.folder / name
        if place.exists():
            place.unlink()
            if place.parent != self.folder:
                place.parent.rmdir()
        else:
            self.write(name)
        return name

    def part(self) -> str:
        """One more or less in a folder that the script lists."""
        place = self.folder / "parts" / str(self.chance.randrange(3))
        if place.exists():
            place.unlink()
        else:
            place.touch()
        return place.name


@pytest.fixture
def desk(near: Server, tmp_path: Path, index: str, seed: Path) -> Desk:
    return Desk.make(tmp_path, near, {"PIP_INDEX_URL": index}, seed, python=SERIES)


def here(desk: Desk) -> tuple[int, str, str]:
    """What it says on this machine, with nothing kept from one run to the next."""
    argv = (old_pythons.program(SERIES), "-B", "main.py")
    ended = subprocess.run(argv, cwd=desk.project, env=desk.env, check=False, capture_output=True, encoding="utf-8")
    return ended.returncode, ended.stdout, ended.stderr


def there(desk: Desk) -> tuple[int, str, str]:
    result = desk.call("main.py")
    return result.code, result.out, result.err


def test_it_is_never_the_old_code(desk: Desk) -> None:
    seed = int(os.environ.get("TAMPU_CYCLES_SEED") or random.SystemRandom().randrange(10**9))
    editor = Editor(desk.project, seed)
    print(f"TAMPU_CYCLES_SEED={seed}")  # noqa: T201 - pytest shows it for a failed test

    for _ in range(CYCLES):
        for _ in range(editor.chance.choice(RUNS)):
            found = there(desk)
            assert here(desk) == found, f"{found}, after {editor.done[-3:]}"
        for _ in range(editor.chance.randrange(1, 4)):
            editor.edit()

    # So some of these went the quick way.
    assert list((desk.home / ".cache" / "tampu" / "remote" / "memo").iterdir())
