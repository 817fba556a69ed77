"""What an engine brings to hosts of itself: programs for them, with the agent that they start."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from tampu.remote import agent
from tampu.remote.stores.trees import code_tree

if TYPE_CHECKING:
    from tampu.remote.stores.trees import Tree

HERE = Path(__file__).parent


@cache
def parts() -> Tree:
    """The same for all hosts; it lies in a folder of its own until we end."""
    folder = Path(tempfile.mkdtemp(prefix="tampu-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    made = {
        "runner.py": joined(HERE.parent / "links" / "wire.py", HERE / "there" / "runner.py"),
        "slurm.py": joined(HERE / "there" / "row.py", HERE / "there" / "arrays.py"),
        "cluster.py": (HERE / "there" / "cluster.py").read_bytes(),
        "agent": agent.packed(),
        "starter": agent.starter().encode(),
    }
    for name, content in made.items():
        (folder / name).write_bytes(content)
    return code_tree({name: folder / name for name in made})


def joined(*paths: Path) -> bytes:
    texts = [agent.AMONG_THEMSELVES.sub("", path.read_text(encoding="utf-8")) for path in paths]
    return "\n".join(("from __future__ import annotations", *texts)).encode()
