"""`tampu`, called inside this process; tests/contract calls it as people do."""

from __future__ import annotations

import io
import json
import os
from typing import TYPE_CHECKING, NoReturn

import pytest

from tampu.envs.last_resort import NoInstaller
from tampu.platforms import local, people
from tampu.platforms.calling import Usage
from tampu.platforms.local import NoApp, OutInside, OutInUse
from tampu.platforms.people import NoProcess
from tampu.world.console import PlainConsole
from tampu.world.terminal import Terminal
from tests.kit import bundles
from tests.kit.builds import write_app

if TYPE_CHECKING:
    from pathlib import Path

    from tests.kit.builds import Platform


class Became(Exception):
    def __init__(self, words: list[str], environ: dict[str, str]) -> None:
        self.words = words
        self.environ = environ


def become(program: Path, words: list[str], environ: dict[str, str]) -> NoReturn:
    assert str(program) == words[0]
    raise Became(words[1:], environ)


class Person:
    def __init__(self, platform: Platform, home: Path) -> None:
        index = (platform.user_env / "PIP_INDEX_URL").read_text()
        self.environ = {
            "PATH": os.environ["PATH"],
            "HOME": str(home),
            "XDG_CACHE_HOME": str(platform.cache),
            "PIP_INDEX_URL": index,
            **platform.environ,
        }
        self.out, self.err = io.StringIO(), io.StringIO()

    def types(self, *words: object) -> int:
        say = PlainConsole(self.out, self.err)
        return people.main([str(word) for word in words], self.environ, say, become)


@pytest.fixture
def person(platform: Platform, tmp_path: Path) -> Person:
    return Person(platform, tmp_path)


@pytest.fixture
def app(tmp_path: Path) -> Path:
    files = {"requirements.txt": "alpha\n", "runtime.txt": "python-3.13\n", "Procfile": "web: python app.py\n"}
    return write_app(tmp_path / "app", files)


def test_a_build_in_place(person: Person, app: Path) -> None:
    assert 0 == person.types("build", app, "--explain")

    assert "*\n" == (app / ".tampu" / ".gitignore").read_text()
    assert f"       Built {app}/.tampu\n" in person.out.getvalue()
    assert "site: " in person.out.getvalue()
    assert not (app / ".profile.d").exists()


def test_a_build_elsewhere_leaves_the_app_as_it_was(person: Person, app: Path, tmp_path: Path) -> None:
    assert 0 == person.types("build", app, "--out", tmp_path / "out", "--quiet")
    assert 0 == person.types("build", app, "--out", tmp_path / "out", "--quiet")

    assert "" == person.out.getvalue()
    assert not (app / ".tampu").exists()
    assert (tmp_path / "out" / "Procfile").is_file()


def test_a_plan_does_nothing(person: Person, app: Path) -> None:
    assert 0 == person.types("build", app, "--plan")

    assert "requirements.txt is present" in person.out.getvalue()
    assert not (app / ".tampu").exists()


@pytest.mark.parametrize("options", [("--plan", "--json"), ("--json",)])
def test_plans_and_results_for_programs(person: Person, app: Path, options: tuple[str, ...]) -> None:
    person.types("build", app, *options)

    document = json.loads(person.out.getvalue())
    assert ("pip", {"web": "python app.py"}) == (document["manager"], document["processes"])
    assert ["python", "site"] == [step["name"] for step in document["steps"]]


@pytest.mark.parametrize(
    ("words", "expected"),
    [((), ["sh", "-c", "python app.py"]), (("--", "python", "-V"), ["python", "-V"])],
)
def test_what_is_run(person: Person, app: Path, words: tuple[str, ...], expected: list[str]) -> None:
    with pytest.raises(Became) as caught:
        person.types("run", app, *words)

    assert (expected, person.environ) == (caught.value.words, caught.value.environ)


def test_what_is_served_until_it_ends(person: Person, app: Path) -> None:
    write_app(app, {"Procfile": "web: exit 3\n"})

    assert 3 == person.types("up", app, "--no-reload", "--quiet")
    assert "" == person.out.getvalue()


def test_an_attempt_that_nobody_watches() -> None:
    assert 7 == people.plainly(lambda: 7)


def test_nothing_to_run(person: Person, app: Path) -> None:
    write_app(app, {"Procfile": "worker: python worker.py\n"})

    with pytest.raises(NoProcess, match="nothing to run"):
        person.types("run", app)


def test_tasks_are_explained(person: Person, app: Path) -> None:
    write_app(app, {"bin/post_compile": "true\n"})

    person.types("build", app, "--explain")

    assert "post_compile_hook: " in person.out.getvalue()


@pytest.mark.parametrize("words", [("biuld",), (), ("build",), ("build", "--fast", ".")])
def test_command_lines_that_are_none(person: Person, words: tuple[str, ...]) -> None:
    with pytest.raises(Usage, match="command line"):
        person.types(*words)


def test_places_that_do_not_fit(person: Person, app: Path, tmp_path: Path) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "file").write_text("")

    for out, error in ((app / "out", OutInside), (tmp_path / "full", OutInUse)):
        with pytest.raises(error):
            person.types("build", app, "--out", out)
    with pytest.raises(NoApp):
        person.types("build", tmp_path / "none")


class Screen(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_colours_are_for_terminals_that_have_some(person: Person) -> None:
    plain = PlainConsole(Screen(), person.err)
    environ = {name: value for name, value in person.environ.items() if name != "PIP_INDEX_URL"}

    assert plain is local.screen({**environ, "TERM": "dumb"}, plain)
    assert plain is local.screen({**environ, "TERM": "xterm", "PIP_INDEX_URL": "file:///nowhere"}, plain)
    assert isinstance(local.screen({**environ, "TERM": "xterm"}, plain), Terminal)


def test_colours_are_not_worth_a_python() -> None:
    with pytest.raises(NoInstaller):
        local.no_last_resort(None)


def test_a_spoilt_bundle_has_no_colours(person: Person, mirror: Path, tmp_path: Path) -> None:
    """Who asks it for packages tells what is wrong with it."""
    bundle = bundles.make_bundle(tmp_path / "bundle", mirror, person.environ["PIP_INDEX_URL"])
    (bundle / "wheels" / "unknown.whl").write_text("")
    plain = PlainConsole(Screen(), person.err)
    environ = {**person.environ, "TERM": "xterm", "TAMPU_MIRROR": str(bundle)}

    assert plain is local.screen(environ, plain)
