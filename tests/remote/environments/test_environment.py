from __future__ import annotations

import csv
import hashlib
import os
import subprocess
from typing import TYPE_CHECKING

import pytest

from tampu.envs.explain import WrongHash
from tampu.remote.choose.model import SEEN, Choice
from tampu.remote.environments import environment as made
from tampu.remote.environments.environment_errors import NotProvided, NoWheel
from tampu.remote.environments.lock import Wanted, locked
from tampu.remote.environments.target import own_environment, own_kind, series_of
from tampu.values import replace
from tests.kit import builds, for_hosts, old_pythons, web
from tests.kit.for_hosts import ARM, target

if TYPE_CHECKING:
    from pathlib import Path

    from tampu.remote.environments.target import Target
    from tampu.remote.stores.trees import Tree
    from tampu.world import World

LIBRARY = "lib/python3.11/site-packages"
NEWEST = 99


@pytest.fixture(scope="module")
def world(index_for_hosts: str, tmp_path_factory: pytest.TempPathFactory) -> World:
    path = f"{old_pythons.program('3.8').parent}:/usr/bin:/bin"
    return for_hosts.open_world(tmp_path_factory.mktemp("ours"), index_for_hosts, PATH=path)


def choice(name: str, distribution: str) -> Choice:
    return Choice(name=name, distribution=distribution, requirement=distribution, because="", confidence=SEEN)


def environment(world: World, where: Target, *requirements: str, choices: tuple[Choice, ...] = ()) -> Tree:
    root = world.cache.folder("remote")
    tree = made.environment(locked(Wanted(requirements=requirements, root=root), where, world), where, world, choices)
    assert tree
    return tree


def like_this_machine(python: str) -> Target:
    """With a C library that is newer than any."""
    return target(python, own_kind().machine, NEWEST)


def content(tree: Tree, path: str) -> str:
    return tree.sources[tree.items[path].sha].read_text(encoding="utf-8")


def test_an_environment_is_laid_out_like_a_prefix(world: World) -> None:
    tree = environment(world, target(), "plain")

    assert ("envs", {"python": "/usr/bin/python3", "version": "3.11"}) == (tree.kind, tree.notes)
    assert {"bin/plain", "share/plain/page", f"{LIBRARY}/plain.py", f"{LIBRARY}/leaf.py"} < set(tree.items)
    assert {True} == {item.runs == path.startswith("bin/") for path, item in tree.items.items()}


def test_all_is_known_by_what_is_in_it(world: World) -> None:
    tree = environment(world, target(), "plain")

    for path, item in tree.items.items():
        data = tree.sources[item.sha].read_bytes()
        assert (item.sha, item.size) == (hashlib.sha256(data).hexdigest(), len(data)), path


def test_it_names_no_place_of_this_machine(world: World) -> None:
    tree = environment(world, target(), "plain", "spoken")

    told = "".join(path.read_text(encoding="utf-8") for path in tree.sources.values())
    assert str(world.cache.root) not in told
    assert os.fsdecode(os.environ["PATH"].partition(":")[0]) not in told


def test_records_stay_true(world: World, tmp_path: Path) -> None:
    place = for_hosts.lay_out(environment(world, target(), "plain"), tmp_path)
    library = place / LIBRARY

    with (library / "plain-1.0.dist-info" / "RECORD").open(newline="", encoding="utf-8") as record:
        rows = [row for row in csv.reader(record) if row]

    assert ["../../../bin/plain", "../../../share/plain/page"] == [path for path, *_ in rows if path.startswith("..")]
    assert [] == [path for path, *_ in rows if not (library / path).is_file()]
    assert [] == [path for path, _, size in rows if size and (library / path).stat().st_size != int(size)]


@pytest.mark.parametrize("series", ["3.8", "3.13"])
def test_it_works_on_that_python_wherever_it_lies(series: str, world: World, tmp_path: Path) -> None:
    program = old_pythons.program(series)
    where = target(old_pythons.version(series), interpreter=str(program))
    place = for_hosts.lay_out(environment(world, where, "plain"), tmp_path / "a place")

    ended = subprocess.run((place / "bin" / "plain",), check=True, capture_output=True, text=True)

    assert "plain 1.0\n" == ended.stdout


@pytest.mark.parametrize(
    ("where", "tags"),
    [
        (target(), "manylinux_2_34_x86_64"),
        (target(libc=28), "manylinux_2_17_x86_64"),
        (target(machine=ARM, libc=28), "manylinux_2_28_aarch64"),
        (target("3.8.20"), "cp38-manylinux_2_17_x86_64"),
    ],
)
def test_wheels_are_those_of_the_host(where: Target, tags: str, world: World) -> None:
    tree = environment(world, where, "native")

    (module,) = (path for path in tree.items if path.endswith("/native.py"))
    assert f"lib/python{where.series}/site-packages/native.py" == module
    assert f"{tags}'" in content(tree, module)


def test_a_second_host_gets_what_was_made_for_the_first(world: World) -> None:
    first = environment(world, target(), "plain")
    root = world.cache.folder("remote") / "envs" / first.id
    before = (root / "told.json").stat().st_ino

    assert first == environment(world, target(), "plain")
    assert before == (root / "told.json").stat().st_ino


def test_a_source_that_any_python_can_use_is_built_for_all(world: World) -> None:
    tree = environment(world, target("3.8.20", ARM, 28), "spoken")

    assert {"bin/spoken", "lib/python3.8/site-packages/spoken.py"} < set(tree.items)


def test_a_source_for_one_machine_is_built_by_the_same_python_here(world: World) -> None:
    tree = environment(world, like_this_machine(old_pythons.version("3.8")), "tied")

    assert "(3, 8)" in content(tree, "lib/python3.8/site-packages/tied.py")


@pytest.mark.parametrize(
    "where", [target("3.11.2", ARM), target("3.11.2", own_kind().machine, 17), like_this_machine("3.99.0")]
)
def test_a_source_that_can_not_be_built_here_is_told(where: Target, world: World) -> None:
    with pytest.raises(NoWheel) as told:
        environment(world, where, "tied")

    assert "tied is not to be had for the host" == told.value.title


def test_without_a_network_all_comes_from_what_was_fetched(index_folder: Path, tmp_path: Path) -> None:
    with web.serve(index_folder) as site:
        near = for_hosts.open_world(tmp_path / "home", f"{site.url}/simple")
        first = environment(near, target(), "plain")
    other = target(interpreter="/opt/python")

    again = environment(near, other, "plain")

    assert first.items == again.items
    assert first.id != again.id


def test_a_file_with_another_hash_is_refused(index_for_hosts: str, tmp_path: Path) -> None:
    near = for_hosts.open_world(tmp_path / "home", index_for_hosts)
    lock = locked(Wanted(requirements=("leaf",), root=tmp_path), target(), near)

    with pytest.raises(WrongHash):
        made.environment(replace(lock, text=f"leaf==1.0 --hash=sha256:{'0' * 64}\n"), target(), near)


@pytest.mark.parametrize("text", ["__version__ = 'much longer than it was'\n", "__version__ = '6.6'\n"])
def test_what_was_spoilt_is_fetched_anew(text: str, index_for_hosts: str, tmp_path: Path) -> None:
    near = for_hosts.open_world(tmp_path / "home", index_for_hosts)
    lock = locked(Wanted(requirements=("leaf",), root=tmp_path), target(), near)
    first = made.environment(lock, target(), near)
    assert first
    module = first.sources[first.items[f"{LIBRARY}/leaf.py"].sha]
    module.write_text(text)

    again = made.environment(lock, target(), near, anew="6.6" in text)

    assert again
    assert first.items == again.items
    assert '__version__ = "1.0"\n' == content(again, f"{LIBRARY}/leaf.py")


def test_an_import_that_nothing_gives_is_told_before_it_fails(world: World) -> None:
    right = choice("more", "wrong-name")
    environment(world, target(), "wrong.name", choices=(right,))

    with pytest.raises(NotProvided) as told:
        environment(world, target(interpreter="/x"), "wrong.name", choices=(right, choice("wrong", "wrong-name")))

    assert "it gives more, other\n" in told.value.advice


def test_a_commit_needs_no_hash(world: World, tmp_path: Path) -> None:
    project, python = tmp_path / "project", own_environment().python
    project.mkdir()
    (project / "pyproject.toml").write_text(for_hosts.PYPROJECT.replace("tied", "own"))
    (project / "backend.py").write_text(for_hosts.BACKEND.replace("tied", "own"))
    for words in (("init", "-q"), ("add", "."), ("commit", "-qm", "All")):
        who = ("-c", "user.name=a", "-c", "user.email=a@b.c")
        subprocess.run(("git", *who, *words), cwd=project, check=True)

    tree = environment(world, like_this_machine(python), f"own @ git+{project.as_uri()}", "leaf")

    assert {f"lib/python{series_of(python)}/site-packages/{name}.py" for name in ("own", "leaf")} < set(tree.items)


@pytest.mark.parametrize("line", ["./lib", "-e ./lib", "{root}/lib"])
def test_a_folder_of_the_project_is_installed_as_it_is_now(line: str, world: World, tmp_path: Path) -> None:
    where, python = like_this_machine(own_environment().python), own_environment().python
    asked = Wanted(requirements=(line.format(root=tmp_path),), root=tmp_path)
    for value in ("first", "second"):
        backend = for_hosts.BACKEND.replace("BUILT_BY = ", f"WHAT = '{value}'; BUILT_BY = ").replace("tied", "near")
        texts = {"pyproject.toml": for_hosts.PYPROJECT.replace("tied", "near"), "backend.py": backend}
        builds.write_app(tmp_path / "lib", texts)

        tree = made.environment(locked(asked, where, world), where, world)

        assert tree
        library = f"lib/python{series_of(python)}/site-packages"
        assert f"WHAT = '{value}'" in content(tree, f"{library}/near.py")
        assert str(tmp_path.parent) not in content(tree, f"{library}/near-1.0.dist-info/direct_url.json")


def test_nothing_to_install_is_no_environment(world: World, tmp_path: Path) -> None:
    lock = locked(Wanted(requirements=(), root=tmp_path), target(), world)

    assert made.environment(lock, target(), world) is None
