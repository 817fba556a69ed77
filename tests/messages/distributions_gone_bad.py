"""Distributions without what is asked of them, and machines on which no nginx is to be had."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from tests.kit import distribution, mirrors, require
from tests.messages import machines_gone_bad as near
from tests.messages import mirrors_gone_bad as far

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.kit.distribution import Deb
    from tests.kit.failures import Bench

VERSION = "1.28.0"
ARCHIVE = f"nginx-{VERSION}.tar.gz"
BINDS = (("apt", "/etc/apt"), ("release", "/etc/os-release"), ("status", "/var/lib/dpkg/status"))
NO_CONFIGURE = b"#!/bin/sh\necho './configure: error: invalid option \"--with-http_spdy_module\"'\nexit 1\n"


def distribution_of(*packages: Deb) -> Callable[[Bench], None]:
    """A machine whose distribution has these packages and no others."""

    def circumstance(bench: Bench) -> None:
        require.need_root()
        require.need("unshare")
        place = bench.app.parent / "os"
        distribution.make(place, *packages)
        if not packages:
            (place / "apt" / "sources.list").write_text(f"deb [trusted=yes] file:{bench.app}/nowhere ./\n")
        mounts = " ".join(f"/bin/mount --bind {place}/{name} {path};" for name, path in BINDS)
        near._start_python(bench, f"unshare --mount sh -c '{mounts} exec \"$@\"' - {bench.programs['python3']}")
        bench.programs |= {name: Path(path) for name in distribution.PROGRAMS if (path := shutil.which(name))}

    return circumstance


def mirror_without_nginx(bench: Bench) -> None:
    """It still has Pythons."""
    _mirror(bench, None)


def mirror_with_half_an_nginx(bench: Bench) -> None:
    _mirror(bench, far.packed({"lib/libssl.so.3": b""}), name="nginx", arch=mirrors.ARCH)


def source_of_another_python(bench: Bench) -> None:
    _compiler(bench)
    header = b'#define PY_VERSION "3.8.19"\n'
    _mirror(bench, far.packed({"Include/patchlevel.h": header}), "cpython-source", "any", "3.8.18")


def machine_without_headers(bench: Bench) -> None:
    _compiler(bench, "exit 1")
    _mirror(bench, None)


def _compiler(bench: Bench, answer: str = "") -> None:
    for name in ("cc", "make", "strip"):
        program = bench.app.parent / name
        program.write_text(f"#!/bin/sh\n{answer}\n")
        program.chmod(0o755)
        bench.programs[name] = program


def source_that_can_not_be_built(bench: Bench) -> None:
    _compiler(bench)
    bench.programs["tail"] = Path("/usr/bin/tail")
    _mirror(bench, far.packed({"configure": NO_CONFIGURE}), name="nginx-source", arch="any")


def _mirror(bench: Bench, archive: bytes | None, name: str = "", arch: str = "", version: str = VERSION) -> None:
    """One with the Pythons of the tests and with that archive, if with any."""
    folder = bench.app.parent / "mirror"
    folder.mkdir()
    index = json.loads((bench.mirror / "index.json").read_text())
    files = [file for file in index["files"] if file["name"] == "python"]
    for file in files:
        (folder / file["file"]).symlink_to(bench.mirror / file["file"])
    if archive is not None:
        (folder / ARCHIVE).write_bytes(archive)
        sha256 = hashlib.sha256(archive).hexdigest()
        files.append({"name": name, "version": version, "arch": arch, "file": ARCHIVE, "sha256": sha256})
    (folder / "index.json").write_text(json.dumps({**index, "files": files}))
    bench.env["TAMPU_MIRROR"] = str(folder)
