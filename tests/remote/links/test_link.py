from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from tampu.remote.links.host import Host
from tampu.remote.links.link import Link
from tampu.remote.links.link_errors import OutOfReach
from tampu.values import replace
from tests.kit import remotes
from tests.kit.distance import distance

if TYPE_CHECKING:
    from pathlib import Path

    from tests.kit.sshd import Server


def shared(host: Host) -> bool:
    done = subprocess.run(host.has_door(), env=dict(host.env), capture_output=True, check=False)
    return not done.returncode


def test_a_link_knows_its_host(near: Server) -> None:
    link = remotes.link(near)

    assert ("3.13", "cpython", "linux") == (
        link.hello["python"][:4],
        link.hello["implementation"],
        link.hello["system"],
    )
    assert str(near.home) == link.hello["home"]
    link.close()


def test_a_second_link_needs_no_connection_of_its_own(near: Server) -> None:
    near.hang_up()
    with distance(near.port) as way:
        there = near.by(way.port)
        remotes.link(there).close()
        way.close_door()

        other = remotes.link(there)

        assert b"still\n" == remotes.over(other, remotes.shell("echo still")).out
        other.close()
        there.hang_up()


def test_on_a_terminal_ssh_may_ask_before_anything_is_run(near: Server) -> None:
    near.hang_up()
    host = replace(near.host(), terminal=True)
    assert not shared(host)

    link = Link(host)

    assert shared(host)
    assert b"fine\n" == remotes.over(link, remotes.shell("echo fine")).out
    link.close()


def test_a_link_is_taken_up_by_whoever_holds_it(near: Server) -> None:
    link = remotes.link(near)
    before = link.hello

    link.again()

    assert before == link.hello
    link.close()


def test_a_machine_without_ssh(tmp_path: Path) -> None:
    host = Host(name="far", env={"PATH": str(tmp_path)}, sockets=tmp_path, ssh=str(tmp_path / "ssh"))

    with pytest.raises(OutOfReach) as caught:
        Link(host)

    assert f"{tmp_path}/ssh: No such file or directory" in caught.value.advice


def test_the_words_for_ssh(tmp_path: Path) -> None:
    host = Host(name="me@far", env={}, sockets=tmp_path, config=tmp_path / "config", options=("-p", "22"))

    words = host.agent()

    assert ("ssh", "-F", f"{tmp_path}/config") == words[:3]
    assert "BatchMode=yes" in words
    assert ("--", "me@far") == words[-3:-1]
    assert "StrictHostKeyChecking" not in " ".join(words)
