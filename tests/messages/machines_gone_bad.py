"""Machines that lack something: room, rights, programs, a Python, parts of tampu."""

from __future__ import annotations

import shlex
import shutil
import socket
import subprocess
import tarfile
from typing import TYPE_CHECKING

from tests.kit import buildpack, disk, mirrors, require, wheels
from tests.messages.mirrors_gone_bad import ARCHIVE, index_of, mirror_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.kit.failures import Bench

HIDE_WHEELS = "/bin/mount -t tmpfs none /usr/share/python-wheels 2>/dev/null;"


def full_disk(bench: Bench) -> None:
    """The cache is on it, the app isn't."""
    bench.cache = bench.stack.enter_context(disk.tiny(bench.app.parent / "disk")) / "cache"


def nearly_full_disk(bench: Bench) -> None:
    """The app is on it, the cache isn't."""
    place = bench.stack.enter_context(disk.tiny(bench.app.parent / "disk")) / "app"
    bench.app = shutil.copytree(bench.app, place)


def nothing_new_in_home(bench: Bench) -> None:
    """Root may write everywhere but there."""
    require.need_root()
    require.need("unshare")
    frozen = "/bin/mount --bind /home /home && /bin/mount -o remount,ro,bind /home"
    _start_python(bench, f"unshare --mount sh -c '{frozen} && exec \"$@\"' - {bench.programs['python3']}")


def builder_of_images(*lines: str) -> Callable[[Bench], None]:
    """One that says this, and gives up."""

    def set_up(bench: Bench) -> None:
        place = bench.app.parent / "buildah"
        said = "".join(f"echo {shlex.quote(line)}\n" for line in lines)
        place.write_text(f"#!/bin/sh\n{said}exit 125\n", encoding="utf-8")
        place.chmod(0o755)
        bench.programs["buildah"] = place

    return set_up


def read_only_cache(bench: Bench) -> None:
    """Root may write everywhere but there."""
    full_disk(bench)
    subprocess.run(("mount", "-o", "remount,ro", bench.cache.parent), check=True)


def damaged_pins(bench: Bench) -> None:
    place = bench.own_house() / "vendor" / "pythons.json"
    place.write_text(place.read_text().replace('"sha256": "', '"sha256": "?'))


def lost_lock(bench: Bench) -> None:
    (bench.own_house() / "vendor" / "tools.lock").unlink()


def other_machine(bench: Bench) -> None:
    """A kind that nobody builds interpreters for."""
    require.need("setarch")
    _start_python(bench, f"setarch linux32 {bench.programs['python3']}")
    bench.env["TAMPU_MIRROR"] = ""


def other_machine_with_an_old_python(bench: Bench) -> None:
    other_machine(bench)
    index_of("3.8.18", "i686")(bench)


def _start_python(bench: Bench, words: str) -> None:
    """Let `python3` be a program that starts another one."""
    starter = bench.app.parent / "python3"
    program, _, rest = words.partition(" ")
    starter.write_text(f'#!/bin/sh\nexec {shutil.which(program)} {rest} "$@"\n')
    starter.chmod(0o755)
    bench.programs["python3"] = starter


def empty_index(bench: Bench) -> None:
    wheels.index(_made(bench.app.parent / "index"))
    (bench.user_env / "PIP_INDEX_URL").write_text((bench.app.parent / "index/simple").as_uri())
    bench.cache = bench.app.parent / "cache"


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder


def no_pip_at_all(bench: Bench) -> None:
    """A Python without pip on a machine without one, and a mirror that has no other Python."""
    require.need_root()
    require.need("unshare")
    version = max(mirrors.patches(bench.mirror).values())
    with tarfile.open(bench.mirror / f"cpython-{version}-{mirrors.ARCH}.tar.gz") as runtime:
        runtime.extractall(bench.app.parent)  # noqa: S202 - we made it
    python = bench.app.parent / "python"
    for bundled in python.glob("lib/python3*/ensurepip"):
        shutil.rmtree(bundled)
    _start_python(bench, f"unshare --mount sh -c '{HIDE_WHEELS} exec \"$@\"' - {python}/bin/python3")
    mirror_of(None, name="uv")(bench)
    bench.cache = bench.app.parent / "cache"


def without(*names: str) -> Callable[[Bench], None]:
    """A machine that lacks these programs."""

    def circumstance(bench: Bench) -> None:
        programs = _made(bench.app.parent / "programs")
        found = {name: shutil.which(name) for name in buildpack.PROGRAMS}
        for name, path in (found | bench.programs).items():
            if path and name not in names:
                (programs / name).symlink_to(path)
        bench.env["PATH"] = str(programs)

    return circumstance


def no_python(bootstrap: str = "") -> Callable[[Bench], None]:
    """A machine without Python, and a mirror whose list of Pythons to start with is that."""

    def circumstance(bench: Bench) -> None:
        without("python3")(bench)
        folder = _made(bench.app.parent / "mirror")
        (folder / ARCHIVE).write_bytes(b"something else")
        if bootstrap:
            (folder / "bootstrap").write_text(bootstrap.format(machine=mirrors.ARCH))
        bench.env["TAMPU_MIRROR"] = str(folder)

    return circumstance


def neither_python_nor_a_client(bench: Bench) -> None:
    without("python3", "curl")(bench)
    bench.env["TAMPU_MIRROR"] = ""


def port_taken(bench: Bench) -> None:
    server = bench.stack.enter_context(socket.create_server(("127.0.0.1", 0)))
    bench.env["PORT"] = str(server.getsockname()[1])
