"""The only door to the network: what it brings is pinned and hashed, or small and read as text."""

from __future__ import annotations

import hashlib
import http.client
import os
import ssl
import time
import urllib.error
import urllib.request
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import unquote, urlsplit

from tampu import __version__
from tampu.values import dataclass, field
from tampu.world import files, mishaps
from tampu.world.address import fetchable, proxy_for
from tampu.world.fetch import LARGEST_FILE
from tampu.world.house import carried_files
from tampu.world.trust import trusted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from http.client import HTTPResponse

    from tampu.errors import TampuError
    from tampu.world.address import Address
    from tampu.world.console import Console
    from tampu.world.fetch import Pin

PAUSES = (1.0, 3.0)
STALL_SECONDS = 30.0
PROBE_SECONDS = 5.0
LARGEST_TEXT = 16 * 1024 * 1024
LONGEST_NUMBER = 18
CHUNK = 256 * 1024
MEGABYTE = 1_000_000
Got = TypeVar("Got")


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A body on its way: its pieces, and its length when the server tells it."""

    pieces: Iterator[bytes]
    length: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Downloads:
    """Downloads, tried again where that may help; proxies and certificates come from the environment it is given."""

    environ: Mapping[str, str]
    say: Console
    pause: Callable[[float], None] = time.sleep
    stall: float = STALL_SECONDS
    largest: int = LARGEST_FILE
    carried: Path = field(default_factory=carried_files)

    def get(self, pin: Pin, into: Path) -> None:
        beside = into.with_name(f".{into.name}.{os.getpid()}.part")
        try:
            self._patiently(lambda: self._save(pin, beside))
            beside.replace(into)
        except OSError as error:
            raise files.disk_error(error) from error
        finally:
            files.remove(beside)

    def read(self, url: str) -> str:
        return self._patiently(lambda: self._text(url))

    def reaches(self, url: str) -> bool:
        try:
            with self._open(fetchable(url), min(self.stall, PROBE_SECONDS)):
                return True
        except mishaps.EVERY:
            return False

    def _patiently(self, attempt: Callable[[], Got], pauses: tuple[float, ...] = PAUSES) -> Got:
        try:
            return attempt()
        except mishaps.PASSING as mishap:
            if not pauses:
                raise
            self.say.detail(f"{mishap.title}: trying again in {pauses[0]:g} s")
        self.pause(pauses[0])
        return self._patiently(attempt, pauses[1:])

    def _save(self, pin: Pin, beside: Path) -> None:
        address = fetchable(self._nearest(pin.url))
        digest = hashlib.sha256()
        beside.parent.mkdir(parents=True, exist_ok=True)
        with self._open(address, self.stall) as answer, beside.open("wb") as file:
            self.say.detail(
                f"Downloading {pin.name} {pin.version}{_size(answer.length)} from {address.host or address.shown}"
            )
            for piece in _within(self.largest, answer, address):
                digest.update(piece)
                file.write(piece)
        if digest.hexdigest() != pin.sha256:
            raise mishaps.WrongHash(address.shown, pin.sha256, digest.hexdigest())

    def _nearest(self, url: str) -> str:
        """The address of the same file in this tampu, if it carries it."""
        folder = hashlib.md5(url.encode(), usedforsecurity=False).hexdigest()
        file = self.carried / folder / url.rpartition("/")[2]
        return file.as_uri() if file.is_file() else url

    def _text(self, url: str) -> str:
        address = fetchable(url)
        with self._open(address, self.stall) as answer:
            data = b"".join(_within(min(self.largest, LARGEST_TEXT), answer, address))
        return data.decode("utf-8-sig", errors="replace")

    @contextmanager
    def _open(self, address: Address, stall: float) -> Iterator[Answer]:
        if address.scheme == "file":
            with _local(address) as answer:
                yield answer
            return
        try:
            opener = _opener(address, self.environ)
            response = opener.open(address.url, timeout=stall)
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise _meaning(error, address, stall) from error
        with response:
            told = response.headers.get("Content-Length", "")
            length = int(told) if told.isdecimal() and len(told) <= LONGEST_NUMBER else None
            yield Answer(pieces=_pieces(response, address, stall, length), length=length)


class Way(urllib.request.BaseHandler):
    """Adds, for each address that a download comes by, the proxy to it and its credentials."""

    handler_order = 100  # before urllib writes the headers, at 500

    def __init__(self, first: Address, environ: Mapping[str, str]) -> None:
        self._first = first
        self._environ = environ

    def http_request(self, request: urllib.request.Request) -> urllib.request.Request:
        here = urlsplit(request.full_url)
        if self._first.authorization and (here.scheme, here.netloc) == (self._first.scheme, self._first.host):
            request.add_unredirected_header("Authorization", self._first.authorization)
        proxy = proxy_for(request.full_url, self._environ)
        if proxy is not None:
            if proxy.authorization:
                request.add_unredirected_header("Proxy-Authorization", proxy.authorization)
            request.set_proxy(proxy.host, proxy.scheme)
        return request

    https_request = http_request


def _opener(address: Address, environ: Mapping[str, str]) -> urllib.request.OpenerDirector:
    """Urllib's own set of handlers reads os.environ and opens ftp: too; this one does neither."""
    opener = urllib.request.OpenerDirector()
    opener.addheaders = [("User-Agent", f"tampu/{__version__}")]
    for handler in (
        Way(address, environ),
        urllib.request.HTTPHandler(),
        urllib.request.HTTPSHandler(context=trusted(environ)),
        urllib.request.HTTPRedirectHandler(),
        urllib.request.HTTPErrorProcessor(),
        urllib.request.HTTPDefaultErrorHandler(),
        urllib.request.UnknownHandler(),
    ):
        opener.add_handler(handler)
    return opener


def _meaning(error: Exception, address: Address, stall: float) -> TampuError:
    if isinstance(error, urllib.error.HTTPError):
        with error:
            return mishaps.of_status(error.code, address.shown)
    cause = error.reason if isinstance(error, urllib.error.URLError) else error
    if isinstance(cause, ssl.SSLCertVerificationError):
        return mishaps.BadCertificate(address.shown, cause.verify_message)
    if isinstance(cause, TimeoutError):
        return mishaps.TimedOut(address.shown, stall)
    if isinstance(cause, (ValueError, http.client.InvalidURL)):
        return mishaps.BadAddress(address.shown, str(cause))
    return mishaps.Refused(address.shown, getattr(cause, "strerror", None) or str(cause))


@contextmanager
def _local(address: Address) -> Iterator[Answer]:
    path = Path(unquote(urlsplit(address.url).path))
    with ExitStack() as stack:
        try:
            file = stack.enter_context(path.open("rb"))
        except OSError as error:
            raise mishaps.NotFound(address.shown, error.strerror or str(error)) from error
        yield Answer(pieces=iter(lambda: file.read(CHUNK), b""), length=os.fstat(file.fileno()).st_size)


def _pieces(response: HTTPResponse, address: Address, stall: float, length: int | None) -> Iterator[bytes]:
    received = 0
    try:
        while piece := response.read1(CHUNK):
            received += len(piece)
            yield piece
    except TimeoutError as error:
        raise mishaps.TimedOut(address.shown, stall) from error
    except (OSError, http.client.HTTPException) as error:
        raise mishaps.Truncated(address.shown, str(error)) from error
    # A connection that is cut in the head of an answer looks like an empty file, and nothing that is fetched is one.
    if received < (1 if length is None else length):
        raise mishaps.Truncated(address.shown, f"{received:,} of {'some' if length is None else f'{length:,}'} bytes")


def _within(limit: int, answer: Answer, address: Address) -> Iterator[bytes]:
    received = answer.length or 0
    if received <= limit:
        received = 0
        for piece in answer.pieces:
            received += len(piece)
            if received > limit:
                break
            yield piece
    if received > limit:
        raise mishaps.TooLarge(address.shown, limit)


def _size(length: int | None) -> str:
    return "" if length is None else f" ({length / MEGABYTE:.1f} MB)"
