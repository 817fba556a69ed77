from __future__ import annotations

import hashlib
import io
import json
import socket
import tarfile
import threading
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from tampu.envs.compiling import NotBuilt, ProgramMissing, UnknownVersion
from tampu.envs.nginx_source import MODULES, choose
from tampu.platforms import nginx_build
from tampu.platforms.nginx_build import NoPort, WrongCall
from tampu.platforms.surroundings import open_at_home
from tampu.world.console import PlainConsole
from tampu.world.house import house
from tests.kit import require
from tests.kit.ports import free_port

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

TOOLS = "/usr/sbin:/usr/bin:/sbin:/bin"
# Its configure is the nginx that comes out in the end, with what it was asked for.
SAYS = '#!/bin/sh\necho "# $@" > asked\necho nginx version: nginx/1.28.0 >&2\n'
REFUSES = "#!/bin/sh\necho './configure: error: invalid option \"--with-nonsense\"'\nexit 1\n"
COMPILER = {"cc": "exit 0", "make": "mkdir objs && cat configure asked > objs/nginx", "strip": "exit 0"}
ADDRESS = "/nginx/sbin/nginx"
PATIENCE = 120


@dataclass
class Bench:
    """A machine with a compiler that makes an nginx of nothing, and a mirror with that nothing."""

    place: Path
    environ: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.out = io.StringIO()
        self.say = PlainConsole(out=self.out, err=self.out)
        (self.place / "mirror").mkdir()
        (self.place / "programs").mkdir()
        for name, text in COMPILER.items():
            program = self.place / "programs" / name
            program.write_text(f"#!/bin/sh\n{text}\n")
            program.chmod(0o755)
        self.set_source("1.28.0", SAYS)
        self.environ |= {
            "PATH": f"{self.place}/programs:{TOOLS}",
            "HOME": str(self.place),
            "TAMPU_MIRROR": str(self.place / "mirror"),
        }

    def set_source(self, version: str, configure: str) -> None:
        archive = self.place / "mirror" / "source.tar.gz"
        with tarfile.open(archive, "w:gz") as tar:
            member = tarfile.TarInfo(f"nginx-{version}/configure")
            member.size, member.mode = len(configure), 0o755
            tar.addfile(member, io.BytesIO(configure.encode()))
        sha256 = hashlib.sha256(archive.read_bytes()).hexdigest()
        entry = {"name": "nginx-source", "version": version, "arch": "any", "file": archive.name, "sha256": sha256}
        (self.place / "mirror" / "index.json").write_text(json.dumps({"format": 1, "files": [entry]}))

    @property
    def nginx(self) -> Path:
        return self.place / "out" / "nginx"

    def build(self, wait: Callable[[], None] | None = None) -> None:
        assert 0 == nginx_build.main(["--out", str(self.nginx)], self.environ, self.say, wait)

    def serve(self) -> int:
        port = free_port()
        self.environ["PORT"] = str(port)
        return port


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    require.need("strip", "make")
    return Bench(tmp_path)


def asked(port: int, path: str, method: str = "GET") -> tuple[int, bytes, str]:
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", method=method)
    try:
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer:  # noqa: S310 - our own
            return answer.status, answer.read(), answer.headers["Content-Length"]
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read(), error.headers.get("Retry-After", "")


def test_the_default_version_with_the_modules_of_every_build(bench: Bench) -> None:
    bench.build()
    text = bench.nginx.read_text()

    assert text.startswith(SAYS)
    assert all(f" --with-{module} " in f"{text.strip()} " for module in MODULES)
    assert f"nginx 1.28.0 is in {bench.nginx}\n" in bench.out.getvalue()


def test_modules_that_are_asked_for_are_added(bench: Bench) -> None:
    bench.environ["NGINX_MODULES"] = "http_dav_module  --with-mail=dynamic http_v2_module"
    bench.build()
    words = bench.nginx.read_text().splitlines()[-1].split()

    assert ["--with-http_dav_module", "--with-mail=dynamic"] == words[-2:]
    assert 1 == words.count("--with-http_v2_module")


def test_a_mirrors_version_counts_beside_the_pinned_ones(bench: Bench) -> None:
    bench.set_source("1.99.0", SAYS)
    bench.environ["NGINX_VERSION"] = "1.99.0"
    bench.build()
    bench.environ["NGINX_VERSION"] = "1.98.0"

    with pytest.raises(UnknownVersion) as caught:
        bench.build()
    assert caught.value.advice.partition("\n\n")[0].endswith(", 1.99.0")


def test_without_a_mirror_it_comes_from_its_authors(bench: Bench) -> None:
    del bench.environ["TAMPU_MIRROR"]
    pin = choose("1.26.3", open_at_home(bench.environ, bench.say))

    assert pin.url.startswith("https://nginx.org/")
    assert "69ee2b237744036e61d24b836668aad3040dda461fe6f570f1787eab570c75aa" == pin.sha256


def test_a_build_that_fails_leaves_what_was_there(bench: Bench) -> None:
    bench.build()
    bench.set_source("1.28.0", REFUSES)

    with pytest.raises(NotBuilt) as caught:
        bench.build()
    assert '"--with-nonsense"' in caught.value.advice
    assert bench.nginx.read_text().startswith(SAYS)


def test_a_machine_without_a_compiler(bench: Bench) -> None:
    bench.environ["PATH"] = "/invalid"

    with pytest.raises(ProgramMissing):
        bench.build()


def test_it_goes_to_the_forks_own_bin_unless_told_otherwise(bench: Bench) -> None:
    assert house() / "bin" / "nginx" == nginx_build.read_out([])
    assert bench.nginx == nginx_build.read_out(["--out", str(bench.nginx)])


@pytest.mark.parametrize("argv", [["--out"], ["--out", ""], ["nginx"], ["--out", "a", "b"]])
def test_arguments_that_it_does_not_take(argv: list[str]) -> None:
    with pytest.raises(WrongCall):
        nginx_build.read_out(argv)


def test_a_web_process_offers_it_for_download_and_nothing_else(bench: Bench) -> None:
    port = bench.serve()
    seen: list[tuple[int, bytes, str]] = []

    def wait() -> None:
        seen.extend(asked(port, path) for path in (ADDRESS, f"{ADDRESS}?x=1", "/", "/nginx/sbin/", f"/..{ADDRESS}"))
        seen.append(asked(port, ADDRESS, "HEAD"))

    bench.build(wait)
    content = bench.nginx.read_bytes()

    whole = (200, content, str(len(content)))
    assert [whole, whole] == seen[:2]
    assert [404, 404, 404] == [status for status, *_ in seen[2:5]]
    assert (200, b"", str(len(content))) == seen[5]
    assert f"from port {port} at {ADDRESS}" in bench.out.getvalue()


def test_who_asks_before_it_is_built_is_told_to_come_back(bench: Bench) -> None:
    port = bench.serve()
    offer = nginx_build.serve(port, bench.nginx, bench.say)
    try:
        assert (503, b"Service Unavailable\n", "10") == asked(port, ADDRESS)
    finally:
        offer.shutdown()
        offer.server_close()


def test_a_web_process_goes_on_until_it_is_ended(bench: Bench) -> None:
    port = bench.serve()
    process = threading.Thread(target=bench.build, daemon=True)
    process.start()
    while process.is_alive() and not is_offered(port):
        process.join(timeout=0.05)
    process.join(timeout=0.2)

    assert process.is_alive()


def is_offered(port: int) -> bool:
    try:
        return asked(port, ADDRESS)[0] == 200
    except OSError:
        return False


@pytest.mark.parametrize("port", ["http", "0", "65536", "-1", "²", "9" * 5000])
def test_a_port_that_is_none(port: str, bench: Bench) -> None:
    bench.environ["PORT"] = port

    with pytest.raises(NoPort):
        bench.build()
    assert not bench.nginx.exists()


def test_a_port_that_somebody_has(bench: Bench) -> None:
    with socket.create_server(("", 0)) as taken:
        bench.environ["PORT"] = str(taken.getsockname()[1])
        with pytest.raises(NoPort) as caught:
            bench.build()

    assert "in use" in caught.value.advice
