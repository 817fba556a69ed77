from __future__ import annotations

import ast
import subprocess
import zlib
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from tampu.remote import agent
from tampu.remote.links.wire import MAGIC, Frames, Kind, said, words
from tests.kit import interpreters, remotes
from tests.kit.remotes import over, shell

if TYPE_CHECKING:
    from pathlib import Path

    from tampu.remote.links.link import Link
    from tests.kit.sshd import Server

LARGEST = 20 << 10
OLDEST = (3, 8)
PYTHONS = {
    version: prefix
    for version, prefix in interpreters.installed().items()
    if tuple(int(number) for number in version.split(".")[:2]) >= OLDEST
}


def test_it_is_small() -> None:
    assert len(agent.packed()) + len(agent.starter()) <= LARGEST


def test_it_is_one_program_for_old_pythons() -> None:
    tree = ast.parse(zlib.decompress(agent.packed()), feature_version=OLDEST)

    imports = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    assert [] == [node.module for node in imports if (node.module or "").startswith("tampu")]


def test_no_part_takes_a_name_of_another() -> None:
    bodies = ast.parse(zlib.decompress(agent.packed())).body
    named = [node.name for node in bodies if isinstance(node, ast.FunctionDef | ast.ClassDef)]
    targets = [target for node in bodies if isinstance(node, ast.Assign) for target in node.targets]
    leaves = [leaf.id for target in targets for leaf in ast.walk(target) if isinstance(leaf, ast.Name)]

    names = Counter(name for name in (*named, *leaves) if name != "TYPE_CHECKING")
    assert [] == [name for name, times in names.items() if times > 1]


@pytest.mark.parametrize("version", PYTHONS)
def test_it_says_hello_and_leaves_with_its_client(version: str, tmp_path: Path) -> None:
    python = PYTHONS[version] / "bin" / "python3"
    given = agent.packed() + said(Kind.HELLO, store="mine") + said(Kind.LIST, 4)

    done = subprocess.run(
        (python, "-I", "-S", "-c", agent.starter()),
        input=given,
        capture_output=True,
        env={"HOME": str(tmp_path)},
        check=True,
    )

    _, _, frames = done.stdout.partition(MAGIC)
    hello, listed = Frames().feed(frames)
    assert (Kind.HELLO, version) == (hello[0], words(hello[2])["python"])
    assert (Kind.LISTED, 4, {"runs": []}) == (*listed[:2], words(listed[2]))
    assert b"" == done.stderr
    assert 0o700 == (tmp_path / "mine").stat().st_mode & 0o777


def test_half_of_it_does_nothing() -> None:
    python = next(iter(PYTHONS.values())) / "bin" / "python3"

    done = subprocess.run(
        (python, "-I", "-S", "-c", agent.starter()),
        input=agent.packed()[:100],
        capture_output=True,
        check=False,
        timeout=60,
    )

    assert (0, b"", b"") == (done.returncode, done.stdout, done.stderr)


def test_a_host_that_greets(far: Server) -> None:
    profile = far.home / ".bashrc"
    profile.write_text("echo Welcome; echo to this host >&2\n", encoding="utf-8")
    try:
        link = remotes.link(far)
        assert b"fine\n" == over(link, shell("echo fine")).out
        link.close()
    finally:
        profile.unlink()


def test_nothing_is_left_but_the_store(link: Link, far: Server) -> None:
    name = over(link, shell("true")).outcome.name

    # What ends last takes the door away.
    assert ["about", "err", "exit", "lock", "out"] == sorted(path.name for path in (far.runs / name).iterdir())
    assert [] == [path.name for path in far.runs.iterdir() if path.name.startswith(".")]
    assert 0o700 == far.store.stat().st_mode & 0o777
