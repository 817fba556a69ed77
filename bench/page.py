"""What the last full run of each bench found: its charts, and in docs/bench.md what stands between our comments."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

from commands import done
from house import HOUSE
from tables import in_short, limits

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from frame import Bench, Found
    from judge import Panel

RESULTS = HOUSE / "bench" / "results"
PAGE = HOUSE / "docs" / "bench.md"
CHARTS = HOUSE / "docs" / "bench"
BEGIN, END = "<!-- bench/run: {} -->\n", "<!-- end -->"
SHORT = "in short"


def recorded(bench: Bench) -> Found | None:
    file = RESULTS / f"{bench.name}.json"
    return json.loads(file.read_text(encoding="utf-8")) if file.is_file() else None


def record(bench: Bench, found: Found) -> None:
    (RESULTS / f"{bench.name}.json").write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


def write(benches: Sequence[Bench], env: Path, work: Path) -> None:
    text, charts = PAGE.read_text(encoding="utf-8"), {}
    for bench in benches:
        if found := recorded(bench):
            text = _put(text, bench.name, _section(bench, found))
            charts[bench.name] = [panel for panel in bench.panels(found) if panel.rivals]
    compared = (panel for panels in charts.values() for panel in panels)
    PAGE.write_text(_put(text, SHORT, in_short(compared)), encoding="utf-8")
    _draw(charts, env, work)


def _put(text: str, name: str, lines: Iterable[str]) -> str:
    """What people wrote around it stays."""
    begin = BEGIN.format(name)
    before, found, after = text.partition(begin)
    if not found:
        sys.exit(f"{PAGE} has no line that says {begin}")
    return "".join((before, begin, "\n", *(f"{line}\n" for line in lines), "\n", END, after.partition(END)[2]))


def _section(bench: Bench, found: Found) -> Iterator[str]:
    versions = ", ".join(f"{name} {version}" for name, version in found["versions"].items())
    yield f"![{bench.name}](bench/{bench.name}.png)\n"
    yield f"{found['when']}, {found['rounds']} rounds. {versions}. {found['machine']}. All that was measured is in"
    yield f"[bench/results/{bench.name}.json](../bench/results/{bench.name}.json).\n"
    if found["limits"]:
        yield from limits(found["limits"])
        yield ""
    yield from bench.tables(found)


def _draw(charts: Mapping[str, Sequence[Panel]], env: Path, work: Path) -> None:
    file = work / "charts.json"
    drawn = {name: [_drawn(panel) for panel in panels] for name, panels in charts.items()}
    file.write_text(json.dumps(drawn), encoding="utf-8")
    CHARTS.mkdir(exist_ok=True)
    done((env / "bin" / "python", HOUSE / "bench" / "draw.py", file, CHARTS), {"MPLCONFIGDIR": str(env), "PATH": ""})


def _drawn(panel: Panel) -> dict[str, object]:
    return {"title": panel.title, "unit": panel.unit, "ours": panel.ours, "samples": dict(panel.samples)}
