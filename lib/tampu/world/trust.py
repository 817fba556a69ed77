"""Which authorities a server's certificate may come from."""

from __future__ import annotations

import ssl
from pathlib import Path
from typing import TYPE_CHECKING

from tampu.errors import TampuError
from tampu.world.environ import AUTHORITIES

if TYPE_CHECKING:
    from collections.abc import Mapping

# An interpreter that was built elsewhere looks for them where that machine had them.
USUAL_BUNDLES = ("/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/cert.pem")


class BadAuthorities(TampuError):
    reason = "download::authorities"

    def __init__(self, name: str, place: str, why: str) -> None:
        super().__init__(
            title=f"{name} names no certificates",
            found=f"{name}={place} ({why})",
            expected="a file of certificates in PEM form, or a folder of them",
            todo=f"Correct {name}, or unset it to trust the authorities of this machine.",
        )


def trusted(environ: Mapping[str, str]) -> ssl.SSLContext:
    """A context that trusts what the environment names, and else what the machine does."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    # Several tools' variables name one file on most machines that set them, and it takes a while to load.
    named = {environ[name]: name for name in reversed(AUTHORITIES) if environ.get(name)}
    for place, name in named.items():
        _trust(context, name, place)
    if not named:
        _trust_machine(context)
    return context


def _trust(context: ssl.SSLContext, name: str, place: str) -> None:
    try:
        if Path(place).is_dir():
            context.load_verify_locations(capath=place)
        else:
            context.load_verify_locations(cafile=place)
    except OSError as error:
        raise BadAuthorities(name, place, error.strerror or str(error)) from error


def _trust_machine(context: ssl.SSLContext) -> None:
    context.load_default_certs()
    if not context.cert_store_stats()["x509_ca"]:
        for bundle in USUAL_BUNDLES:
            if Path(bundle).is_file():
                context.load_verify_locations(cafile=bundle)
                return
