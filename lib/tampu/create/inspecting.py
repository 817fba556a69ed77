"""`tampu create --inspect-files`: where each file of a project came from, and what has become of it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tampu.create import carry, creating, ground, record
from tampu.create.plan import digest
from tampu.create.updating import NotMade

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from tampu.create.call import Call
    from tampu.create.sources import Sources

AS_MADE, CHANGED, MISSING = "as it was made", "changed by you", "missing"


def inspect(call: Call, sources: Sources) -> int:
    if not call.folder.is_dir():
        raise NotMade(call.folder)
    carry.refuse_unfinished(call.folder)
    found = sorted(_files(call, sources))
    if call.options.json:
        files = [{"path": path, "from": list(origins), "state": state} for path, origins, state in found]
        call.say.document(json.dumps({"folder": str(call.folder), "files": files}, indent=2) + "\n")
        return 0
    wide = max((len(path) for path, _, _ in found), default=0)
    states = max((len(state) for _, _, state in found), default=0)
    for path, origins, state in found:
        call.say.document(f"{path:{wide}}  {state:{states}}  {', '.join(origins)}\n")
    return 0


def _files(call: Call, sources: Sources) -> Iterator[tuple[str, tuple[str, ...], str]]:
    """By its record, or where it has none by what the templates would make now."""
    known = record.read(call.folder)
    if known is None:
        made = creating.prepare(call, sources).generated.files
        digests: Mapping[str, str] = {path: digest(each.data) for path, each in made.items()}
    else:
        made, digests = dict(known.made), known.digests
    for path, each in made.items():
        yield path, each.origins, _state(call.folder, path, digests[path])


def _state(folder: Path, path: str, known: str) -> str:
    data = ground.read(folder, path)
    return MISSING if data is None else AS_MADE if digest(data) == known else CHANGED
