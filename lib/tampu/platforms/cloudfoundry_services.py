"""The services that are bound to an app: what opens them is said to nobody."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tampu.platforms.surroundings import NO_SECRETS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

CREDENTIALS = "credentials"


def secrets_of_services(environ: Mapping[str, str]) -> Iterator[str]:
    """Each text in the credentials of VCAP_SERVICES, such as a password or an address with one."""
    try:
        services: object = json.loads(environ.get("VCAP_SERVICES") or "{}")
    except (ValueError, RecursionError):
        return
    yield from (text for text in _texts(services, within=False) if text.lower() not in NO_SECRETS)


def _texts(value: object, *, within: bool) -> Iterator[str]:
    if isinstance(value, dict):
        for name, each in value.items():
            yield from _texts(each, within=within or name == CREDENTIALS)
    elif isinstance(value, list):
        for each in value:
            yield from _texts(each, within=within)
    elif isinstance(value, str) and within:
        yield value
