"""An app without an environment gets one, once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.kit import buildpack
from tests.kit.serving import Project, answer

if TYPE_CHECKING:
    from pathlib import Path

    from tests.kit.buildpack import Result
    from tests.kit.builds import Platform

GREETER = """
from importlib.metadata import version


def make(global_conf):
    def app(environ, start_response):
        start_response("200 OK", [])
        return [version("waitress").encode()]

    return app
"""


def test_what_is_needed_is_installed_and_nothing_said_while_it_stays_the_same(
    platform: Platform, index: str, tmp_path: Path
) -> None:
    project = Project(tmp_path / "project", "egg:waitress#main")
    (project.folder / "greeter.py").write_text(GREETER)
    (project.folder / "requirements.txt").write_text("waitress\n")
    (project.folder / "runtime.txt").write_text("python-3.13\n")
    files = ("--pid-file", str(tmp_path / "shop.pid"), "--log-file", str(tmp_path / "shop.log"))
    env = {**platform.environ, "XDG_CACHE_HOME": str(platform.cache), "PIP_INDEX_URL": index, "PYTHONHOME": ""}

    def serve(verb: str) -> Result:
        return buildpack.call("tampu", "serve", project.config, verb, *files, env=env)

    first = serve("start")
    try:
        assert 0 == first.code, first.out + first.err
        assert "Installing packages" in first.out
        assert "" != answer(project.port)
        again = serve("restart")
    finally:
        serve("stop")

    assert (0, "", 1) == (again.code, again.err, len(again.out.splitlines())), again.out
    (project.folder / "requirements.txt").write_text("waitress>=1\n")
    assert "Deciding" in serve("start").out
    serve("stop")
