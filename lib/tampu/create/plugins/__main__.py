"""Answers about templates of installed packages, into a file: what these print is theirs."""

from __future__ import annotations

import json
import sys
from pathlib import Path

PACKAGES = Path(__file__).resolve().parents[3]


def main() -> None:
    # Where this file is, Python would look for modules; nobody expects ours under plain names.
    sys.path[:1] = []
    sys.path.append(str(PACKAGES))
    from tampu.create.plugins import catalogue, standins, work

    ask = json.loads(sys.argv[1])
    standins.install()
    deeds = {"list": catalogue.listed, "render": work.render, "after": work.after}
    answer = deeds[ask["do"]](ask)
    Path(ask["answer"]).write_text(json.dumps(answer), encoding="utf-8")


if __name__ == "__main__":
    main()
