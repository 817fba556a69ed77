"""Small commands about an app, in the app's own Python: PYTHON lib/tampu/paste/errands ERRAND."""

from __future__ import annotations

import json
import os
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tampu.paste.asking import Ask

PACKAGES = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))


def main() -> int:
    # Where this file is, Python would look for modules; nobody expects ours under plain names.
    sys.path[:1] = []
    sys.path.append(PACKAGES)
    from tampu.errors import TampuError
    from tampu.paste import asking, troubles
    from tampu.world.console import PlainConsole

    errand = json.loads(sys.argv[1])
    ask = asking.read(errand["ask"])
    sys.path[:] = ask.path(sys.path)
    try:
        return _run(errand["name"], errand["wish"], ask)
    except TampuError as error:
        if isinstance(error, troubles.AppFailed):
            sys.stderr.write(error.traceback)
        PlainConsole().error(error)
        return error.exit_code
    except BrokenPipeError:
        # Whoever reads has seen enough; nor shall the interpreter try again at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return 1


def _run(name: str, wish: dict[str, Any], ask: Ask) -> int:
    from tampu.paste.errands import configuring, points, requesting

    if name == "points":
        return points.run(points.Wish(**wish))
    if name == "request":
        return requesting.run(requesting.Wish(**wish), ask)
    if name == "make-config":
        return configuring.make(configuring.Making(**wish))
    return configuring.prepare(configuring.SettingUp(**wish), ask)


if __name__ == "__main__":
    sys.exit(main())
