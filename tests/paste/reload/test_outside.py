from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

from tampu.paste.reload.outside import Outside
from tampu.paste.reload.polling import Polling
from tampu.paste.reload.scope import Scope

if TYPE_CHECKING:
    from pathlib import Path


def test_what_changed_before_anybody_watched_is_seen(tmp_path: Path) -> None:
    """In a package beside the project, which is known once it was loaded: its modules, and what else counts there."""
    project, package = tmp_path / "project", tmp_path / "elsewhere" / "library"
    project.mkdir()
    package.mkdir(parents=True)
    names = ("__init__.py", "words.py", "page.html", "old.py")
    for name in names:
        (package / name).write_text("")
    began = time.time_ns()
    for name in names:
        os.utime(package / name, ns=(began, began - 1 if name == "old.py" else began + 1))
    scope = Scope([str(project)], ())
    outside = Outside(scope, Polling(scope, 1.0), ())
    own = [str(package / name) for name in names if name.endswith(".py")]

    assert outside.learn({"foreign": [], "own": own, "configs": [], "began": began})
    assert {str(package / name) for name in names if name != "old.py"} == outside.changed()
