"""Mirrors and package indexes that serve what they should not, or nobody."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import subprocess
import tarfile
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.request import url2pathname

from tests.kit import bundles, gate, mirrors, require, web, wheels
from tests.kit.ports import free_port
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


def nobody_listens(bench: Bench) -> None:
    bench.env["TAMPU_MIRROR"] = f"http://127.0.0.1:{free_port()}/pythons"


def index_where_nobody_listens(bench: Bench) -> None:
    index = f"http://127.0.0.1:{free_port()}/simple"
    (bench.user_env / "PIP_INDEX_URL").write_text(index)
    bench.env["UV_HTTP_RETRIES"] = "0"


def index_that_is_cut(bench: Bench) -> None:
    folder = Path(url2pathname(bench.index.removeprefix("file://"))).parent
    it = bench.stack.enter_context(gate.before(folder))
    it.fault = lambda path, _times: None if path.endswith("/") else gate.cut(0.5)
    (bench.user_env / "PIP_INDEX_URL").write_text(f"{it.url}/simple")
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
    bench.write("requirements.txt", f"--require-hashes\nalpha==1.0 --hash=sha256:{digest}\nbeta==1.0\n")


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


def index_of(version: str, arch: str = mirrors.ARCH) -> Callable[[Bench], None]:
    """A mirror that lists that Python only."""

    def circumstance(bench: Bench) -> None:
        folder = bench.app.parent / "old mirror"
        folder.mkdir()
        entry = {"name": "python", "version": version, "arch": arch, "file": ARCHIVE, "sha256": NO_HASH}
        (folder / "index.json").write_text(json.dumps({"format": 1, "files": [entry]}))
        bench.env["TAMPU_MIRROR"] = str(folder)

    return circumstance


def bundle_of_another_app(bench: Bench) -> None:
    """Another Python, other packages, and nothing to serve it with."""
    folder = bundles.make_bundle(bench.app.parent / "bundle", bench.mirror, bench.index)
    bundles.rewrite(folder, lambda entry: entry["name"] not in {"nginx", "package:gamma"})
    bench.env["TAMPU_MIRROR"] = str(folder)


def bundle_without_tools(bench: Bench) -> None:
    folder = bundles.make_bundle(bench.app.parent / "bundle", bench.mirror, bench.index)
    bundles.rewrite(folder, lambda entry: entry["name"] != "package:pyyaml")
    bench.cache = bench.app.parent / "empty"
    bench.env["TAMPU_MIRROR"] = str(folder)


def bundle_with_a_file_too_many(bench: Bench) -> None:
    folder = bundles.make_bundle(bench.app.parent / "bundle", bench.mirror, bench.index)
    wheels.wheel(Package(name="alpha", version="9"), folder / "wheels")
    bench.env["TAMPU_MIRROR"] = str(folder)


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
