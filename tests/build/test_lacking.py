from __future__ import annotations

import zipfile
from typing import TYPE_CHECKING

import pytest

from tampu.build.lacking import Incomplete, needs, refuse_lacking
from tampu.build.model import Target
from tampu.envs.bundle import bundle_of
from tampu.facts.app import survey
from tampu.facts.tree import Tree
from tampu.world import World
from tampu.world.cache import Cache
from tampu.world.console import PlainConsole
from tampu.world.downloads import Downloads
from tampu.world.run import Processes
from tests.kit import bundles
from tests.kit.builds import write_app
from tests.kit.wheels import Package

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

SERVED = {"wsgi.py": "application = print\n"}
PROJECT = '[build-system]\nrequires = [{}]\nbuild-backend = "made"\n'
LOCK = """\
lock-version = "1.0"
created-by = "a test"
[[packages]]
name = "beta"
version = "1.0"
wheels = [{{ name = "beta-1.0-py3-none-any.whl", hashes = {{ sha256 = "{}" }} }}]
"""


@pytest.fixture
def folder(mirror: Path, index: str, tmp_path: Path) -> Path:
    return bundles.make_bundle(tmp_path / "bundle", mirror, index)


def lacking(folder: Path, files: dict[str, str]) -> list[str]:
    """What it says that the bundle lacks for an app of these files."""
    app = write_app(folder.with_name("app"), files)
    say = PlainConsole()
    world = World(
        run=Processes(say),
        fetch=Downloads(environ={}, say=say),
        cache=Cache(folder.with_name("cache")),
        say=say,
        environ={"PATH": "/usr/bin:/bin", "TAMPU_MIRROR": str(folder)},
    )
    bundle = bundle_of(world.environ)
    assert bundle is not None
    try:
        refuse_lacking(bundle, survey(Tree(app), None), Target(app=app, layers=app / ".tampu"), world)
    except Incomplete as error:
        found = error.advice.partition("\nExpected:")[0].removeprefix("Found:")
        return [line.strip() for line in found.splitlines()]
    return []


def named(*names: str) -> Callable[[dict[str, str]], bool]:
    return lambda entry: entry["name"] not in names


def test_a_bundle_that_has_all_of_it(folder: Path) -> None:
    assert [] == lacking(
        folder, {**SERVED, "requirements.txt": "beta[more]\nbeta\nbeta==1.0\ndelta\nsupervisor-stdout\n"}
    )


def test_what_a_package_needs_in_turn_is_looked_for(folder: Path) -> None:
    bundles.rewrite(folder, named("package:gamma"))

    assert [] == lacking(folder, {"requirements.txt": "beta\n"})
    assert ["gamma (there is none)"] == lacking(folder, {"requirements.txt": "beta[more]\n"})


def test_what_a_source_needs_is_not_known(folder: Path) -> None:
    bundles.rewrite(folder, named("package:alpha"))

    assert [] == lacking(folder, {"requirements.txt": "delta\n"})


def test_a_complete_list_names_all_itself(folder: Path) -> None:
    bundles.rewrite(folder, named("package:alpha"))

    assert [] == lacking(folder, {"pylock.toml": LOCK.format("0" * 64)})


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("alpha==3.0", "alpha==3.0 (there is alpha-1.0-py3-none-any.whl, alpha-2.0-py3-none-any.whl)"),
        ("alpha==3.0 ; python_version < '3'", ""),
        ("omega", "omega (there is none)"),
        (
            "alpha @ https://127.0.0.1/a.whl",
            "alpha @ https://127.0.0.1/a.whl (an address that the bundle has nothing from)",
        ),
        ("git+https://127.0.0.1/a.git", "git+https://127.0.0.1/a.git (an address that the bundle has nothing from)"),
    ],
)
def test_what_is_there_instead_is_told(line: str, told: str, folder: Path) -> None:
    found = lacking(folder, {"requirements.txt": f"{line}\n"})

    assert told in "".join(found)
    assert bool(told) == bool(found)


def test_wheels_for_another_machine_are_told_and_not_all_of_them(folder: Path) -> None:
    bundles.rename(folder, "alpha-1.0-py3-none-any.whl", "alpha-1.0-cp38-cp38-win_amd64.whl")
    bundles.rewrite(folder, lambda entry: "alpha-2.0" not in entry["file"])

    assert ["alpha (there is alpha-1.0-cp38-cp38-win_amd64.whl)"] == lacking(folder, {"requirements.txt": "alpha\n"})
    (row,) = lacking(folder, {"requirements.txt": "markupsafe==0.1\n"})
    assert ".whl" in row


def test_what_a_project_of_the_app_is_built_with(folder: Path) -> None:
    files = {"requirements.txt": "-e ./ours\n./theirs-1.0-py3-none-any.whl\n", "theirs-1.0-py3-none-any.whl": ""}

    assert [] == lacking(folder, {**files, "ours/pyproject.toml": PROJECT.format('"hatchling"')})
    found = lacking(folder, {**files, "ours/pyproject.toml": PROJECT.format('"nails>2", "hatchling"')})
    assert ["nails>2 (there is none)"] == found


def test_what_a_project_of_the_app_needs(folder: Path) -> None:
    own = '[project]\nname = "ours"\nversion = "1"\ndependencies = ["alpha", "omega>1", "near"]\n'
    more = '[tool.uv.sources]\nnear = { path = "near" }\n'

    found = lacking(folder, {"requirements.txt": "-e ./ours\n", "ours/pyproject.toml": own + more})

    assert ["omega>1 (there is none)"] == found


def test_what_the_app_has_itself_is_not_looked_for(folder: Path) -> None:
    own = '[project]\nname = "Alpha"\nversion = "1"\n'
    bundles.rewrite(folder, named("package:alpha"))

    assert [] == lacking(folder, {"requirements.txt": "beta\n-e ./ours\n", "ours/pyproject.toml": own})


def test_of_several_versions_nobody_knows_which_it_will_be(folder: Path) -> None:
    """The newest one needs something that is not there; the older one will be taken."""
    bundles.add(folder, Package(name="alpha", version="3.0", requires=("omega",)))

    assert [] == lacking(folder, {"requirements.txt": "alpha\n"})


def test_a_bundle_is_not_left_for_others(folder: Path) -> None:
    """Neither for a Python of upstream or of this machine, nor for an nginx of the distribution."""
    bundles.rewrite(folder, named("nginx", "python"))

    assert 2 == len(lacking(folder, SERVED))


def test_all_kinds_at_once(folder: Path) -> None:
    bundles.rewrite(folder, named("nginx"))

    found = lacking(folder, {**SERVED, "runtime.txt": "python-3.9\n", "requirements.txt": "omega\n"})

    assert ["Python", "nginx", "omega"] == [row.partition(" ")[0].strip(":") for row in found]


def test_without_any_python_another_is_thought_of(folder: Path) -> None:
    bundles.rewrite(folder, named("python"))

    (row,) = lacking(folder, {"requirements.txt": "alpha\n"})

    assert row.startswith("Python: any will do (there is none for ")


@pytest.mark.parametrize("content", [b"no archive", None])
def test_a_file_that_is_no_wheel_tells_nothing(content: bytes | None, tmp_path: Path) -> None:
    if content:
        (tmp_path / "a.whl").write_bytes(content)

    assert [] == needs(tmp_path / "a.whl")


def test_a_wheel_that_is_none_needs_nothing_that_is_known(tmp_path: Path) -> None:
    wheel = tmp_path / "x.whl"
    with zipfile.ZipFile(wheel, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("x.dist-info/METADATA", "Requires-Dist: flask\n" * 50)
    whole = wheel.read_bytes()
    start = whole.index(b"METADATA") + len(b"METADATA")

    assert ["flask"] * 50 == needs(wheel)
    for odd in (b"", b"no zip", whole[:start] + bytes(20) + whole[start + 20 :]):
        wheel.write_bytes(odd)
        assert [] == needs(wheel)
