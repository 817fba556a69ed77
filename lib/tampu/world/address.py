"""Addresses of the outside world: their credentials apart, and the proxy that leads there."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from tampu.errors import TampuError
from tampu.values import dataclass
from tampu.world.mishaps import BadAddress

if TYPE_CHECKING:
    from collections.abc import Mapping
    from urllib.parse import SplitResult


class BadProxy(TampuError):
    reason = "download::bad-proxy"

    def __init__(self, name: str, found: str) -> None:
        super().__init__(
            title=f"{name} names no proxy that downloads can go through",
            found=found,
            expected="http://host:port or http://user:password@host:port",
            todo=f"Correct {name}, or unset it if this machine needs no proxy.",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Where something is; `url` and `shown` carry no credentials, `authorization` is the header made of them."""

    url: str
    scheme: str
    host: str
    authorization: str

    @property
    def shown(self) -> str:
        """The address as people may see it: queries often carry a token."""
        return self.url.partition("?")[0]


def read_address(text: str) -> Address:
    """The parts of an address; a ValueError when there is no sense in it."""
    parts = urlsplit(text)
    _ = parts.port
    host = parts.netloc.rpartition("@")[2]
    url = parts._replace(netloc=host, fragment="").geturl()
    # What made sense before may have stood in the user's name.
    _ = urlsplit(url).port
    return Address(
        url=url,
        scheme=parts.scheme,
        host=host,
        authorization=_basic(parts),
    )


def fetchable(text: str) -> Address:
    """The parts of an address that something can be fetched from."""
    try:
        address = read_address(text)
    except ValueError as error:
        shown = "".join(char for char in text.rpartition("@")[2] if char.isprintable())
        raise BadAddress(shown, str(error)) from error
    if address.scheme == "file" or (address.scheme in {"http", "https"} and address.host):
        return address
    raise BadAddress(address.shown, "not http, https or file" if address.host else "no host in it")


def _basic(parts: SplitResult) -> str:
    if parts.username is None:
        return ""
    pair = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
    return "Basic " + base64.b64encode(pair.encode()).decode()


def proxy_for(url: str, environ: Mapping[str, str]) -> Address | None:
    """The proxy that the environment names for this address, if any."""
    parts = urlsplit(url)
    name = f"{parts.scheme}_proxy"
    text = environ.get(name) or environ.get(name.upper())
    if not text or _is_near(parts, environ.get("no_proxy") or environ.get("NO_PROXY") or ""):
        return None
    try:
        proxy = read_address(text if "://" in text else f"http://{text}")
    except ValueError as error:
        raise BadProxy(name, str(error)) from error
    if proxy.scheme not in {"http", "https"} or not proxy.host:
        raise BadProxy(name, f"{proxy.scheme}://{proxy.host}")
    return proxy


def _is_near(parts: SplitResult, exceptions: str) -> bool:
    host = (parts.hostname or "").lower()
    names = [word.strip().lower().removeprefix("*").lstrip(".") for word in exceptions.split(",")]
    return exceptions.strip() == "*" or any(
        name and (host == name or host.endswith(f".{name}") or f"{host}:{parts.port}" == name) for name in names
    )
