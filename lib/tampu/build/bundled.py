"""What an app asks for, where a bundle has all of it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tampu.envs.clients import sources_set
from tampu.values import replace
from tampu.world.console import Notice

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tampu.envs.bundle import Bundle
    from tampu.facts.requirements import Packages, Requirement

PLACES = ("--index-url", "--extra-index-url", "--find-links", "--trusted-host", "--no-index")
SAID_BY_USERS = ("INDEX", "LINKS")
AT = re.compile(r"(?P<what>[A-Za-z0-9][\w.-]*(?:\s*\[[^\]]*\])?)\s*@\s*(?P<address>[^\s;]+)(?P<rest>.*)$")


def out_of_bundle(packages: Packages, bundle: Bundle, environ: Mapping[str, str]) -> Packages:
    """The same packages, from the bundle alone: neither another place nor another address is asked."""
    requirements = tuple(_settled(requirement, bundle) for requirement in packages.requirements)
    aside = [option for option in packages.options if option.startswith(PLACES)]
    options = tuple(option for option in packages.options if option not in aside)
    variables = [name for name in sources_set(environ) if any(word in name for word in SAID_BY_USERS)]
    notices = (
        (_aside(bundle, [option.partition("=")[0] for option in aside] + variables),) if aside or variables else ()
    )
    return replace(packages, requirements=requirements, options=options, notices=(*packages.notices, *notices))


def _aside(bundle: Bundle, names: list[str]) -> Notice:
    text = (
        f"All packages come from the bundle {bundle.folder}.\nNot asked: what {', '.join(dict.fromkeys(names))} says."
    )
    return Notice(name="bundle::index-set-aside", text=text)


def _settled(requirement: Requirement, bundle: Bundle) -> Requirement:
    """What is asked for by an address, as the version that the bundle has from there."""
    found = AT.match(requirement.line)
    address = found["address"] if found else requirement.line
    file = next((file for file in bundle.packages if file.address and file.address == address), None)
    if file is None:
        return requirement
    what = found["what"] if found else file.pin.name.partition(":")[2]
    rest = found["rest"] if found else ""
    return replace(requirement, line=f"{what}=={file.pin.version}{rest}", hashes=())
