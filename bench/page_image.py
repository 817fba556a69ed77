"""How large images are and how soon made: as tables for a terminal and as a section of the documentation."""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING

from tables import limits, rows

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    Seconds = Mapping[str, Mapping[str, Sequence[float]]]
    Megabytes = Mapping[str, Mapping[str, float]]

SCENES = {
    "first": "the first image",
    "nothing changed": "nothing changed",
    "one line": "one line of the app changed",
    "one requirement": "one requirement added",
}
BEFORE = """\
## How large an image is

Written by `bench/image`; the raw numbers are in [bench/results/image.json](../bench/results/image.json).

The app is [examples/flask](../examples/flask/README.md). `tampu image` puts it on a slim Debian, with nginx, uWSGI and
supervisord. Beside it, `podman build` follows a [Containerfile](../bench/apps/image/Containerfile) as people write
them: on an image of the same system with the same Python and pip, `pip install` of the requirements and gunicorn,
before the app is copied. Both have their wheels from the same folder; neither has a network. tampu's cache has its
tools and Python before the first image, as podman has the image with Python.
"""
AFTER = """\
### Repeat it

```
bench/image                  # 5 rounds, a few minutes
bench/image quick            # one round; writes nothing
```

It needs root, `podman`, `runc` and `mmdebstrap`, and what `bench/build` needs.
"""
SPREAD = "Median of the rounds in seconds, with the fastest and the slowest; `times` is the ratio of the medians."
PUSHED = """\
What a registry gets, in MB and compressed, if it has the system and what it got before:"""


def section(result: Mapping[str, object]) -> str:
    seconds: Seconds = result["seconds"]
    megabytes: Megabytes = result["megabytes"]
    names = list(seconds["first"])
    return "\n".join(
        (
            BEFORE,
            _about(result),
            "\n### What it must reach\n",
            *limits(result["limits"]),
            "\n### Size\n",
            *rows(("in MB", *names), list(_sizes(megabytes["whole image"], result["bases"]["system"], names))),
            f"\n{PUSHED}\n",
            *rows(("", *names), [(text, *_pushed(megabytes, scene, names)) for scene, text in SCENES.items()]),
            "\n### Time\n",
            f"{SPREAD}\n",
            *rows(("", *names, "times"), [_line(text, seconds[scene], names) for scene, text in SCENES.items()]),
            f"\n{AFTER}",
        )
    )


def _about(result: Mapping[str, object]) -> str:
    versions = ", ".join(f"{name} {version}" for name, version in result["versions"].items())
    return f"{result['when']}, {result['rounds']} rounds. {versions}. {result['machine']}."


def _sizes(whole: Mapping[str, float], system: float, names: Sequence[str]) -> Iterator[tuple[str, ...]]:
    yield "the whole image", *(f"{whole[name]:.1f}" for name in names)
    yield "without the system", *(f"{whole[name] - system:.1f}" for name in names)


def _pushed(megabytes: Megabytes, scene: str, names: Sequence[str]) -> Iterator[str]:
    return (f"{megabytes[f'pushed: {scene}'][name]:.2f}" for name in names)


def _line(text: str, taken: Mapping[str, Sequence[float]], names: Sequence[str]) -> tuple[str, ...]:
    ours, plain = (median(taken[name]) for name in names)
    cells = (f"{median(taken[name]):.2f} ({min(taken[name]):.2f} to {max(taken[name]):.2f})" for name in names)
    return text, *cells, f"{ours / plain:.2f}"
