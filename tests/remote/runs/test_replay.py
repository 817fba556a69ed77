"""What is recorded of each run, and a run that is done once more by its record."""

from __future__ import annotations

import hashlib
import json
import os
import re
import signal
from typing import TYPE_CHECKING, Any

import pytest

from tampu import __version__
from tampu.remote.runs.vault import Vault
from tampu.remote.stores.trees import code_tree
from tests.kit.remote_desk import Desk

if TYPE_CHECKING:
    from pathlib import Path

    from tests.kit.buildpack import Result
    from tests.kit.sshd import Server

# Whoever is told so writes something else the second time.
SCRIPT = """\
import os, sys
given = sys.stdin.read()
print(given.upper(), *sys.argv[1:])
print("said beside", file=sys.stderr)
with open("table.csv", "w") as file:
    file.write(given + os.environ.get("TOKEN", ""))
with open("data.txt") as file:
    sys.exit(int(file.read()))
"""
SAID = hashlib.sha256(b"WORDS a b\n").hexdigest()


@pytest.fixture
def desk(near: Server, tmp_path: Path, index: str, seed: Path) -> Desk:
    return Desk.make(tmp_path, near, {"PIP_INDEX_URL": index}, seed, python="3.13")


def kept(desk: Desk) -> Path:
    return desk.home / ".local" / "share" / "tampu" / "remote"


def all_records(desk: Desk) -> list[dict[str, Any]]:
    found = [json.loads(path.read_text(encoding="utf-8")) for path in (kept(desk) / "records").glob("*.json")]
    return sorted(found, key=lambda each: float(each["started"]))


def the_record(desk: Desk) -> dict[str, Any]:
    (told,) = all_records(desk)
    return told


def compared(result: Result) -> dict[str, str]:
    """What is said of each thing that is compared."""
    return dict(re.findall(r"^       ([^:]+): (.*)$", result.err, re.MULTILINE))


def shop(desk: Desk, **more: str) -> None:
    desk.write({"main.py": SCRIPT, "data.txt": "7", **{name.replace("__", "."): text for name, text in more.items()}})


def test_a_run_and_all_that_is_known_of_it(desk: Desk, near: Server) -> None:
    shop(desk)
    assert 7 == desk.call("main.py", "a", "b", given="words").code
    told = the_record(desk)
    packed = code_tree({name: desk.project / name for name in ("data.txt", "main.py")})

    assert (["", "main.py", "a", "b"], near.name, {"code": 7}) == (told["argv"], told["host"], told["exit"])
    assert ("3.13", "cpython") == (told["python"]["version"].rpartition(".")[0], told["python"]["implementation"])
    assert ("", [], __version__) == (told["lock"], told["variables"], told["tampu"])
    assert (packed.id, {"data.txt": packed.items["data.txt"].sha}) == (told["code"], told["inputs"])
    assert {"sha256": SAID, "size": 10} == told["out"]
    assert 12 == told["err"]["size"]
    assert {"sha256": hashlib.sha256(b"words").hexdigest(), "size": 5} == told["stdin"]
    assert [["table.csv", hashlib.sha256(b"words").hexdigest(), 5]] == [each[:3] for each in told["outputs"]]
    assert told["started"] < told["ended"]
    assert 0 == sum(path.stat().st_mode & 0o077 for path in kept(desk).rglob("*"))


def test_records_are_listed_and_shown(desk: Desk) -> None:
    shop(desk)
    desk.call("main.py", "a", given="words")
    name = the_record(desk)["id"]

    listed = desk.well("records").splitlines()
    shown = desk.well("records", name[:6])

    assert ["ID", "ENDED", "STARTED", "HOST", "SCRIPT"] == listed[0].split()
    assert re.fullmatch(f"{name} +exit 7 .* main.py a", listed[1])
    assert re.search(r"^written +\w{16}  table.csv, 5 bytes$", shown, re.MULTILINE)
    assert re.search(r"^read +\w{16}  data.txt$", shown, re.MULTILINE)


def test_the_quick_way_leaves_the_same_record(desk: Desk) -> None:
    shop(desk)
    for _ in range(3):
        desk.call("main.py", "a", "b", given="words")
    first, *others = all_records(desk)
    own = {"id", "started", "ended"}

    assert 2 == len(others)
    for other in others:
        assert {name: value for name, value in first.items() if name not in own} == {
            name: value for name, value in other.items() if name not in own
        }


def test_who_is_killed_leaves_a_record(desk: Desk) -> None:
    desk.write({"main.py": "print('ready', flush=True); input()"})

    with desk.start("main.py") as run:
        assert run.stdout
        assert b"ready\n" == run.stdout.readline()
        run.send_signal(signal.SIGKILL)
    told = the_record(desk)

    assert ("main.py", None) == (told["script"], told.get("exit"))
    assert re.search(f"^{told['id']} +unseen ", desk.well("records"), re.MULTILINE)
    assert "remote::no-record" in desk.call("replay", told["id"]).err


def test_a_replay_is_the_same(desk: Desk, near: Server) -> None:
    shop(desk, requirements__txt="alpha==1.0\n")
    desk.write({"main.py": f"import alpha\nprint(alpha.__version__)\n{SCRIPT}"})
    first = desk.call("main.py", "a", "b", given="words")
    name = the_record(desk)["id"]
    # All of it comes from what was kept.
    for path in desk.project.iterdir():
        path.unlink()
    desk.well("clean", "remote")

    again = desk.call("replay", name)

    assert (0, first.out) == (again.code, again.out), again.err
    assert again.err.startswith("said beside\n")
    assert ["end", "stderr", "stdout", "table.csv"] == sorted(compared(again))
    assert {"the same"} == {said.partition(" (")[0] for said in compared(again).values()}
    assert [] == desk.names()
    second = all_records(desk)[1]
    assert (name, second["code"]) == (second["replay"], all_records(desk)[0]["code"])
    assert [] == list(near.runs.iterdir())


def test_what_differs_is_said(desk: Desk) -> None:
    shop(desk)
    script = SCRIPT.replace("given = ", "import time; given = str(time.time_ns()) + ")
    desk.write({"main.py": script})
    desk.call("main.py", given="words")

    again = desk.call("replay", the_record(desk)["id"])

    assert 1 == again.code
    said = compared(again)
    assert "the same (exit 7)" == said["end"]
    assert said["stderr"].startswith("the same (12 bytes, ")
    for name in ("stdout", "table.csv"):
        assert re.fullmatch(r".* then, .* now", said[name])


def test_values_are_given_again(desk: Desk) -> None:
    shop(desk)
    secret = os.urandom(8).hex()
    desk.write({"secrets": f"TOKEN={secret}\n"})
    desk.call("--secrets", "secrets", "main.py", given="words")
    told = the_record(desk)

    refused = desk.call("replay", told["id"])
    other = desk.call("replay", told["id"], "-e", "TOKEN=another")
    same = desk.call("replay", "--secrets", "secrets", told["id"])

    assert ["TOKEN"] == told["variables"]
    assert [] == [path for path in kept(desk).rglob("*") if path.is_file() and secret.encode() in path.read_bytes()]
    assert (2, 1, 0) == (refused.code, other.code, same.code), same.err
    assert "no TOKEN, which the run had" in refused.err


def test_much_input_is_asked_for_again(desk: Desk) -> None:
    shop(desk)
    much = "x" * (1 << 20) + "y"
    desk.call("main.py", given=much)
    name = the_record(desk)["id"]

    refused = desk.call("replay", name, given="something else")

    assert f"tampu remote replay {name} < FILE" in refused.err
    assert 0 == desk.call("replay", name, given=much).code


def test_what_is_gone_is_named(desk: Desk) -> None:
    shop(desk)
    desk.call("main.py", given="words")
    name = the_record(desk)["id"]
    for blob in (kept(desk) / "blobs").iterdir():
        blob.unlink()

    desk.well("clean", "remote")
    desk.write({"data.txt": "8"})
    refused = desk.call("replay", name, given="words")
    desk.write({"data.txt": "7"})
    from_its_place = desk.call("replay", name, given="words")

    assert (1, 0) == (refused.code, from_its_place.code), from_its_place.err
    assert "no longer here: data.txt" in refused.err


def test_what_was_used_longest_ago_goes_first(tmp_path: Path) -> None:
    vault = Vault(folder=tmp_path / "vault", budget=3000)
    for number in range(4):
        file = tmp_path / f"file{number}"
        file.write_bytes(bytes([number]) * 1000)
        tree = code_tree({"main.py": file})
        vault.keep(tree, "")
        os.utime(tmp_path / "vault" / "blobs" / tree.items["main.py"].sha, (number, number))
        file.unlink()
    found = [vault.code(path.name, tmp_path) for path in sorted((tmp_path / "vault" / "trees").iterdir())]

    assert 4 == len(found)
    assert 3 == sum(bool(each and each.sources) for each in found)


def test_one_that_is_not_there(desk: Desk) -> None:
    for words in (("records", "c0ffee"), ("replay", "c0ffee"), ("records", "../x"), ("replay", "*")):
        result = desk.call(*words)
        assert (1, True) == (result.code, "remote::no-record" in result.err), result.err


def test_a_run_that_was_left_to_itself(desk: Desk) -> None:
    desk.write({"main.py": "import sys; print('done'); open('new', 'w').write('x'); sys.exit(3)"})
    name = desk.well("--detach", "main.py").strip()
    left = the_record(desk)

    refused = desk.call("replay", name)
    attached = desk.call("attach", name)
    again = desk.call("replay", name)

    assert {"running": True} == left["exit"]
    assert (1, True) == (refused.code, "remote::no-record" in refused.err)
    assert (3, "done\n") == (attached.code, attached.out)
    told = all_records(desk)[0]
    assert (left["started"], {"code": 3}, 5) == (told["started"], told["exit"], told["out"]["size"])
    assert ["new"] == [each[0] for each in told["outputs"]]
    assert (0, "done\n") == (again.code, again.out), again.err
