"""Why a host's store can't be given or asked something, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tampu.errors import TampuError

if TYPE_CHECKING:
    from pathlib import Path


class ChangedMeanwhile(TampuError):
    reason = "remote::changed-meanwhile"

    def __init__(self, path: Path | str) -> None:
        super().__init__(
            title=f"{path} changed while it was sent",
            found="another content than the one that was packed",
            expected="files that stay as they are until they have arrived",
            todo="Wait until whatever writes it is done, then run the same again: what has arrived isn't sent again.",
        )


class HostFull(TampuError):
    reason = "remote::host-full"

    def __init__(self, host: str, store: str) -> None:
        super().__init__(
            title=f"The disk of {host} is full",
            found=f"no room in {store}",
            expected="room for the script, its packages and what it writes",
            todo=(
                f"`tampu remote clean remote` removes what tampu keeps there; or make room on {host},\n"
                "or name a folder on a larger disk as depository."
            ),
        )


class StoreRefused(TampuError):
    reason = "remote::store"

    def __init__(self, host: str, told: str) -> None:
        super().__init__(
            title=f"{host} can't do what its store was asked for",
            found=told,
            expected="a store that only tampu writes to, and that you may write to",
            todo=f"Look at what {host} says. `tampu remote clean remote` has the store made anew.",
        )
