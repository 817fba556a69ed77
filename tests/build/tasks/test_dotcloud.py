from __future__ import annotations

import pytest

from tampu.build.model import EnvVar, Mode, Scope
from tampu.build.tasks.dotcloud import PostbuildFailed, PrebuildFailed, command, postbuild, prebuild, variables
from tampu.build.tasks.hooks import shell
from tampu.facts.dotcloud import Service
from tampu.world.run import Command, Processes
from tests.build.tasks.stage import CHANGES, Stage

ENV = {"PATH": "/usr/bin:/bin"}


def test_a_service_without_commands() -> None:
    service = Service(name="www", type="python")

    assert (None, None) == (prebuild(service), postbuild(service, CHANGES))


def test_the_command(stage: Stage) -> None:
    expected = Command(argv=(shell(ENV), "-c", "make && ls"), cwd=stage.app, env=ENV)

    assert expected == command("make && ls", stage.app, ENV)


def test_prebuild_runs_in_the_approot_with_the_variables_of_the_file(stage: Stage) -> None:
    stage.write("src/app.py", "")
    service = Service(
        name="www",
        type="python",
        approot="src",
        prebuild='ls; echo "$COLOUR $SIZE" > made',
        environment={"COLOUR": "red", "SIZE": "s"},
    )

    stage.act(prebuild(service), Processes(stage.say), {"SIZE": "xl"})

    assert ["-----> Running prebuild of dotcloud.yml", "       app.py"] == stage.said
    assert "red xl\n" == (stage.app / "src/made").read_text()


def test_postbuild_finds_what_was_built(stage: Stage) -> None:
    service = Service(name="www", type="python", postbuild="printenv PYTHONPATH")

    stage.act(postbuild(service, CHANGES), Processes(stage.say))

    assert ["-----> Running postbuild of dotcloud.yml", f"       {stage.app}"] == stage.said


def test_a_prebuild_that_fails(stage: Stage) -> None:
    service = Service(name="www", type="python", prebuild="exit 4")

    with pytest.raises(PrebuildFailed) as caught:
        stage.act(prebuild(service), Processes(stage.say))

    assert caught.value.advice.startswith("Found:    the command ended with exit code 4\n")


def test_a_postbuild_that_fails(stage: Stage) -> None:
    service = Service(name="www", type="python", postbuild="./nowhere.sh")

    with pytest.raises(PostbuildFailed) as caught:
        stage.act(postbuild(service, CHANGES), Processes(stage.say))

    assert caught.value.advice.startswith("Found:    the command ended with exit code 127\n")


def test_variables_give_way_and_never_break_the_build() -> None:
    service = Service(name="www", type="python", environment={"COLOUR": "red", "PATH": "/theirs", "PYTHONHOME": "/x"})

    assert (EnvVar("COLOUR", "red", Mode.DEFAULT, verbatim=True),) == variables(service)


def test_ports_are_variables_where_the_app_runs() -> None:
    service = Service(name="www", type="python", ports={"www": "http", "chat": "tcp", "Dns": "udp"})

    assert {"PORT_WWW": "PORT", "PORT_CHAT": "42801", "PORT_DNS": "42802"} == service.port_variables
    assert (
        EnvVar("PORT_WWW", "PORT", Mode.SAME, Scope.LAUNCH),
        EnvVar("PORT_CHAT", "42801", Mode.DEFAULT, Scope.LAUNCH),
        EnvVar("PORT_DNS", "42802", Mode.DEFAULT, Scope.LAUNCH),
    ) == variables(service)
