"""What files of an app can't bring about: disks, servers, machines and copies of tampu in a bad state."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import shutil
import socket
import subprocess
import tarfile
from pathlib import Path
from typing import TYPE_CHECKING

from tests.kit import buildpack, disk, mirrors, require, web, wheels
from tests.kit.wheels import Package
from tests.world import origin as bad
from tests.world.origin import serving, whole

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tests.kit.failures import Bench
    from tests.world.origin import Act

VERSION = "3.12.4"
ARCHIVE = "python-3.12.4.tar.gz"
NO_HASH = "0" * 64
HELLO = b"#!/bin/sh\necho 3.12.3\n"
HIDE_WHEELS = "/bin/mount -t tmpfs none /usr/share/python-wheels 2>/dev/null;"
OLD_SYSTEM = b"#!/bin/sh\necho \"/lib/libc.so.6: version 'GLIBC_2.38' not found\" >&2\nexit 1\n"


def _port_of_nobody() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port: int = taken.getsockname()[1]
    return port


def nobody_listens(bench: Bench) -> None:
    bench.env["TAMPU_MIRROR"] = f"http://127.0.0.1:{_port_of_nobody()}/pythons"


def index_where_nobody_listens(bench: Bench) -> None:
    index = f"http://127.0.0.1:{_port_of_nobody()}/simple"
    (bench.user_env / "PIP_INDEX_URL").write_text(index)
    bench.env["UV_HTTP_RETRIES"] = "0"


def index_behind_a_login(bench: Bench) -> None:
    wheels.wheel(Package(name="alpha"), bench.app.parent / "private")
    wheels.index(bench.app.parent / "private")
    site = bench.stack.enter_context(web.serve(bench.app.parent / "private", login="team:a-password"))
    (bench.user_env / "PIP_INDEX_URL").write_text(f"{site.url}/simple")


def answers(act: Act) -> Callable[[Bench], None]:
    """A mirror that does that when it is asked for its index."""

    def circumstance(bench: Bench) -> None:
        origin = bench.stack.enter_context(serving())
        bench.env["TAMPU_MIRROR"] = origin.on("/pythons/index.json", act).removesuffix("/index.json")

    return circumstance


def _certificate(place: Path) -> Path:
    require.need("openssl")
    kind = ("-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", "/CN=own")
    out = ("-keyout", str(place), "-out", str(place.with_suffix(".crt")))
    subprocess.run(("openssl", "req", *kind, *out), check=True, capture_output=True)
    place.write_bytes(place.read_bytes() + place.with_suffix(".crt").read_bytes())
    return place


def own_certificate(bench: Bench) -> None:
    origin = bench.stack.enter_context(serving(_certificate(bench.app.parent / "own.pem")))
    bench.env["TAMPU_MIRROR"] = f"{origin.url}/pythons"


def file_elsewhere(bench: Bench) -> None:
    """A mirror that leads from its file to an address that is none."""
    mirror_of(b"")(bench)
    index = (bench.app.parent / "mirror" / "index.json").read_bytes()
    origin = bench.stack.enter_context(serving())
    origin.on(f"/{ARCHIVE}", bad.redirect("http://[::1/pythons"))
    bench.env["TAMPU_MIRROR"] = origin.on("/index.json", whole(index)).removesuffix("/index.json")


def half_with_hashes(bench: Bench) -> None:
    (page,) = Path(bench.index.removeprefix("file://")).glob("alpha/index.html")
    digest = page.read_text().partition("alpha-1.0-py3-none-any.whl#sha256=")[2][:64]
    bench.write("requirements.txt", f"alpha==1.0 --hash=sha256:{digest}\nbeta==1.0\n")


def mirror_of(content: bytes | None, sha256: str = "", name: str = "python") -> Callable[[Bench], None]:
    """A mirror with that file for Python 3.12.4, if with any; its index names one all the same."""

    def circumstance(bench: Bench) -> None:
        folder = bench.app.parent / "mirror"
        folder.mkdir()
        digest = sha256 or hashlib.sha256(content or b"").hexdigest()
        entry = {"name": name, "version": VERSION, "arch": mirrors.ARCH, "file": ARCHIVE, "sha256": digest}
        (folder / "index.json").write_text(json.dumps({"format": 1, "files": [entry]}))
        if content is not None:
            (folder / ARCHIVE).write_bytes(content)
        bench.env["TAMPU_MIRROR"] = str(folder)

    return circumstance


def packed(files: Mapping[str, bytes], *others: tarfile.TarInfo) -> bytes:
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w") as tar:
        for name, content in files.items():
            member = tarfile.TarInfo(f"python/{name}")
            member.size, member.mode = len(content), 0o755
            tar.addfile(member, io.BytesIO(content))
        for member in others:
            tar.addfile(member)
    return gzip.compress(data.getvalue(), mtime=0)


def member(name: str, kind: bytes, target: str = "") -> tarfile.TarInfo:
    found = tarfile.TarInfo(name)
    found.type, found.linkname = kind, target
    return found


def runtime(program: bytes) -> bytes:
    return packed({"bin/python3.12": program, "lib/python3.12/os.py": b""})


def full_disk(bench: Bench) -> None:
    """The cache is on it, the app isn't."""
    bench.cache = bench.stack.enter_context(disk.tiny(bench.app.parent / "disk")) / "cache"


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


CIRCUMSTANCES: dict[str, Callable[[Bench], None]] = {
    "archive::broken": mirror_of(runtime(HELLO)[:-20]),
    "archive::climbs": mirror_of(packed({}, member("python/bin/python3", tarfile.SYMTYPE, "/usr/bin/python3"))),
    "archive::odd-member": mirror_of(packed({}, member("python/null", tarfile.CHRTYPE))),
    "bootstrap::download": no_python(),
    "bootstrap::no-client": neither_python_nor_a_client,
    "bootstrap::no-runtime": no_python(f"pdp11 {VERSION} {ARCHIVE} {NO_HASH}\n"),
    "bootstrap::wrong-hash": no_python(f"{{machine}} {VERSION} {ARCHIVE} {NO_HASH}\n"),
    "disk::full": full_disk,
    "disk::not-writable": read_only_cache,
    "download::bad-address": file_elsewhere,
    "download::certificate": own_certificate,
    "download::not-found": mirror_of(None),
    "download::redirects": answers(bad.redirect("/pythons/index.json")),
    "download::refused": nobody_listens,
    "download::status": answers(bad.status(401)),
    "download::too-large": answers(bad.told_only(10**12)),
    "download::truncated": answers(bad.cut_short(b"{}")),
    "download::unavailable": answers(bad.status(503)),
    "download::wrong-hash": mirror_of(b"not what it was", sha256=NO_HASH),
    "install::hash-missing": half_with_hashes,
    "install::no-git": without("git"),
    "install::unauthorized": index_behind_a_login,
    "install::unreachable": index_where_nobody_listens,
    "internal::unexpected": lost_lock,
    "pins::broken": damaged_pins,
    "python-version::nothing-to-be-had": other_machine,
    "runtime::does-not-start": mirror_of(runtime(OLD_SYSTEM)),
    "runtime::incomplete": mirror_of(packed({"bin/python3.12": HELLO})),
    "runtime::wrong-version": mirror_of(runtime(HELLO)),
    "tools::failed": empty_index,
    "tools::no-installer": no_pip_at_all,
}
