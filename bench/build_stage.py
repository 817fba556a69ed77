"""What all contestants share: the packages to install, one Python, one uv, one pip, one environment."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

from commands import done
from house import APPS, HOUSE, client_environ, own_environ

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

SIXTEEN = APPS / "sixteen"
UNKNOWN = f"no-such-package-anywhere==1.0 --hash=sha256:{'0' * 64}\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """`seed` is the cache of a build that has tampu's tools and a Python in it, and no package of any app."""

    house: Path
    work: Path
    mirror: str
    seed: Path
    lists: Path
    python: Path
    python_version: str
    uv: Path
    pip: Path

    @classmethod
    def set_up(cls, work: Path, mirror: str) -> Stage:
        seed, app = work / "seed", work / "seed-app"
        app.mkdir()
        (app / "app.py").touch()
        environ = {**own_environ(), "TAMPU_MIRROR": mirror, "HOME": str(work)}
        done((HOUSE / "bin" / "compile", app, seed), environ)
        # On its own, without an environment beside it, the runtime is as it came.
        shutil.copytree(app / ".tampu" / "python", work / "python", symlinks=True)
        tools = next(seed.glob("tampu/layers/tools/*/tree"))
        kept = work / "tools"
        shutil.copytree(tools, kept, symlinks=True)
        for packages in ("tampu/uv", "tampu/layers/site"):
            shutil.rmtree(seed / packages)
        record = json.loads((app / ".tampu" / "build.json").read_text(encoding="utf-8"))
        return cls(
            house=HOUSE,
            work=work,
            mirror=mirror,
            seed=seed,
            lists=_write_lists(work / "lists"),
            python=work / "python" / "bin" / "python3",
            python_version=record["layers"]["python"]["Python"],
            uv=kept / "bin" / "uv",
            pip=kept / "pip" / "__pip-runner__.py",
        )

    @property
    def environ(self) -> Mapping[str, str]:
        return own_environ()

    @property
    def client_environ(self) -> Mapping[str, str]:
        return client_environ()

    def everything(self, name: str) -> tuple[str, ...]:
        """The words for all that tampu installs for that list: what it puts into every environment, too."""
        files = (self.house / "config" / "dcrequirements.txt", self.lists / name)
        return tuple(word for file in files for word in ("-r", str(file)))


def _write_lists(folder: Path) -> Path:
    folder.mkdir()
    locked, one_more = ((SIXTEEN / name).read_text(encoding="utf-8") for name in ("requirements.lock", "one_more.lock"))
    texts = {
        "locked.txt": locked,
        "one_more.txt": one_more,
        "added.txt": locked + one_more,
        "failing.txt": locked + UNKNOWN,
    }
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder
