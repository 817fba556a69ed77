"""What somebody uses stays, whoever removes it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tampu.remote.links.link import Link
from tampu.remote.runs.running import Spec
from tampu.remote.runs.watch import Lacks
from tampu.remote.stores import store
from tampu.remote.stores.trees import code_tree
from tampu.values import replace
from tests.kit import remotes, stored

if TYPE_CHECKING:
    from pathlib import Path

    from tests.kit.sshd import Server


def test_what_is_used_stays_where_all_is_removed(near: Server, tmp_path: Path) -> None:
    link = Link(replace(near.host(), store="busy"))
    link.greet()
    environment = stored.environment(tmp_path / "env", {"one.py": ""}, link)
    used, other = (stored.code(tmp_path / name, {"main.py": b"input()", "name": name.encode()}) for name in "ab")
    spec = Spec(argv=("", "main.py"), tree=used.id, environment=environment.id)
    told: list[store.Removed] = []

    def talk(run: remotes.Talk) -> None:
        stored.until((near.home / "busy" / "runs" / spec.name / "work" / "main.py").exists)
        beside = Link(replace(near.host(), store="busy"))
        beside.greet()
        told.append(store.remove(beside, "all"))
        beside.close()
        run.say(b"\n")

    for tree in (environment, used, other):
        store.provide(link, tree, stored.quiet)
    assert 0 == remotes.Talk(talk).over(link, spec).code

    (removed,) = told
    kept = (f"run {spec.name}", f"tree {used.id}", f"env {environment.id}")
    assert {(each, "it is in use") for each in kept} == set(removed.left)
    assert (other.id,) == removed.removed
    assert {spec.name, used.id, environment.id} == set(store.remove(link, "all").removed)
    assert not (near.home / "busy").exists()
    link.close()


def test_a_python_that_was_brought_stays_as_long_as_it_runs(near: Server, tmp_path: Path) -> None:
    link = Link(replace(near.host(), store="ours"))
    link.greet()
    files = stored.written(
        tmp_path / "python", {"bin/python3": f'#!/bin/sh\nexec {link.hello["executable"]} "$@"\n'.encode()}
    )
    files["bin/python3"].chmod(0o755)
    python = replace(code_tree(files), kind="pythons")
    environment = replace(
        stored.environment(tmp_path / "env", {"one.py": ""}, link),
        notes={"python": f"{{store}}/pythons/{python.id}/bin/python3", "version": "3.13"},
    )
    code = stored.code(tmp_path / "code", {"main.py": b"input()"})
    spec = Spec(argv=("", "main.py"), tree=code.id, environment=environment.id)
    told: list[store.Removed] = []

    def talk(run: remotes.Talk) -> None:
        stored.until((near.home / "ours" / "runs" / spec.name / "work" / "main.py").exists)
        beside = Link(replace(near.host(), store="ours"))
        beside.greet()
        told.append(store.remove(beside, "python", python.id))
        beside.close()
        run.say(b"\n")

    for tree in (python, environment, code):
        store.provide(link, tree, stored.quiet)
    assert 0 == remotes.Talk(talk).over(link, spec).code

    # What has run is compiled with it.
    marks = [near.home / "ours" / "locks" / f"{tree.kind}-{tree.id}.pyc" for tree in (code, environment)]
    stored.until(lambda: all(mark.exists() and "done" == mark.read_text(encoding="utf-8") for mark in marks))
    stored.until(lambda: not remotes.processes(str(marks[0])))
    assert [((), ((f"python {python.id}", "it is in use"),))] == [(each.removed, each.left) for each in told]
    assert (python.id,) == store.remove(link, "python", python.id).removed
    with pytest.raises(Lacks) as lacks:
        remotes.over(link, replace(spec, name="f00d"))
    assert (("pythons", python.id),) == lacks.value.missing
    assert () == store.remove(link, "all").left
    link.close()
