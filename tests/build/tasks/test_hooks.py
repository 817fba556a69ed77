from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

import pytest

from tampu.build.tasks.hooks import (
    PostCompileFailed,
    PreCompileFailed,
    WindowsLineEnds,
    command,
    post_compile,
    pre_compile,
    shell,
)
from tampu.world.run import Command, Processes
from tests.build.tasks.stage import CHANGES

if TYPE_CHECKING:
    from pathlib import Path

    from tests.build.tasks.stage import Stage

ENV = {"PATH": "/usr/bin:/bin"}


def test_an_app_without_hooks_has_nothing_to_run(stage: Stage) -> None:
    assert (None, None) == (pre_compile(stage.tree), post_compile(stage.tree, CHANGES))


@pytest.mark.parametrize(
    ("first_line", "argv"),
    [
        (b"#!/bin/sh", ("/bin/sh", "bin/post_compile")),
        (b"#! /usr/bin/env python3 ", ("/usr/bin/env", "python3", "bin/post_compile")),
        (b"#!/usr/bin/env -S python3 -u", ("/usr/bin/env", "-S python3 -u", "bin/post_compile")),
        (b"echo hello", (shell(ENV), "bin/post_compile")),
        (b"", (shell(ENV), "bin/post_compile")),
        (b"\x7fELF\x02\x01\xff", ("bin/post_compile",)),
    ],
)
def test_a_hook_is_started_as_its_first_line_says(tmp_path: Path, first_line: bytes, argv: tuple[str, ...]) -> None:
    assert Command(argv=argv, cwd=tmp_path, env=ENV) == command("bin/post_compile", first_line, tmp_path, ENV)


def test_bash_is_taken_where_there_is_one(tmp_path: Path) -> None:
    shutil.copy("/bin/sh", tmp_path / "bash")

    assert (f"{tmp_path}/bash", "/bin/sh") == (shell({"PATH": str(tmp_path)}), shell({"PATH": "/invalid"}))


@pytest.mark.parametrize("mode", [0o644, 0o755])
@pytest.mark.parametrize("first_line", ["", "#!/bin/sh\n", "#!/usr/bin/env bash\n"])
def test_a_hook_runs_in_the_app_with_what_its_user_set(stage: Stage, mode: int, first_line: str) -> None:
    stage.write("bin/pre_compile", f'{first_line}echo "$GREETING $SECRET_OF_THE_MACHINE"; touch made\n', mode=mode)

    stage.act(pre_compile(stage.tree), Processes(stage.say), {"GREETING": "hello", "PATH": "/theirs"})

    assert ["-----> Running bin/pre_compile", "       hello "] == stage.said
    assert (stage.app / "made").is_file()


def test_after_the_build_a_hook_finds_what_was_built(stage: Stage) -> None:
    stage.write("bin/post_compile", "printenv PATH PYTHONPATH\n")

    stage.act(post_compile(stage.tree, CHANGES), Processes(stage.say))

    assert [f"       {stage.layers}/python/bin:/usr/bin:/bin", f"       {stage.app}"] == stage.said[1:]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("exit 3\n", "bin/pre_compile ended with exit code 3"),
        ("kill -9 $$\n", "bin/pre_compile was ended by signal 9"),
        ("#!/nowhere/ruby\n", "/nowhere/ruby can't be started"),
        ("#!\n", "bin/pre_compile can't be started"),
    ],
)
def test_a_hook_that_fails_ends_the_build(stage: Stage, text: str, found: str) -> None:
    stage.write("bin/pre_compile", text)

    with pytest.raises(PreCompileFailed, match="bin/pre_compile failed") as caught:
        stage.act(pre_compile(stage.tree), Processes(stage.say))

    assert caught.value.advice.startswith(f"Found:    {found}\n")


def test_the_second_hook_fails_under_its_own_name(stage: Stage) -> None:
    stage.write("bin/post_compile", "exit 1\n")

    with pytest.raises(PostCompileFailed, match="bin/post_compile failed"):
        stage.act(post_compile(stage.tree, CHANGES), Processes(stage.say))


def test_line_ends_of_windows_are_named_as_the_cause(stage: Stage) -> None:
    stage.write("bin/pre_compile", "#!/bin/bash\r\necho hello\r\n")

    with pytest.raises(WindowsLineEnds, match="bin/pre_compile has the line ends of Windows"):
        stage.act(pre_compile(stage.tree))


def test_a_compiled_hook(stage: Stage) -> None:
    program = shutil.which("true")
    assert program
    stage.write("bin/pre_compile", "")
    shutil.copy(os.path.realpath(program), stage.app / "bin/pre_compile")

    stage.act(pre_compile(stage.tree), Processes(stage.say))

    assert ["-----> Running bin/pre_compile"] == stage.said
