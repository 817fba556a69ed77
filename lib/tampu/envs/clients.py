"""What users have set for their package clients: passed on to pip as it is, and said again in uv's words."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from tampu.envs.bundle import bundle_of

if TYPE_CHECKING:
    from collections.abc import Mapping

PIP = (
    "PIP_INDEX_URL",
    "PIP_EXTRA_INDEX_URL",
    "PIP_FIND_LINKS",
    "PIP_NO_INDEX",
    "PIP_TRUSTED_HOST",
    "PIP_CERT",
    "PIP_CLIENT_CERT",
    "PIP_PROXY",
    "PIP_RETRIES",
    "PIP_DEFAULT_TIMEOUT",
    "PIP_TIMEOUT",
    "PIP_CONFIG_FILE",
    "PIP_KEYRING_PROVIDER",
)
UV = (
    "UV_INDEX",
    "UV_DEFAULT_INDEX",
    "UV_EXTRA_INDEX_URL",
    "UV_FIND_LINKS",
    "UV_INSECURE_HOST",
    "UV_NATIVE_TLS",
    "UV_SYSTEM_CERTS",
    "UV_HTTP_",
    "UV_KEYRING_PROVIDER",
    "UV_CONFIG_FILE",
    "UV_OFFLINE",
)
IN_UVS_WORDS = {
    "PIP_INDEX_URL": "UV_DEFAULT_INDEX",
    "PIP_EXTRA_INDEX_URL": "UV_INDEX",
    "PIP_TRUSTED_HOST": "UV_INSECURE_HOST",
    "PIP_KEYRING_PROVIDER": "UV_KEYRING_PROVIDER",
    "PIP_CERT": "SSL_CERT_FILE",
    "PIP_DEFAULT_TIMEOUT": "UV_HTTP_TIMEOUT",
}
YES = {"1", "on", "t", "true", "y", "yes"}


def client_settings(environ: Mapping[str, str]) -> dict[str, str]:
    """The settings that say where packages come from; none that say where they go. A bundle goes before them all."""
    bundle = bundle_of(environ)
    theirs = bundle.settings if bundle else sources_set(environ)
    translated = {IN_UVS_WORDS[name]: value for name, value in theirs.items() if name in IN_UVS_WORDS}
    return {**translated, **_links(theirs), **theirs, "PIP_DISABLE_PIP_VERSION_CHECK": "1"}


def sources_set(environ: Mapping[str, str]) -> dict[str, str]:
    """What users have set themselves."""
    return {name: value for name, value in environ.items() if value and name.startswith((*PIP, *UV))}


def uv_options(environ: Mapping[str, str]) -> tuple[str, ...]:
    """The settings for which uv has no variable."""
    return ("--no-index",) if client_settings(environ).get("PIP_NO_INDEX", "").lower() in YES else ()


def _links(theirs: Mapping[str, str]) -> dict[str, str]:
    """Pip shrugs at a folder that is not there; uv would stop."""
    places = [place for place in theirs.get("PIP_FIND_LINKS", "").split() if "://" in place or Path(place).is_dir()]
    return {"UV_FIND_LINKS": ",".join(places)} if places else {}
