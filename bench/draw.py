"""Bars of what was measured: `draw.py CHARTS.json FOLDER`, with the packages of bench/apps/charts."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from statistics import median

from matplotlib import pyplot as plt

DARK, PALE = "#1f4e79", "#b8c4ce"
WIDTH, LINE, ABOVE = 7.0, 0.24, 0.62


def main() -> None:
    charts = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    plt.rcParams.update({"font.size": 8, "axes.spines.top": False, "axes.spines.right": False})
    for name, panels in charts.items():
        _chart(panels, Path(sys.argv[2]) / f"{name}.png")


def _chart(panels: list[dict], file: Path) -> None:
    heights = [LINE * len(panel["samples"]) + ABOVE for panel in panels]
    figure, all_axes = plt.subplots(
        len(panels), figsize=(WIDTH, sum(heights)), height_ratios=heights, squeeze=False, layout="constrained"
    )
    for axes, panel in zip(all_axes.flat, panels, strict=True):
        _draw(axes, panel)
    _save(figure, file)


def _draw(axes: plt.Axes, panel: dict) -> None:
    names = list(panel["samples"])
    samples = list(panel["samples"].values())
    middles = [median(taken) for taken in samples]
    least = [middle - min(taken) for middle, taken in zip(middles, samples, strict=True)]
    most = [max(taken) - middle for middle, taken in zip(middles, samples, strict=True)]
    colours = [DARK if name in panel["ours"] else PALE for name in names]
    axes.barh(names, middles, color=colours, xerr=(least, most), error_kw={"elinewidth": 0.8, "ecolor": "#555"})
    axes.invert_yaxis()
    axes.set_title(f"{panel['title']}, {panel['unit']}", loc="left", fontsize=8)


def _save(figure: plt.Figure, file: Path) -> None:
    """Without a version of what drew it: the same numbers are the same file."""
    figure.savefig(file, dpi=90, metadata={"Software": None})
    plt.close(figure)


main()
