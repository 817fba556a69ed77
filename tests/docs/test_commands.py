"""Each command of the pages is run: here as it stands there, or by a test that is named for it."""

from __future__ import annotations

import re
import shutil
import subprocess
from itertools import takewhile
from typing import TYPE_CHECKING

import pytest

from tests.docs.helps import Helps
from tests.docs.pages import HOUSE, commands
from tests.docs.scenes import GAPS, SCENES
from tests.docs.shown import BY_TEST, RUNNERS, SHOWN
from tests.kit import served, typed
from tests.kit.builds import write_app
from tests.kit.typed import Shell

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.docs.pages import Command
    from tests.kit.builds import Platform

COMMANDS = commands()
RUN_HERE = {command for scene in SCENES.values() for command, _ in scene}
OPTION = re.compile(r"(?<=\s)--?[a-zA-Z][a-z-]*")
HOW = "Add it to SCENES in tests/docs/scenes.py, or name the test that runs its like in BY_TEST of tests/docs/shown.py."
ANYWHERE = "/tmp/"  # noqa: S108 - what pages name, to be replaced
LOG = "import http.server\nprint('hello', flush=True)\nhttp.server.HTTPServer(('', {port}), None).serve_forever()\n"
SERVICE = re.compile(r"```toml\n(# shop\.toml.*?)```", re.DOTALL)


@pytest.fixture(scope="module")
def helps() -> Helps:
    return Helps()


def is_mention(command: Command, helps: Helps) -> bool:
    """It only says what a command is called, with its options perhaps."""
    words = [word for word in command.words[1:] if not word.startswith("-")]
    return not command.block and command.words[0].endswith("tampu") and len(words) == len(helps.names(words))


def _told(what: str, which: set[str]) -> str:
    return "\n    ".join((what, *sorted(which)))


def test_each_command_is_run(helps: Helps) -> None:
    whole = [each for each in COMMANDS if not each.form and not is_mention(each, helps)]
    others = [each for each in whole if each.words[0] not in RUNNERS]

    lacking = {f"{each.page}: {each.text}" for each in others if each.text not in {*RUN_HERE, *SHOWN}}

    assert not lacking, _told(f"Nothing runs these. {HOW}", lacking)


def test_what_is_run_stands_on_a_page() -> None:
    gone = {*RUN_HERE, *SHOWN} - {command.text for command in COMMANDS}

    assert not gone, _told("These stand on no page: take them out of tests/docs/scenes.py and shown.py.", gone)


def test_nothing_is_run_twice() -> None:
    assert set() == RUN_HERE & {*SHOWN}


@pytest.mark.parametrize("test", sorted(BY_TEST))
def test_the_test_that_is_named_is_there(test: str) -> None:
    file, _, name = test.partition("::")

    assert re.search(rf"^ *def {name}\(", (HOUSE / file).read_text(encoding="utf-8"), re.MULTILINE)


def test_names_and_options_are_those_that_there_are(helps: Helps) -> None:
    unknown = set()
    for command in COMMANDS:
        program, *words = command.words or [""]
        if program.endswith("tampu") and words and re.fullmatch(r"[a-z-]+", words[0]) and words != ["--help"]:
            names = helps.names(words)
            ours = takewhile(lambda word: word != "|" and not word.endswith(".py"), words[len(names) :])
            options = {*OPTION.findall(" " + " ".join(ours))} - {"--help"}
            told = helps.of(*names) if names != ("exe",) else ""
            if not names or any(not re.search(rf"(?<![\w-]){option}\b", told) for option in options):
                unknown.add(f"{command.page}: {command.text}")
        else:
            named = [word for word in words if word.startswith("tests/")]
            named += [program] if not program.startswith((".", "/")) and "/" in program else []
            unknown |= {f"{command.page}: {word}" for word in named if not (HOUSE / word).exists()}

    assert not unknown, _told("There is no such command, or it has no such option.", unknown)


@pytest.fixture
def shell(platform: Platform, tmp_path: Path) -> Iterator[Shell]:
    """A folder with all that the pages speak of."""
    folder = tmp_path / "here"
    folder.mkdir()
    (folder / "bin").symlink_to(HOUSE / "bin")
    shutil.copytree(HOUSE / "examples", folder / "examples", ignore=shutil.ignore_patterns(".tampu", "staticfiles"))
    ports = typed.ports("8000")
    about = SERVICE.findall((HOUSE / "docs" / "service.md").read_text(encoding="utf-8"))[0]
    write_app(
        folder,
        {
            "app.py": LOG.format(port=ports["8000"]),
            "shop.toml": about,
            **dict.fromkeys(("worker.py", "lib/configure.py", "requirements.txt"), ""),
            "templates/docker/template.toml": 'summary = "An image"\n',
            "templates/docker/files/Containerfile": "FROM scratch\n",
        },
    )
    env = {**typed.surroundings(platform, tmp_path), "PORT": str(served.free_port())}
    yield Shell(folder=folder, env=env, ports=ports)
    # What a scene made read only, other tests link to.
    subprocess.run(("chmod", "-R", "u+w", tmp_path), check=True)


@pytest.mark.parametrize("scene", SCENES)
def test_commands_do_what_their_page_says(scene: str, shell: Shell) -> None:
    for command, expected in SCENES[scene]:
        filled = command
        for gap, meant in GAPS.items():
            filled = filled.replace(gap, meant)
        said = shell.run(shell.own(filled).replace(ANYWHERE, f"{shell.folder.parent}/"), expected)
        assert re.search(expected, said), (command, said)
        assert shell.code in {0, 130}, (command, said)
