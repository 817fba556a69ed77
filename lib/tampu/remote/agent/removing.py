"""Files that go away: at once, in pieces, whatever their modes."""

from __future__ import annotations

import os

TYPE_CHECKING = False

if TYPE_CHECKING:
    from tampu.remote.agent.tasks import Steps


def removed(path: str) -> Steps:
    """With all that is in it; what isn't there is no trouble."""
    yield 0.0
    try:
        if os.path.islink(path) or not os.path.isdir(path):
            os.unlink(path)
            return
        os.chmod(path, 0o700)
        for name in os.listdir(path):
            yield from removed(os.path.join(path, name))
        os.rmdir(path)
    except FileNotFoundError:
        pass
