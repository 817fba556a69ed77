"""What a config is given from the command line, and the logging that it asks for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.kit.serving import Project, serving

if TYPE_CHECKING:
    from pathlib import Path

LOGGING = """
[loggers]
keys = root

[handlers]
keys = file

[formatters]
keys =

[logger_root]
level = %(loglevel)s
handlers = file

[handler_file]
class = FileHandler
args = (r"%(here)s/app.log",)
"""
LOGGING_APP = """\
import logging

log = logging.getLogger("shop")


def make(global_conf, **options):
    log.info("made of %s", global_conf["__file__"])
    return lambda environ, start_response: [start_response("200 OK", []), b"logged"][1:]
"""


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path / "50% off #1", "egg:waitress#main")


def test_a_value_is_in_the_configs_variables_and_in_the_global_ones(project: Project) -> None:
    project.config.write_text(
        f"[DEFAULT]\nwho = all\n{project.config.read_text()}".replace("make\n", "make\ngreeting = %(day)s, %(who)s\n")
    )

    with serving(project, "day=Monday", "who=you") as server:
        # [DEFAULT] wins in the text of a config, the command line in what factories are given.
        assert "Monday, all, you" == server.get("/")


def test_another_section_and_another_server(project: Project) -> None:
    text = project.config.read_text()
    (project.folder / "other.ini").write_text(text[text.index("[server") :])
    project.config.write_text(
        text[: text.index("[server")] + "greeting = Hello\n[app:evening]\nuse = main\ngreeting = Good evening\n"
    )

    with serving(project, "-n", "evening", "--server-name", "config:other.ini") as server:
        assert "Good evening, all" == server.get("/")


def test_logging_is_set_up_with_all_values(project: Project) -> None:
    (project.folder / "greeter.py").write_text(LOGGING_APP)
    project.config.write_text(project.config.read_text() + LOGGING)

    with serving(project, "loglevel=INFO") as server:
        assert "logged" == server.get("/")

    assert f"made of {project.config}\n" in (project.folder / "app.log").read_text()


def test_an_app_of_a_package_is_served_without_a_config(project: Project) -> None:
    with serving(project, f"port={project.port}", config="egg:PasteScript#test") as server:
        assert "<title>Test</title>" in server.get("/")


def test_a_folder_without_a_config(project: Project) -> None:
    project.config.unlink()
    (project.folder / "wsgi.py").write_text(
        "def application(environ, start_response):\n    start_response('200 OK', [])\n    return [b'plain']\n"
    )

    with serving(project, f"port={project.port}", config=".") as server:
        assert "plain" == server.get("/")
