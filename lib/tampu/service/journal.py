"""What is ours on a machine: noted before it is made, so that whoever is killed in between leaves nothing unknown."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tampu.errors import TampuError
from tampu.service.machine import JOURNALS, Places
from tampu.values import asdict, dataclass, replace
from tampu.world import files

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tampu.service.machine import Machine

SECRET = 0o600


class InTheWay(TampuError):
    reason = "service::in-the-way"

    def __init__(self, name: str, found: Iterable[str]) -> None:
        paths = "\n".join(sorted(found))
        super().__init__(
            title=f"Something else has what a service {name} needs",
            found=paths,
            expected="nothing there that tampu has not made",
            todo="Give the service another name (user or name in its file), or move that away if nobody needs it.",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Journal:
    """`made` are paths of ours, `folders` their parents of ours; `started` is what runs if it runs."""

    name: str
    user: str
    user_is_ours: bool = False
    group_is_ours: bool = False
    backend: str = "systemd"
    supervisord: str = ""
    made: tuple[str, ...] = ()
    folders: tuple[str, ...] = ()
    configured: str = ""
    started: str = ""

    def claim(self, paths: Iterable[str], machine: Machine) -> Journal:
        """These paths are ours from now on; an error if somebody else has one of them."""
        new = [path for path in paths if path not in self.made]
        strangers = [path for path in new if _is_there(path, machine)]
        if strangers:
            raise InTheWay(self.name, strangers)
        parents = {parent for path in new for parent in _missing_parents(path, machine)}
        folders = sorted({*self.folders, *parents}, key=lambda path: (-len(path), path))
        return replace(self, made=(*self.made, *new), folders=tuple(folders))

    def write(self, machine: Machine) -> None:
        text = json.dumps(asdict(self), indent=2) + "\n"
        place = machine.at(Places(self.name).journal)
        if not place.is_file() or place.read_text(encoding="utf-8") != text:
            files.replace(place, text, SECRET)


def read_journal(name: str, machine: Machine) -> Journal | None:
    try:
        found = json.loads(machine.at(Places(name).journal).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    found |= {key: tuple(found[key]) for key in ("made", "folders")}
    return Journal(**found)


def names(machine: Machine) -> tuple[str, ...]:
    return tuple(sorted(path.stem for path in machine.at(JOURNALS).glob("*.json")))


def _is_there(path: str, machine: Machine) -> bool:
    place = machine.at(path)
    return place.is_symlink() or place.exists()


def _missing_parents(path: str, machine: Machine) -> Iterable[str]:
    parts = path.strip("/").split("/")[:-1]
    folders = ["/" + "/".join(parts[: at + 1]) for at in range(len(parts))]
    return (folder for folder in folders if not machine.at(folder).is_dir())
