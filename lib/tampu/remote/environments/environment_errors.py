"""Why there can be no environment for a host."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tampu.errors import TampuError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tampu.remote.environments.target import Target


class NoWheel(TampuError):
    reason = "remote::no-wheel"

    def __init__(self, package: str, found: str, target: Target) -> None:
        super().__init__(
            title=f"{package} is not to be had for the host",
            found=found,
            expected=f"a wheel for Python {target.series} on {target.kind}",
            todo=(
                "Require a version that has one, in conf/mods or in your list of requirements. Or build it on a\n"
                f"machine like the host, with its Python: `pip wheel {package}`. Then name the folder with the wheel\n"
                "in UV_FIND_LINKS."
            ),
        )


class NotProvided(TampuError):
    reason = "remote::not-provided"

    def __init__(self, name: str, distribution: str, gives: Sequence[str]) -> None:
        line = f"NAME-OF-THE-DISTRIBUTION\t\t# for {name}"
        super().__init__(
            title=f"{distribution} does not give what it was taken for",
            found=f"it gives {', '.join(gives[:8]) or 'no module'}",
            expected=name,
            todo=(
                "Write in conf/mods which distribution gives it (a name, a tab, a version), or list the right one\n"
                "in requirements.txt:\n\n"
                f"    {line}"
            ),
        )
