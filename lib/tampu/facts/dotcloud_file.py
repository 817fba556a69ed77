"""The services of `dotcloud.yml`, and which of them is to be built."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from tampu.errors import TampuError
from tampu.facts.documents import BadYaml, read_yaml
from tampu.facts.excerpt import excerpt

if TYPE_CHECKING:
    from collections.abc import Mapping

DOTCLOUD_YML = "dotcloud.yml"
MOST_LISTED = 10
SHORT = 28
WIDTH = 80
OURS = ("python", "python-worker")
EXAMPLE = "    www:\n      type: python\n"

Services = dict[str, dict[str, object]]


class NotPython(TampuError):
    reason = "dotcloud::not-python"

    def __init__(self, services: Services) -> None:
        super().__init__(
            title=f"{DOTCLOUD_YML} has no Python service to build",
            found=_listed(services),
            expected=f"a service of type {' or '.join(OURS)}, such as\n{EXAMPLE}".rstrip(),
            todo=(
                "Only Python services can be built here. Databases are add-ons of the platform,\n"
                "and other languages have buildpacks of their own."
            ),
        )


class SeveralServices(TampuError):
    reason = "dotcloud::several-services"

    def __init__(self, services: Services) -> None:
        first = next(iter(services))
        super().__init__(
            title=f"{DOTCLOUD_YML} has several Python services",
            found=_listed(services),
            expected="one, or the name of the one to build",
            todo=f"Set the one to build for the app, and build again:\n\n    DOTCLOUD_SERVICE_NAME={excerpt(first)}",
        )


class UnknownService(TampuError):
    reason = "dotcloud::unknown-service"

    def __init__(self, wanted: str, services: Services) -> None:
        super().__init__(
            title=f"{DOTCLOUD_YML} has no service named {excerpt(wanted)}",
            found=f"DOTCLOUD_SERVICE_NAME={excerpt(wanted)}",
            expected=f"one of {_listed(services)}",
            todo=(
                f"Set DOTCLOUD_SERVICE_NAME to one of these, or add {excerpt(wanted, SHORT)} to {DOTCLOUD_YML}, and\n"
                "build again."
            ),
        )


def pick(text: str, wanted: str) -> tuple[str, Mapping[str, object]]:
    """The service to build, by name, with its keys still unchecked."""
    services = _services(text)
    if wanted and wanted not in services:
        raise UnknownService(wanted, services)
    candidates = {wanted: services[wanted]} if wanted else services
    python = {name: keys for name, keys in candidates.items() if keys.get("type") in OURS}
    if not python:
        raise NotPython(candidates)
    if len(python) > 1:
        raise SeveralServices(python)
    return next(iter(python.items()))


def _services(text: str) -> Services:
    document = read_yaml(text, DOTCLOUD_YML)
    if not document:
        raise BadYaml(DOTCLOUD_YML, "no services")
    return {name: _keys(name, keys) for name, keys in document.items()}


def _keys(name: str, keys: object) -> dict[str, object]:
    if not isinstance(keys, dict):
        raise BadYaml(DOTCLOUD_YML, f"the service {excerpt(name)} without keys such as type")
    return keys


def _listed(services: Services) -> str:
    told = [f"{excerpt(name)} ({excerpt(str(keys.get('type', 'no type')))})" for name, keys in services.items()]
    more = len(told) - MOST_LISTED
    text = ", ".join(told if more <= 0 else (*told[:MOST_LISTED], f"and {more} more"))
    return "\n".join(textwrap.wrap(text, WIDTH))
