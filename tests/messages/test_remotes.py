"""What is read of hosts that can't be worked with, and of runs that are lost on the way."""

from __future__ import annotations

import re
import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from tampu.errors import TampuError
from tampu.remote.links.link import Link
from tampu.remote.links.link_errors import explain
from tampu.remote.runs import at_host
from tampu.remote.runs.running import CutOff, NoRun
from tampu.remote.stores import store
from tampu.remote.stores.store_errors import ChangedMeanwhile, HostFull, StoreRefused
from tampu.values import replace
from tests.kit import disk, failures, old_pythons, remotes, sshd, stored

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.kit.golden import Golden
    from tests.kit.sshd import Server

USER = re.compile(r"[a-z_][a-z0-9_-]*(?=@127)")
PORT = re.compile(r"(?<=port )[0-9]+")
KEY = re.compile(r"SHA256:\S+")


@contextmanager
def host(folder: Path, python: str = "3.13") -> Iterator[Server]:
    with sshd.server(folder, "far", old_pythons.program(python) if python else None) as server:
        yield server


@pytest.fixture(scope="module")
def far(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with host(tmp_path_factory.mktemp("far")) as server:
        yield server


def refused(server: Server) -> TampuError:
    link = Link(server.host())
    with pytest.raises(TampuError) as caught:
        link.greet()
    link.close()
    return caught.value


def check(golden: Golden, error: TampuError, folder: Path | None = None, name: str = "") -> None:
    text = USER.sub("<user>", KEY.sub("SHA256:<fingerprint>", PORT.sub("<port>", error.as_text())))
    text = text.replace(str(folder), name) if folder else text
    assert text.endswith(f"({error.reason})\n"), text
    golden.check(failures.golden(error.reason), text)


def test_nobody_listens(far: Server, golden: Golden) -> None:
    check(golden, refused(far.by(1)))


def test_a_name_that_leads_nowhere() -> None:
    told = "ssh: Could not resolve hostname nowhere: Name or service not known"

    assert told in explain("nowhere", "python3", 255, told).advice


def test_a_key_that_the_host_does_not_know(far: Server, golden: Golden, tmp_path: Path) -> None:
    with host(tmp_path) as other:
        shutil.copy2(far.folder / "key", other.folder / "key")
        check(golden, refused(other))


def test_a_host_that_nobody_has_met(far: Server, golden: Golden) -> None:
    there = far.by(far.port)
    (there.folder / "known_hosts").write_text("", encoding="utf-8")

    error = refused(there)

    assert KEY.search(error.advice)
    check(golden, error)


def test_a_host_with_another_key(far: Server, tmp_path: Path) -> None:
    with host(tmp_path) as other:
        shutil.copy2(far.folder / "host_key.pub", other.folder / "host_key.pub")
        other.introduce()

        error = refused(other)

    assert "far shows another key than it did before" == error.title
    assert "remote::unknown-host" == error.reason


def test_a_host_without_python(golden: Golden, tmp_path: Path) -> None:
    with host(tmp_path, python="") as server:
        check(golden, refused(server))


def test_a_host_with_an_old_python(tmp_path: Path) -> None:
    with host(tmp_path, python="3.6") as server:
        error = refused(server)

    assert "remote::no-python" == error.reason
    assert f"python3 is Python {old_pythons.version('3.6')}\n" in error.advice


def test_a_run_that_is_not_there(far: Server, golden: Golden) -> None:
    link = remotes.link(far)

    with pytest.raises(NoRun) as caught:
        remotes.attached(link, "c0ffee")
    with pytest.raises(NoRun) as ordered:
        at_host.end(link, "../..")
    link.close()

    assert "no ID of a run: '../..'" in ordered.value.advice
    check(golden, caught.value)


def test_a_link_that_stays_cut(golden: Golden) -> None:
    check(golden, CutOff("far", "c0ffee", 30.0))


def test_a_file_that_changes_while_it_is_sent(far: Server, golden: Golden, tmp_path: Path) -> None:
    tree = stored.code(tmp_path, {"main.py": b"print(1)\n"})
    (tmp_path / "main.py").write_bytes(b"print(2)\n")
    link = remotes.link(far)

    with pytest.raises(ChangedMeanwhile) as caught:
        store.provide(link, tree, stored.quiet)
    link.close()

    check(golden, caught.value, tmp_path, "<project>")


def test_a_host_whose_disk_is_full(far: Server, golden: Golden, tmp_path: Path) -> None:
    tree = stored.code(tmp_path, {"main.py": b"print(1)\n"})
    with disk.tiny(tmp_path / "disk") as full:
        link = Link(replace(far.host(), store=str(full / "store")))
        link.greet()
        with pytest.raises(HostFull) as caught:
            store.provide(link, tree, stored.quiet)
        link.close()

    check(golden, caught.value, tmp_path, "<disk>")


def test_a_store_that_is_asked_for_what_it_has_not(far: Server, golden: Golden) -> None:
    link = remotes.link(far)
    with pytest.raises(StoreRefused) as caught:
        store.changed(link, "c0ffee")
    link.close()

    check(golden, caught.value)
