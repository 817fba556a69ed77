"""What can go wrong on the way from an address to a file; the passing ones are worth another try."""

from __future__ import annotations

from tampu.errors import TampuError

REACH = (
    "Check the network of this machine. Behind a proxy, set https_proxy and no_proxy;\n"
    "without a network, point TAMPU_MIRROR to a folder or an address that has the file."
)


class Refused(TampuError):
    reason = "download::refused"

    def __init__(self, shown: str, why: str) -> None:
        super().__init__(
            title="A server can't be reached",
            found=why,
            expected=f"an answer from {shown}",
            todo=REACH,
        )


class TimedOut(TampuError):
    reason = "download::timeout"

    def __init__(self, shown: str, seconds: float) -> None:
        super().__init__(
            title="A download came to a halt",
            found=f"nothing for {seconds:g} seconds",
            expected=f"more of {shown}",
            todo=REACH,
        )


class Truncated(TampuError):
    reason = "download::truncated"

    def __init__(self, shown: str, why: str) -> None:
        super().__init__(
            title="A download ended too early",
            found=why,
            expected=f"the whole of {shown}",
            todo="Build again. If it stays so, a proxy on the way or the mirror cuts files short.",
        )


class Unavailable(TampuError):
    reason = "download::unavailable"

    def __init__(self, shown: str, status: str) -> None:
        super().__init__(
            title="A server can't deliver at the moment",
            found=status,
            expected=shown,
            todo="Build again in a few minutes.",
        )


class BadStatus(TampuError):
    reason = "download::status"

    def __init__(self, shown: str, status: str) -> None:
        super().__init__(
            title="A server refuses a download",
            found=status,
            expected=shown,
            todo=(
                "401, 403 and 407 ask for a user and a password: write them into the mirror's or the\n"
                "proxy's address (https://user:password@host/), where no log will show them."
            ),
        )


class NotFound(TampuError):
    reason = "download::not-found"

    def __init__(self, shown: str, why: str) -> None:
        super().__init__(
            title="A download is not where it should be",
            found=why,
            expected=shown,
            todo="If this is your mirror, put the file there. If not, tampu's own list is out of date: update tampu.",
        )


class WrongHash(TampuError):
    reason = "download::wrong-hash"

    def __init__(self, shown: str, expected: str, found: str) -> None:
        super().__init__(
            title="A download is not the file that it should be",
            found=f"sha256 {found}",
            expected=f"sha256 {expected}",
            todo=(
                f"{shown} was altered. Nothing of it was kept or run.\n"
                "If this is your mirror, fetch the file anew and correct its sha256 in index.json."
            ),
        )


class TooLarge(TampuError):
    reason = "download::too-large"

    def __init__(self, shown: str, limit: int) -> None:
        super().__init__(
            title="A download is far too large",
            found=f"more than {limit:,} bytes",
            expected=f"{shown}, which is smaller",
            todo="Something else answers at that address: correct TAMPU_MIRROR, or what the server has there.",
        )


class Redirects(TampuError):
    reason = "download::redirects"

    def __init__(self, shown: str, status: str) -> None:
        super().__init__(
            title="A download leads from one address to the next without an end",
            found=status,
            expected=f"{shown}, after a few redirects at most, over http or https",
            todo="Mend the redirects of that server, or name the file's last address.",
        )


class BadAddress(TampuError):
    reason = "download::bad-address"

    def __init__(self, shown: str, why: str) -> None:
        super().__init__(
            title="An address can't be downloaded from",
            found=f"{shown} ({why})",
            expected="https://host/path, http://host/path or file:///path",
            todo="Correct the address where it is set, then build again.",
        )


class BadCertificate(TampuError):
    reason = "download::certificate"

    def __init__(self, shown: str, why: str) -> None:
        super().__init__(
            title="A server's certificate is not trusted",
            found=why,
            expected=f"{shown} to prove who it is",
            todo=(
                "If your network has its own authority, name the file with its certificate:\n"
                "SSL_CERT_FILE=/path/to/ca.pem (REQUESTS_CA_BUNDLE and CURL_CA_BUNDLE count too)."
            ),
        )


PASSING = (Refused, TimedOut, Truncated, Unavailable)
EVERY = (*PASSING, BadStatus, NotFound, WrongHash, TooLarge, Redirects, BadAddress, BadCertificate)


def of_status(code: int, shown: str) -> TampuError:
    """What an answer with that code means."""
    from http import HTTPStatus

    status = f"{code} {HTTPStatus(code).phrase}" if code in set(HTTPStatus) else str(code)
    if code in {HTTPStatus.NOT_FOUND, HTTPStatus.GONE}:
        return NotFound(shown, status)
    if code >= HTTPStatus.INTERNAL_SERVER_ERROR or code == HTTPStatus.TOO_MANY_REQUESTS:
        return Unavailable(shown, status)
    if code < HTTPStatus.BAD_REQUEST:
        return Redirects(shown, status)
    return BadStatus(shown, status)
