from __future__ import annotations

import hashlib
import json
import os
import signal
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tampu.remote.links.wire import LAST, Kind, blob
from tampu.remote.stores.trees import ENVS, Item, Tree, code_tree, item_of
from tests.kit import stored
from tests.kit.agents import CHANNEL, Agent, Ended, Nursery

if TYPE_CHECKING:
    from collections.abc import Iterator

FILES = {"a/main.py": b"print(1)\n", "a/same": b"print(1)\n", "b/tool": b"#!/bin/sh\n", "b/c/empty": b""}
ODD = ("..", ".", "", "/", "a", "b", "etc", "\0", "\udcff", "../../x", "a/b", "n" * 300)
PATHS = st.lists(st.sampled_from(ODD), min_size=1, max_size=4).map("/".join)
EMPTY = hashlib.sha256(b"").hexdigest()
ITEMS = st.one_of(
    st.just([EMPTY, 0, False]),
    st.tuples(st.one_of(PATHS, st.just("/etc/passwd"))).map(list),
    st.lists(st.one_of(st.text(), st.integers(), st.none(), st.booleans()), max_size=4),
    st.none(),
)
# Beside all that is odd, enough of what is as it should be to get further than the first look.
PLAIN = st.sampled_from(("a", "b", "c/d", "c/e", "etc/x"))
FINE = st.one_of(
    st.just([EMPTY, 0, False]), st.just([EMPTY, 0, True]), st.sampled_from(("a", "c", "..", "c/d")).map(lambda to: [to])
)
PLACES = st.one_of(
    st.dictionaries(st.one_of(PATHS, st.text(max_size=5)), ITEMS, max_size=4),
    # Of two that are the same, one_of would take one.
    st.dictionaries(PLAIN, FINE, min_size=1, max_size=4),
    st.dictionaries(PLAIN, FINE, min_size=1, max_size=2),
    st.dictionaries(PLAIN, ITEMS, max_size=4),
)
FOLDERS = st.one_of(st.lists(PLAIN, max_size=1), st.lists(st.one_of(PATHS, st.none()), max_size=2))
KINDS = st.sampled_from((*("trees", "envs", "pythons") * 3, "..", "locks", "", None))
NAMES = st.one_of(st.just("f00"), st.just("f01"), st.sampled_from(ODD), st.none(), st.integers())


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    files = stored.written(tmp_path / "code", FILES)
    files["b/tool"].chmod(0o755)
    (tmp_path / "code" / "link").symlink_to("a/main.py")
    return code_tree({**files, "link": tmp_path / "code" / "link"}, ["out/deep"])


@pytest.fixture
def environment(tmp_path: Path) -> Tree:
    files = stored.written(tmp_path / "env", {"lib/python3.13/site-packages/one.py": b"1\n", "bin/one": b"#!/bin/sh\n"})
    items = {place: item_of(path) for place, path in files.items()}
    sources = {items[place].sha: path for place, path in files.items()}
    notes = {"python": "/usr/bin/python3", "version": "3.13"}
    return Tree(kind=ENVS, id="e" * 64, items=items, sources=sources, notes=notes)


@pytest.fixture(scope="module")
def agent(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Agent, Path]]:
    home = tmp_path_factory.mktemp("home")
    with Nursery() as nursery, Agent(nursery, home) as made:
        yield made, home


@pytest.fixture(scope="module")
def nursery() -> Iterator[Nursery]:
    with Nursery() as made:
        yield made


def content(folder: Path) -> dict[str, object]:
    """Links, files and folders by what they are."""
    found: dict[str, object] = {}
    for path in sorted(folder.rglob("*")):
        name = str(path.relative_to(folder))
        if path.is_symlink():
            found[name] = str(path.readlink())
        else:
            found[name] = path.is_dir() or (path.read_bytes(), path.stat().st_mode & 0o777)
    return found


def published(home: Path, tree: Tree) -> dict[str, object]:
    return content(home / ".tampu" / tree.kind / tree.id)


@pytest.mark.parametrize("kind", ["tree", "environment"])
def test_kills_at_each_step_leave_nothing_half(
    nursery: Nursery, kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    tree: Tree = request.getfixturevalue(kind)
    (tmp_path / "whole").mkdir()
    with Agent(nursery, tmp_path / "whole") as whole:
        assert {"ready": True} == whole.bring(tree)
    expected = published(tmp_path / "whole", tree)
    killed = 0

    while True:
        home = tmp_path / str(killed)
        home.mkdir()
        try:
            with Agent(nursery, home, dies_after=killed + 1) as short:
                short.bring(tree)
            break
        except Ended:
            killed += 1
        assert -signal.SIGKILL == short.ended
        there = home / ".tampu" / tree.kind / tree.id
        assert not there.exists() or expected == content(there)
        with Agent(nursery, home) as again:
            assert {"ready": True} == again.bring(tree)
        assert expected == published(home, tree)
        leavings = [path.name for path in (home / ".tampu" / tree.kind).iterdir() if path.name != tree.id]
        assert [] == leavings

    assert killed > 2 * len(tree.items)


def test_a_content_that_lies(nursery: Nursery, tmp_path: Path, tree: Tree) -> None:
    sha = tree.items["a/main.py"].sha
    with Agent(nursery, tmp_path) as agent:
        for lie in (b"print(2)\n", b"print(1)", b"print(1)\n\n", b""):
            assert sha == agent.bring(tree, {sha: lie})["lied"]
            assert not (tmp_path / ".tampu" / tree.kind / tree.id).exists()
            assert not (tmp_path / ".tampu" / "blobs" / sha).exists()
        assert {"ready": True} == agent.bring(tree)


def test_a_content_that_was_written_into_is_none(nursery: Nursery, tmp_path: Path, tree: Tree) -> None:
    with Agent(nursery, tmp_path) as agent:
        agent.bring(tree)
        blob = tmp_path / ".tampu" / "blobs" / tree.items["a/main.py"].sha
        with blob.open("r+b") as file:
            file.write(b"spoilt()\n")
        other = code_tree(stored.written(tmp_path / "other", {"main.py": b"print(1)\n"}))

        assert {"ready": True} == agent.bring(other)

    assert (b"print(1)\n", 0o644) == published(tmp_path, other)["main.py"]


def test_whatever_is_told_nothing_is_made_elsewhere(agent: tuple[Agent, Path]) -> None:
    host, home = agent
    reached: Counter[int] = Counter()

    @settings(max_examples=200)
    @given(items=PLACES, folders=FOLDERS, kind=KINDS, name=NAMES)
    def tell(items: dict[str, object], folders: list[object], kind: object, name: object) -> None:
        before = sorted(path.name for path in home.iterdir())
        answer, told = host.ask(Kind.WANT, kind=kind, id=name)
        if answer == Kind.HAS and not told["ready"]:
            reached[Kind.TREE] += 1
            answer, told = host.ask(Kind.TREE, items=items, folders=folders, notes={"python": "/x", "version": "3.13"})
            if answer == Kind.LACKS:
                reached[Kind.LACKS] += 1
                host.say(blob(CHANNEL, EMPTY, LAST, b""))
                answer, told = host.answer()
            reached[answer] += 1
        if answer == Kind.HAS:
            inside = home / ".tampu" / str(kind) / str(name)
            for path in inside.rglob("*"):
                # Not resolve(): a link may lead to itself.
                leads = Path(os.path.realpath(path))
                assert leads.is_relative_to(os.path.realpath(inside)) or path.parent.name == "bin"
            host.ask(Kind.REMOVE, what=str(kind)[:-1], id=name)

        assert answer in {Kind.HAS, Kind.FAULT}
        assert {".tampu", *before} == {path.name for path in home.iterdir()}
        assert {"runs", "blobs", "locks", "trees", "envs", "pythons", "made"} == {
            path.name for path in (home / ".tampu").iterdir()
        }

    tell()

    # It was not all refused at the door.
    assert min(reached[kind] for kind in (Kind.TREE, Kind.LACKS, Kind.HAS, Kind.FAULT)) > 0


@pytest.mark.parametrize(
    "links",
    [
        {"out": "/etc"},
        {"out": "../x"},
        {"d/up": "..", "out": "d/up/../x"},
        {"a": "b", "a/x": "y"},
    ],
    ids=json.dumps,
)
def test_links_that_lead_out(agent: tuple[Agent, Path], links: dict[str, str]) -> None:
    host, home = agent
    tree = Tree(kind="trees", id="1" * 9, items={path: Item(link=to) for path, to in links.items()}, sources={})

    assert "error" in host.bring(tree)

    # Who asks next gets its turn when nothing is left of it.
    assert (Kind.HAS, {"ready": False}) == host.ask(Kind.WANT, kind=tree.kind, id=tree.id)
    assert [] == list((home / ".tampu" / "trees").iterdir())
