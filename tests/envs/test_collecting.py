from __future__ import annotations

import hashlib
import io
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tampu.envs.collecting import Backend, Found, Search, asked_by_backend, backend_of, resolved
from tampu.values import replace
from tampu.world import World
from tampu.world.cache import Cache
from tampu.world.console import PlainConsole
from tampu.world.downloads import Downloads
from tampu.world.run import CommandFailed, Processes
from tests.kit import toolbox, web, wheels
from tests.kit.builds import write_app
from tests.kit.wheels import Package

if TYPE_CHECKING:
    from collections.abc import Callable

    Look = Callable[..., Search]

BACKEND = "def get_requires_for_build_wheel():\n    print('asked')\n    return ['for-wheels']\n"
EDITABLE = "def get_requires_for_build_editable(config=None):\n    return ['for-links']\n"


@pytest.fixture(scope="module")
def look(wheelhouse: Path, tmp_path_factory: pytest.TempPathFactory) -> Look:
    place = tmp_path_factory.mktemp("search")
    tools = toolbox.make_tools(place / "tools")

    def make(**settings: str) -> Search:
        say = PlainConsole(out=io.StringIO(), err=io.StringIO())
        known = {"PATH": "/usr/bin:/bin", "PIP_INDEX_URL": (wheelhouse / "simple").as_uri(), **settings}
        world = World(
            run=Processes(say),
            fetch=Downloads(environ={}, say=say),
            cache=Cache(place / "cache"),
            say=say,
            environ=known,
        )
        version = "{}.{}".format(*sys.version_info[:2])
        return Search(python=Path(sys.executable), version=version, platform="", app=place, tools=tools, world=world)

    return make


def names(found: tuple[Found, ...]) -> list[str]:
    return sorted(each.file for each in found)


def test_a_file_for_each_package_and_for_what_it_needs(look: Look, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("beta[more]\n")
    (tmp_path / "b.txt").write_text("delta\n")

    found = resolved(look(), tmp_path / "a.txt", tmp_path / "b.txt")

    assert ["alpha-1.0", "beta-1.0", "delta-0.9.tar.gz", "gamma-1.0"] == [
        file.removesuffix("-py3-none-any.whl") for file in names(found)
    ]
    assert {64} == {len(each.sha256) for each in found}
    assert ["delta"] == [each.name for each in found if each.is_source]


@pytest.mark.parametrize("kind", [".whl", ".tar.gz"])
def test_of_a_wheel_and_a_source_the_one_that_is_pinned(kind: str, look: Look, tmp_path: Path) -> None:
    package = Package(name="ours")
    for file in (wheels.wheel(package, tmp_path), wheels.sdist(package, tmp_path)):
        if file.name.endswith(kind):
            digest = hashlib.sha256(file.read_bytes()).hexdigest()
    wheels.index(tmp_path)
    (tmp_path / "a.txt").write_text("ours\n")
    search = replace(look(PIP_INDEX_URL=(tmp_path / "simple").as_uri()), hashes={"ours": (f"sha256:{digest}",)})

    (found,) = resolved(search, tmp_path / "a.txt")

    assert found.file.endswith(kind)


def test_a_complete_list_is_left_as_it_is(look: Look, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("beta\n")

    assert ["beta-1.0-py3-none-any.whl"] == names(resolved(look(), tmp_path / "a.txt", words=("--no-deps",)))


def test_what_can_not_be_had_is_an_error(look: Look, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("alpha==9\n")

    with pytest.raises(CommandFailed, match="uv"):
        resolved(look(), tmp_path / "a.txt")


def test_an_address_is_kept(look: Look, wheelhouse: Path, tmp_path: Path) -> None:
    address = (wheelhouse / "alpha-1.0-py3-none-any.whl").as_uri()
    (tmp_path / "a.txt").write_text(f"alpha @ {address}\n")

    (found,) = resolved(look(), tmp_path / "a.txt")

    assert ("alpha-1.0-py3-none-any.whl", "1.0") == (found.file, found.version)


def test_who_may_read_an_index_may_read_its_files(look: Look, wheelhouse: Path, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("alpha\n")
    with web.serve(wheelhouse, login="team:a-password") as site:
        private = site.url.replace("://", "://team:a-password@")
        found = resolved(look(PIP_INDEX_URL=f"{private}/simple"), tmp_path / "a.txt")

    assert [f"{private}/alpha-2.0-py3-none-any.whl"] == [each.url for each in found]


@pytest.mark.parametrize("text", [None, "[project]\nname = 'ours'\n", "[build-system]\nbuild-backend = 'x'\n"])
def test_who_names_no_backend_gets_the_usual_one(text: str | None, tmp_path: Path) -> None:
    write_app(tmp_path, {"pyproject.toml": text} if text else {})

    assert Backend() == backend_of(tmp_path)


def test_a_backend_of_its_own_is_asked(look: Look, tmp_path: Path) -> None:
    text = '[build-system]\nrequires = ["alpha"]\nbuild-backend = "here:thing.inner"\nbackend-path = ["tools"]\n'
    body = "".join(f"            {line}\n" for line in (BACKEND + EDITABLE).replace("():", "():").splitlines())
    module = f"import alpha\nclass thing:\n    class inner:\n{body.replace('            ', '        ')}"
    write_app(tmp_path, {"pyproject.toml": text, "tools/here.py": module})
    backend = backend_of(tmp_path)

    assert (("alpha",), "here:thing.inner") == (backend.requires, backend.name)
    assert ("for-wheels",) == asked_by_backend(tmp_path, backend, look(), editable=False)
    assert ("for-links",) == asked_by_backend(tmp_path, backend, look(), editable=True)


@pytest.mark.parametrize("module", ["raise SystemExit(3)\n", ""])
def test_a_backend_without_an_answer_needs_no_more(module: str, look: Look, tmp_path: Path) -> None:
    write_app(tmp_path, {"odd.py": module})

    assert () == asked_by_backend(
        tmp_path, Backend(requires=(), name="odd", paths=(str(tmp_path),)), look(), editable=True
    )
