from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.launch.homes import LAUNCH

if TYPE_CHECKING:
    from pathlib import Path

MODULE = """\
class site:
    class inner:
        app = "found"
    @staticmethod
    def make():
        return "made"
"""
SERVE = "import runpy, sys; print(runpy.run_path(sys.argv[1])['application'])"


@pytest.mark.parametrize(
    ("app", "factory", "found"), [("shop:site.inner.app", False, "found"), ("shop:site.make", True, "made")]
)
def test_an_attribute_of_an_attribute(
    tmp_path: Path,
    python: Path,
    app: str,
    factory: bool,  # noqa: FBT001 - what stack.json says
    found: str,
) -> None:
    place = tmp_path / ".tampu/launch/wsgi_entry.py"
    place.parent.mkdir(parents=True)
    place.write_text((LAUNCH / "wsgi_entry.py").read_text())
    (tmp_path / ".tampu/stack.json").write_text(json.dumps({"app": app, "factory": factory}))
    (tmp_path / "shop.py").write_text(MODULE)

    argv = (python, "-c", SERVE, str(place))
    ended = subprocess.run(argv, cwd=tmp_path, env={"PYTHONPATH": str(tmp_path)}, capture_output=True, check=False)

    assert (f"{found}\n", "") == (ended.stdout.decode(), ended.stderr.decode())
