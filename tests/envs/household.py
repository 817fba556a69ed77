"""An app with an environment in which somebody has installed by hand."""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tampu.envs.site import Distribution, Site
from tampu.world import World
from tampu.world.cache import Cache
from tampu.world.console import PlainConsole
from tampu.world.downloads import Downloads
from tampu.world.run import Processes

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

MINOR = "{}.{}".format(*sys.version_info[:2])


@dataclass
class House:
    folder: Path
    common: Path | None = None

    @property
    def app(self) -> Path:
        return self.folder / "app"

    @property
    def site(self) -> Site:
        return Site(self.app / ".tampu" / "site", MINOR)

    @property
    def world(self) -> World:
        say = PlainConsole(out=io.StringIO())
        return World(
            run=Processes(say),
            fetch=Downloads(environ={}, say=say),
            cache=Cache(self.folder / "cache", common=self.common),
            say=say,
            environ={},
        )

    def install(self, name: str, files: Mapping[str, str | bytes], version: str = "1.0") -> Distribution:
        """Put these files below site-packages, and a RECORD that knows all of them."""
        info = f"{name}-{version}.dist-info"
        everything = {f"{info}/METADATA": f"Name: {name}\nVersion: {version}\n", **files}
        rows = []
        for path, content in everything.items():
            data = content.encode() if isinstance(content, str) else content
            (self.site.library / path).parent.mkdir(parents=True, exist_ok=True)
            (self.site.library / path).write_bytes(data)
            rows.append([path, record_hash(data), str(len(data))])
        self.record(info, [*rows, [f"{info}/RECORD", "", ""]])
        return Distribution(self.site.library / info)

    def record(self, info: str, rows: list[list[str]]) -> None:
        with (self.site.library / info / "RECORD").open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows(rows)


def record_hash(data: bytes) -> str:
    return "sha256=" + base64.urlsafe_b64encode(hashlib.sha256(data).digest()).decode().rstrip("=")


def names(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))
