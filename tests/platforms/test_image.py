"""`tampu image`, called inside this process with a builder that keeps what it is given; tests/system has a real one."""

from __future__ import annotations

import io
import os
import stat
from typing import TYPE_CHECKING

import pytest

from tampu.platforms import people
from tampu.platforms.image import read_variables
from tampu.platforms.image_builder import NoBuilder
from tampu.platforms.image_processes import NothingToStart
from tampu.platforms.local import NoApp
from tampu.world.console import PlainConsole
from tests.kit.builds import names, write_app

if TYPE_CHECKING:
    from pathlib import Path

    from tests.kit.builds import Platform

KEEPS = """\
#!/bin/sh
for context; do [ "$before" != --iidfile ] || name=$context; before=$context; done
if [ -n "$name" ]; then echo sha256:0f0f >"$name"; exit; fi
echo "$@" >"$KEPT/words"
cp -a "$context" "$KEPT/context"
"""
FILES = {
    "requirements.txt": "alpha\n",
    "runtime.txt": "python-3.13\n",
    "Procfile": "web: python app.py\nclock: python clock.py\n",
    "app.py": "",
    "bin/post_compile": '#!/bin/sh\necho "$COLOUR $SECRET" >seen\n',
    ".env": "PASSWORD=hunter2\n",
    "old/pyvenv.cfg": "",
}


class Maker:
    """Somebody who makes images, and what a builder was given."""

    def __init__(self, platform: Platform, place: Path) -> None:
        self.kept = place / "kept"
        self.kept.mkdir()
        self.programs = place / "programs"
        write_app(self.programs, {"buildah": KEEPS})
        (self.programs / "buildah").chmod(0o755)
        self.environ = {
            "PATH": f"{self.programs}:{os.environ['PATH']}",
            "HOME": str(place),
            "XDG_CACHE_HOME": str(platform.cache),
            "PIP_INDEX_URL": (platform.user_env / "PIP_INDEX_URL").read_text(),
            "KEPT": str(self.kept),
            "SECRET": "of the shell",
            **platform.environ,
        }
        self.out, self.err = io.StringIO(), io.StringIO()

    def types(self, *words: object, **environ: str) -> int:
        say = PlainConsole(self.out, self.err)
        return people.main(["image", *map(str, words)], {**self.environ, **environ}, say)

    @property
    def words(self) -> list[str]:
        return (self.kept / "words").read_text().split()

    @property
    def made(self) -> Path:
        """The app as it goes into an image."""
        return self.kept / "context" / "app"


@pytest.fixture
def maker(platform: Platform, tmp_path: Path) -> Maker:
    return Maker(platform, tmp_path)


@pytest.fixture
def app(tmp_path: Path) -> Path:
    app = write_app(tmp_path / "My Shop", FILES)
    (app / "bin/post_compile").chmod(0o755)
    for name in FILES:
        os.utime(app / name, (1700000000, 1700000000))
    return app


def test_an_image_is_made_of_a_built_copy(maker: Maker, app: Path) -> None:
    assert 0 == maker.types(app, "--base", "base:1", "--env", "COLOUR=green", "--env", "NOT_SET")

    assert {".profile.d", ".tampu", "Procfile", "app.py", "bin", "requirements.txt", "runtime.txt", "seen"} == names(
        maker.made
    )
    assert {"start", "check", "processes", "profile.sh"} < names(maker.made / ".tampu")
    assert {"python", "site"} == names(maker.kept / "context" / "layers")
    assert "python clock.py\n" == (maker.made / ".tampu/processes/clock").read_text()
    assert "green \n" == (maker.made / "seen").read_text()
    assert {"My Shop", "kept"} < names(app.parent)
    assert not {".tampu", ".profile.d", "seen"} & names(app)


def test_the_builder_is_told_name_time_and_base(maker: Maker, app: Path) -> None:
    assert 0 == maker.types(app, "--base", "base:1")

    assert "my-shop:latest" == maker.words[maker.words.index("--tag") + 1]
    assert "1700000000" == maker.words[maker.words.index("--timestamp") + 1]
    assert "LAYERS=0f0f" == maker.words[maker.words.index("--build-arg") + 1]
    assert (maker.kept / "context" / "Containerfile.layers").read_text().startswith("FROM base:1\n")
    assert "podman run " in maker.out.getvalue()


@pytest.mark.parametrize(
    ("told", "time"), [("1600000000", "1600000000"), ("yesterday", "1700000000"), ("9" * 5000, "1700000000")]
)
def test_a_time_that_was_set(told: str, time: str, maker: Maker, app: Path) -> None:
    assert 0 == maker.types(app, "--tag", "shop:1", SOURCE_DATE_EPOCH=told)

    assert time == maker.words[maker.words.index("--timestamp") + 1]


def test_a_plan_makes_nothing(maker: Maker, app: Path) -> None:
    assert 0 == maker.types(app, "--plan", "--base", "base:1", PATH=os.defpath)

    assert "FROM base:1" in maker.out.getvalue()
    assert [] == list(maker.kept.iterdir())
    assert ".tampu" not in names(app)


def test_nothing_is_built_where_no_image_could_be_made(maker: Maker, app: Path) -> None:
    with pytest.raises(NoBuilder):
        maker.types(app, PATH="/nowhere")

    assert "" == maker.out.getvalue()


@pytest.mark.parametrize("words", [(), ("--plan",)], ids=str)
def test_an_app_that_nothing_can_be_started_of(words: tuple[str, ...], maker: Maker, tmp_path: Path) -> None:
    app = write_app(tmp_path / "app", {"app.py": "print('hello')\n", "runtime.txt": "python-3.13\n"})

    with pytest.raises(NothingToStart):
        maker.types(app, *words)


def test_an_app_that_is_not_there(maker: Maker, tmp_path: Path) -> None:
    with pytest.raises(NoApp):
        maker.types(tmp_path / "nowhere")


def test_anybody_may_read_the_app(maker: Maker, app: Path) -> None:
    (app / "app.py").chmod(0o600)

    assert 0 == maker.types(app, "--quiet")

    assert "" == maker.out.getvalue()
    assert 0o644 == stat.S_IMODE((maker.made / "app.py").stat().st_mode)


def test_variables_with_a_value_or_with_that_of_the_shell() -> None:
    environ = {"DATABASE_URL": "sqlite://", "OTHER": "x"}

    assert {"A": "b=c", "DATABASE_URL": "sqlite://", "EMPTY": ""} == read_variables(
        ("A=b=c", "DATABASE_URL", "EMPTY=", "NOT_THERE"), environ
    )
