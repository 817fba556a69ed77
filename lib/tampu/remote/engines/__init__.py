"""What carries rows to hosts: each engine is some workers, which take rows of the board until all is over."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from tampu.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from tampu.remote.links.link import Link
    from tampu.remote.rows.board import Board
    from tampu.remote.runs.running import Spec
    from tampu.remote.stores.trees import Tree

    # Gives a link on which nothing else goes on; who needs none opens none.
    Reach = Callable[[], Link]

PATIENCE = 30.0


class Cargo(Protocol):
    """What is run, as an engine knows it. It may be asked by several threads at once."""

    @property
    def id(self) -> str:
        """Of the package."""

    def ready(self, link: Link) -> Spec:
        """What to run over there without a row's words; all that it needs is there from now on."""

    def tools(self, link: Link, lock: Path, files: Tree) -> Spec:
        """The same for an engine's own program: an environment of that lock, and those files."""

    def bring(self, reach: Reach, run: str, into: Path) -> None:
        """Fetch what a run that has ended leaves, if that was asked for."""

    def forget(self, reach: Reach, run: str) -> None:
        """The run's folder is needed no more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """`jobs` is how many at once on a host, 0 for its CPUs; `patience` how long a host may stay away.

    `slurm` are words for sbatch.
    """

    jobs: int = 0
    patience: float = PATIENCE
    scheduler: str = ""
    slurm: tuple[str, ...] = ()


class Engine(Protocol):
    def workers(self, board: Board) -> Mapping[str, Callable[[], None]]:
        """By the host each works at; one that ends early leaves its rows to the others."""
