from __future__ import annotations

import hashlib
import io
import subprocess
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from tampu.world.address import BadProxy
from tampu.world.console import PlainConsole
from tampu.world.downloads import Downloads
from tampu.world.fetch import Pin
from tampu.world.files import DiskFull, NotWritable
from tampu.world.house import carried_files
from tampu.world.mishaps import (
    BadAddress,
    BadCertificate,
    BadStatus,
    NotFound,
    Redirects,
    Refused,
    TimedOut,
    TooLarge,
    Truncated,
    Unavailable,
    WrongHash,
)
from tampu.world.trust import BadAuthorities
from tests.kit import disk, require
from tests.kit.ports import free_port
from tests.world import origin as bad
from tests.world.origin import Origin, serving, whole

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from tampu.errors import TampuError

DATA = b"an interpreter, say" * 50_000
OLD = b"what was there before"


@dataclass
class Client:
    """A fetcher that pauses in its notes only, with all that it said and how long it would have waited."""

    environ: Mapping[str, str] = field(default_factory=dict)
    largest: int = 10_000_000
    carried: Path = field(default_factory=carried_files)
    stall: float = 60
    said: io.StringIO = field(default_factory=io.StringIO)
    pauses: list[float] = field(default_factory=list)

    @property
    def fetch(self) -> Downloads:
        return Downloads(
            environ=self.environ,
            say=PlainConsole(out=self.said, err=self.said),
            pause=self.pauses.append,
            stall=self.stall,
            largest=self.largest,
            carried=self.carried,
        )

    def get(self, url: str, into: Path) -> bytes:
        pin = Pin(name="python", version="3.12.4", url=url, sha256=hashlib.sha256(DATA).hexdigest())
        self.fetch.get(pin, into)
        return into.read_bytes()


@pytest.fixture
def origin() -> Iterator[Origin]:
    with serving() as server:
        yield server


@pytest.fixture
def client() -> Client:
    return Client()


@pytest.fixture
def into(tmp_path: Path) -> Path:
    """A place for the download, with an older file in it."""
    place = tmp_path / "downloads" / "python.tar.gz"
    place.parent.mkdir()
    place.write_bytes(OLD)
    return place


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for loopback that only its maker trusts, with its key."""
    require.need("openssl")
    file = tmp_path_factory.mktemp("tls") / "own.pem"
    subject = ("-subj", "/CN=loopback", "-addext", "subjectAltName=IP:127.0.0.1")
    kind = ("-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2")
    out = ("-keyout", str(file), "-out", str(file.with_suffix(".crt")))
    subprocess.run(("openssl", "req", *kind, *subject, *out), check=True, capture_output=True)
    file.write_bytes(file.read_bytes() + file.with_suffix(".crt").read_bytes())
    return file


def patience_with(mishap: bad.Act) -> float:
    """Little with who says nothing; a machine that stands still may be as silent for a moment."""
    return 0.2 if mishap in {bad.stall, bad.silence} else 60


def failure(kind: type[TampuError], client: Client, url: str, into: Path) -> str:
    """The text of the error; the old file is still there, and nothing else."""
    with pytest.raises(kind) as caught:
        client.get(url, into)
    assert OLD == into.read_bytes()
    assert [into] == list(into.parent.iterdir())
    return caught.value.as_text()


def test_a_pinned_file_arrives_whole(origin: Origin, client: Client, into: Path) -> None:
    url = origin.on("/python.tar.gz", whole(DATA))
    assert client.get(url, into) == DATA
    assert [into] == list(into.parent.iterdir())
    assert f"       Downloading python 3.12.4 (0.9 MB) from {origin.host}\n" == client.said.getvalue()


def test_what_is_carried_along_is_not_fetched(origin: Origin, into: Path, tmp_path: Path) -> None:
    url = origin.on("/cpython%2B1.tar.gz", bad.cut_short(DATA[:-1]))
    place = tmp_path / "dependencies" / hashlib.md5(url.encode(), usedforsecurity=False).hexdigest()
    client = Client(carried=place.parent)
    place.mkdir(parents=True)
    (place / "cpython%2B1.tar.gz").write_bytes(DATA)

    assert client.get(url, into) == DATA
    assert str(place.parent) in client.said.getvalue()

    (place / "cpython%2B1.tar.gz").write_bytes(b"another file")
    into.write_bytes(OLD)
    failure(WrongHash, client, url, into)


def test_a_folder_is_made_for_it(origin: Origin, client: Client, tmp_path: Path) -> None:
    assert client.get(origin.on("/python", whole(DATA)), tmp_path / "not" / "yet" / "there") == DATA


def test_a_body_without_a_length_is_fine(origin: Origin, client: Client, into: Path) -> None:
    assert client.get(origin.on("/python", bad.without_length(DATA)), into) == DATA


@pytest.mark.parametrize(
    "mishap",
    [
        bad.cut_short(DATA[:-1]),
        bad.status(500),
        bad.status(503),
        bad.status(429),
        bad.stall,
        bad.silence,
        bad.gibberish,
    ],
    ids=["cut short", "500", "503", "429", "stall", "silence", "gibberish"],
)
def test_what_may_pass_is_tried_again(origin: Origin, client: Client, into: Path, mishap: bad.Act) -> None:
    url = origin.on("/python", mishap, mishap, whole(DATA))
    client.stall = patience_with(mishap)
    assert client.get(url, into) == DATA
    assert [1.0, 3.0] == client.pauses
    assert "trying again in 1 s" in client.said.getvalue()


def test_a_length_that_is_no_number_says_nothing(origin: Origin, client: Client, into: Path) -> None:
    assert client.get(origin.on("/python", bad.long_length(DATA)), into) == DATA


@pytest.mark.parametrize(
    ("mishap", "kind", "found"),
    [
        (bad.cut_short(DATA[:-1]), Truncated, "949,999 of 950,000 bytes"),
        (bad.cut_chunk, Truncated, "IncompleteRead"),
        (bad.status(502), Unavailable, "502 Bad Gateway"),
        (bad.status(599), Unavailable, "599"),
        (bad.stall, TimedOut, "nothing for 0.2 seconds"),
        (bad.silence, TimedOut, "nothing for 0.2 seconds"),
        (bad.gibberish, Refused, "SSH-2.0-OpenSSH"),
    ],
    ids=["cut short", "cut chunk", "502", "599", "stall", "silence", "gibberish"],
)
def test_what_does_not_pass_is_tried_three_times(
    origin: Origin, client: Client, into: Path, mishap: bad.Act, kind: type[TampuError], found: str
) -> None:
    client.stall = patience_with(mishap)
    text = failure(kind, client, origin.on("/python", mishap), into)
    assert found in text
    assert len(origin.asked) == 3


@pytest.mark.parametrize(
    ("mishap", "kind", "found"),
    [
        (bad.status(404), NotFound, "404 Not Found"),
        (bad.status(410), NotFound, "410 Gone"),
        (bad.status(403), BadStatus, "403 Forbidden"),
        (whole(DATA[:-1] + b"!"), WrongHash, hashlib.sha256(DATA[:-1] + b"!").hexdigest()),
        (bad.without_length(DATA[:-1]), WrongHash, hashlib.sha256(DATA).hexdigest()),
        (bad.endless, TooLarge, "more than 10,000,000 bytes"),
        (bad.told_only(10_000_001), TooLarge, "more than 10,000,000 bytes"),
        (bad.redirect("file:///etc/passwd"), Redirects, "302 Found"),
    ],
    ids=["404", "410", "403", "altered", "cut without a length", "endless", "too large", "redirect to a file"],
)
def test_what_stays_wrong_is_tried_once(
    origin: Origin, client: Client, into: Path, mishap: bad.Act, kind: type[TampuError], found: str
) -> None:
    text = failure(kind, client, origin.on("/python", mishap), into)
    assert found in text
    assert ["/python"] == origin.paths()
    assert [] == client.pauses


def test_redirects_are_followed(origin: Origin, client: Client, into: Path) -> None:
    origin.on("/there", whole(DATA))
    assert client.get(origin.on("/here", bad.redirect("/there")), into) == DATA


def test_redirects_without_an_end(origin: Origin, client: Client, into: Path) -> None:
    failure(Redirects, client, origin.on("/round", bad.redirect("/round")), into)
    assert len(origin.asked) <= 10


def test_nobody_listens(client: Client, into: Path) -> None:
    text = failure(Refused, client, f"http://127.0.0.1:{free_port()}/python", into)
    assert "Connection refused" in text
    assert [1.0, 3.0] == client.pauses


@pytest.mark.parametrize(
    "url",
    [
        *("ftp://host/python", "http:///python", "http://host:port/python", "python", "http://[::1/x", "http://a b/x"),
        *("http://[::1]@[/x", "http://[::]@[]/x"),
    ],
)
def test_addresses_that_lead_nowhere(client: Client, into: Path, url: str) -> None:
    assert "Expected: https://host/path" in failure(BadAddress, client, url, into)


def test_an_address_with_breaks_is_shown_in_one_line(client: Client, into: Path) -> None:
    assert "http://[evil (" in failure(BadAddress, client, "http://[\r\nevil", into)


def test_a_file_of_this_machine(client: Client, into: Path, tmp_path: Path) -> None:
    source = tmp_path / "my files" / "python+1.tar.gz"
    source.parent.mkdir()
    source.write_bytes(DATA)
    assert client.get(source.as_uri(), into) == DATA


def test_a_file_that_is_not_there(client: Client, into: Path, tmp_path: Path) -> None:
    assert "No such file" in failure(NotFound, client, (tmp_path / "gone").as_uri(), into)


def test_credentials_are_sent_and_never_shown(origin: Origin, client: Client, into: Path) -> None:
    url = origin.on("/python?token=s@cret", bad.status(401)).replace("://", "://ann:s%40cret@")
    text = failure(BadStatus, client, url, into)
    assert ["Basic YW5uOnNAY3JldA=="] == [asked.headers["Authorization"] for asked in origin.asked]
    assert "cret" not in text + client.said.getvalue()


def test_credentials_follow_a_redirect_on_the_same_host_only(origin: Origin, client: Client, into: Path) -> None:
    with serving() as other:
        origin.on("/here", bad.redirect("/there"))
        origin.on("/there", bad.redirect(other.on("/elsewhere", whole(DATA))))
        client.get(origin.url.replace("://", "://ann:s%40cret@") + "/here", into)
        assert ["Basic YW5uOnNAY3JldA=="] * 2 == [asked.headers.get("Authorization") for asked in origin.asked]
        assert [None] == [asked.headers.get("Authorization") for asked in other.asked]


def test_a_certificate_that_nobody_vouches_for(certificate: Path, client: Client, into: Path) -> None:
    with serving(certificate) as origin:
        assert "self" in failure(BadCertificate, client, origin.on("/python", whole(DATA)), into)
    assert [] == client.pauses


@pytest.mark.parametrize("name", ["SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"])
def test_an_authority_of_ones_own(certificate: Path, into: Path, name: str) -> None:
    with serving(certificate) as origin:
        client = Client(environ={name: str(certificate)})
        assert client.get(origin.on("/python", whole(DATA)), into) == DATA


@pytest.mark.parametrize("name", ["SSL_CERT_DIR", "REQUESTS_CA_BUNDLE"])
def test_a_folder_of_authorities(certificate: Path, into: Path, tmp_path: Path, name: str) -> None:
    folder = tmp_path / "authorities"
    folder.mkdir()
    (folder / "own.pem").write_bytes(certificate.with_suffix(".crt").read_bytes())
    subprocess.run(("openssl", "rehash", str(folder)), check=True)
    with serving(certificate) as origin:
        client = Client(environ={name: str(folder)})
        assert client.get(origin.on("/python", whole(DATA)), into) == DATA


@pytest.mark.parametrize("content", [None, b"no certificate"])
def test_an_authority_that_is_none(into: Path, tmp_path: Path, content: bytes | None) -> None:
    place = tmp_path / "ca.pem"
    if content:
        place.write_bytes(content)
    client = Client(environ={"SSL_CERT_FILE": str(place)})
    assert f"SSL_CERT_FILE={place}" in failure(BadAuthorities, client, "https://127.0.0.1:1/python", into)


@pytest.mark.parametrize("name", ["http_proxy", "HTTP_PROXY"])
def test_a_proxy_is_gone_through(origin: Origin, into: Path, name: str) -> None:
    origin.on("http://far.invalid/python", whole(DATA))
    client = Client(environ={name: origin.url.replace("://", "://ann:pass@"), "no_proxy": "near.invalid"})
    assert client.get("http://far.invalid/python", into) == DATA
    assert [("far.invalid", "Basic YW5uOnBhc3M=")] == [
        (asked.headers["Host"], asked.headers["Proxy-Authorization"]) for asked in origin.asked
    ]


def test_a_proxy_is_asked_for_a_tunnel(origin: Origin, into: Path) -> None:
    origin.on("far.invalid:443", bad.status(403))
    client = Client(environ={"https_proxy": origin.host})
    assert "403" in failure(Refused, client, "https://far.invalid/python", into)
    assert ["CONNECT"] * 3 == [asked.method for asked in origin.asked]


@pytest.mark.parametrize("exception", ["*", "127.0.0.1", "far.invalid, 127.0.0.1", ".0.0.1", "127.0.0.1:{port}"])
def test_a_proxy_is_passed_by_for_what_is_near(origin: Origin, into: Path, exception: str) -> None:
    near = exception.format(port=origin.url.rpartition(":")[2])
    client = Client(environ={"http_proxy": "http://127.0.0.1:1", "NO_PROXY": near})
    assert client.get(origin.on("/python", whole(DATA)), into) == DATA


def test_the_proxy_of_the_process_itself_does_not_count(
    origin: Origin, client: Client, into: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    assert client.get(origin.on("/python", whole(DATA)), into) == DATA


@pytest.mark.parametrize("proxy", ["socks5://host:1080", "http://ann:pass@host:port", "http://"])
def test_a_proxy_that_is_none(into: Path, proxy: str) -> None:
    text = failure(BadProxy, Client(environ={"http_proxy": proxy}), "http://far.invalid/python", into)
    assert "ann" not in text


def test_a_small_text(origin: Origin, client: Client) -> None:
    url = origin.on("/index.json", bad.status(503), whole("\ufeffgrün".encode()))
    assert client.fetch.read(url) == "grün"


def test_a_text_that_is_far_too_long(origin: Origin) -> None:
    with pytest.raises(TooLarge):
        Client(largest=100).fetch.read(origin.on("/index.json", whole(b"x" * 101)))


@pytest.mark.parametrize(("act", "expected"), [(whole(DATA), True), (bad.status(503), False)])
def test_whether_an_address_answers_is_asked_once(
    origin: Origin, client: Client, act: bad.Act, *, expected: bool
) -> None:
    assert expected == client.fetch.reaches(origin.on("/python", act))
    assert ["/python"] == origin.paths()


def test_a_place_that_is_no_folder(origin: Origin, client: Client, into: Path) -> None:
    with pytest.raises(NotWritable):
        client.get(origin.on("/python", whole(DATA)), into / "below")
    assert OLD == into.read_bytes()


def test_a_full_disk(origin: Origin, client: Client, tmp_path: Path) -> None:
    with disk.tiny(tmp_path / "disk") as small:
        into = small / "python"
        into.write_bytes(OLD)
        failure(DiskFull, client, origin.on("/python", whole(DATA)), into)
