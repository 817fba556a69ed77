"""How much memory a server takes: all of its processes together, and one of its workers."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from statistics import mean

PROC = Path("/proc")


def of_tree(root: int, workers: int) -> tuple[float, float]:
    """In MB: what one worker has to itself, and what all processes from that one down take, shared pages shared out.

    Workers are processes without children that aren't nginx; where there are more of these, the largest.
    """
    children = _children()
    tree = [root]
    for pid in tree:
        tree.extend(children[pid])
    sizes = {pid: _sizes(pid) for pid in tree}
    leaves = [sizes[pid][0] for pid in tree if not children[pid] and _name(pid) != "nginx"]
    return mean(sorted(leaves)[-workers:]), sum(shared for _, shared in sizes.values())


def _children() -> dict[int, list[int]]:
    children = defaultdict(list)
    for stat in PROC.glob("[0-9]*/stat"):
        try:
            parent = stat.read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()[1]
        except (FileNotFoundError, ProcessLookupError):
            continue
        children[int(parent)].append(int(stat.parent.name))
    return children


def _name(pid: int) -> str:
    return (PROC / str(pid) / "comm").read_text(encoding="utf-8").strip()


def _sizes(pid: int) -> tuple[float, float]:
    """Its own pages, and these with its share of what it shares with others."""
    fields = defaultdict(int)
    for line in (PROC / str(pid) / "smaps_rollup").read_text(encoding="utf-8").splitlines()[1:]:
        name, number, *_ = line.split()
        fields[name] = int(number)
    return (fields["Private_Clean:"] + fields["Private_Dirty:"]) / 1024, fields["Pss:"] / 1024
