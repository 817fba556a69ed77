from __future__ import annotations

import os
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tampu.remote.runs.running import Spec
from tampu.remote.runs.watch import Lacks
from tampu.remote.stores import store
from tampu.remote.stores.store_errors import ChangedMeanwhile, StoreRefused
from tampu.remote.stores.trees import code_tree
from tests.kit import remotes, stored

if TYPE_CHECKING:
    from tampu.remote.links.link import Link
    from tests.kit.sshd import Server


def test_a_script_runs_with_its_files_and_its_environment(link: Link, far: Server, tmp_path: Path) -> None:
    big = os.urandom(3 << 20)
    main = b"import answer, sys\nprint(answer.to(len(open('../data.bin', 'rb').read())), sys.prefix, sys.argv)\n"
    files = {"src/main.py": main, "data.bin": big, "src/empty.txt": b"", "n\xf6/\u4e16": b"x"}
    tree = stored.code(tmp_path / "code", files, "out/deep")
    environment = stored.environment(tmp_path / "env", {"answer.py": "def to(n):\n    return f'{n} bytes'\n"}, link)
    spec = Spec(argv=("", "main.py", "one"), cwd="src", tree=tree.id, environment=environment.id)

    said = stored.brought(link, spec, tree, environment)

    prefix = far.store / "envs" / environment.id
    assert (0, b"") == (said.outcome.code, said.err)
    assert f"{len(big)} bytes {prefix} ['main.py', 'one']\n" == said.out.decode()
    assert (far.runs / spec.name / "work" / "out/deep").is_dir()


def test_all_is_there_with_one_round_trip(link: Link, tmp_path: Path) -> None:
    tree = stored.code(tmp_path, {"main.py": b"print('again')\n"})
    with pytest.raises(Lacks) as lacks:
        remotes.over(link, Spec(argv=("", "main.py"), tree=tree.id))
    store.provide(link, tree, stored.quiet)

    said = remotes.over(link, Spec(argv=("", "main.py"), tree=tree.id))

    assert (("trees", tree.id),) == lacks.value.missing
    assert b"again\n" == said.out
    assert store.ready(link, tree.kind, tree.id)


def test_executables_links_and_modes(link: Link, far: Server, tmp_path: Path) -> None:
    files = stored.written(tmp_path, {"same": b"#!/bin/sh\necho $0\n", "tool": b"#!/bin/sh\necho $0\n"})
    (tmp_path / "tool").chmod(0o755)
    (tmp_path / "link").symlink_to("tool")
    tree = code_tree({**files, "link": tmp_path / "link"})

    spec = Spec(argv=("./link",), tree=tree.id)
    said = stored.brought(link, spec, tree)

    work = far.runs / spec.name / "work"
    assert (0, b"./link\n") == (said.outcome.code, said.out)
    assert [0o644, 0o755] == [(work / name).stat().st_mode & 0o777 for name in ("same", "tool")]
    assert "tool" == str((work / "link").readlink())


def test_what_a_run_writes_spoils_no_tree(link: Link, tmp_path: Path) -> None:
    program = b"print(open('data').read())\nopen('data', 'r+').write('spoilt')\nopen('new', 'w')\n"
    tree = stored.code(tmp_path, {"main.py": program, "data": b"intact"})
    spec = [Spec(argv=("", "main.py"), tree=tree.id) for _ in range(2)]

    assert [b"intact\n"] * 2 == [stored.brought(link, each, tree).out for each in spec]


def test_a_source_that_changes_while_it_is_sent(link: Link, tmp_path: Path) -> None:
    tree = stored.code(tmp_path, {"main.py": b"print(1)\n", "other.py": b"print(3)\n"})
    (tmp_path / "main.py").write_bytes(b"print(2)\n")

    with pytest.raises(ChangedMeanwhile) as caught:
        store.provide(link, tree, stored.quiet)
    (tmp_path / "main.py").unlink()
    with pytest.raises(ChangedMeanwhile):
        store.provide(link, tree, stored.quiet)
    (tmp_path / "main.py").write_bytes(b"print(1)\n")
    spec = Spec(argv=("", "main.py"), tree=tree.id)

    assert str(tmp_path / "main.py") in caught.value.title
    assert b"1\n" == stored.brought(link, spec, tree).out


def test_progress_is_told(link: Link, tmp_path: Path) -> None:
    told: list[tuple[str, int, int]] = []
    tree = stored.code(tmp_path, {"a": os.urandom(300_000), "b": str(time.time()).encode()})

    store.provide(link, tree, lambda *each: told.append(each))

    assert ("trees", tree.size, tree.size) == told[-1]
    assert sorted(told) == told


WRITER = b"""
import os
os.makedirs("out/deep")
open("out/deep/result \xc3\xbc", "w").write("r" * 300000)
open("data", "a").write(" and more")
open("empty", "w")
os.chmod("tool", 0o755)
os.symlink("data", "link")
"""


def test_what_a_run_wrote_comes_back(link: Link, tmp_path: Path) -> None:
    tree = stored.code(tmp_path / "code", {"main.py": WRITER, "data": b"intact", "same": b"same", "tool": b""})
    spec = Spec(argv=("", "main.py"), tree=tree.id)
    assert b"" == stored.brought(link, spec, tree).err

    found = store.changed(link, spec.name)
    store.fetch(link, spec.name, found, tmp_path / "back")

    assert ["data", "empty", "tool", "out/deep/result ü"] == [each.path for each in found]
    back = {path.relative_to(tmp_path / "back").as_posix(): path for path in (tmp_path / "back").rglob("*")}
    assert b"r" * 300000 == back["out/deep/result ü"].read_bytes()
    assert (b"intact and more", b"") == (back["data"].read_bytes(), back["empty"].read_bytes())
    assert 0o755 == back["tool"].stat().st_mode & 0o777
    assert {"out", "out/deep", *(each.path for each in found)} == set(back)


def test_what_changes_before_it_is_fetched(link: Link, far: Server, tmp_path: Path) -> None:
    tree = stored.code(tmp_path / "code", {"main.py": WRITER, "data": b"intact", "tool": b""})
    spec = Spec(argv=("", "main.py"), tree=tree.id)
    stored.brought(link, spec, tree)
    found = store.changed(link, spec.name)
    (far.runs / spec.name / "work" / "data").write_bytes(b"later")

    with pytest.raises(ChangedMeanwhile):
        store.fetch(link, spec.name, found, tmp_path / "back")

    assert ["empty", "out", "tool"] == sorted(path.name for path in (tmp_path / "back").iterdir())


def test_links_that_lead_out_stay_there(link: Link, tmp_path: Path) -> None:
    tree = stored.code(tmp_path / "code", {"main.py": b"import os\nos.symlink('/etc', 'etc')\n"})
    spec = Spec(argv=("", "main.py"), tree=tree.id)
    stored.brought(link, spec, tree)
    passwd = store.Changed(path="etc/passwd", sha="", size=0, mode=0o644)

    with pytest.raises(StoreRefused):
        store.fetch(link, spec.name, [passwd], tmp_path / "back")
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "etc").symlink_to(tmp_path)
    with pytest.raises(StoreRefused):
        store.fetch(link, spec.name, [passwd], tmp_path / "other")


def test_pythons_of_the_host(link: Link) -> None:
    found = store.pythons(link)

    own = [each for each in found if Path(each.path).resolve() == Path(link.hello["executable"]).resolve()]
    assert [link.hello["python"]] == [each.version for each in own]
    assert {"cpython"} <= {each.implementation for each in found}


def test_what_is_used_and_what_goes(link: Link, far: Server, tmp_path: Path) -> None:
    trees = [stored.code(tmp_path / name, {"main.py": WRITER, "name": name.encode()}) for name in ("a", "b")]
    for tree in trees:
        store.provide(link, tree, stored.quiet)
    spec = Spec(argv=("", "-c", "print('ready'); input()"), tree=trees[0].id)
    gone: list[store.Removed] = []

    def talk(run: remotes.Talk) -> None:
        run.said()
        other = remotes.link(far)
        gone.extend(store.remove(other, "tree", tree.id) for tree in trees)
        gone.append(store.remove(other, "run", spec.name))
        other.close()
        run.say(b"\n")

    sizes = {each["id"]: each["size"] for each in store.used(link)["trees"]}
    assert 0 == remotes.Talk(talk).over(link, spec).code

    assert [tree.size for tree in trees] == [sizes[tree.id] for tree in trees]
    assert [((), ((f"tree {trees[0].id}", "it is in use"),)), ((trees[1].id,), ())] == [
        (each.removed, each.left) for each in gone[:2]
    ]
    assert ((f"run {spec.name}", "it is in use"),) == gone[2].left
    assert (spec.name,) == store.remove(link, "run", spec.name).removed
    assert not (far.runs / spec.name).exists()
    assert (trees[0].id,) == store.remove(link, "tree", trees[0].id).removed
