from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from refusal import Refusal
from run_folder import LARGEST_BACKLOG, backlog, cpus, drain, home, port, run_folder

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "run").mkdir(mode=0o700)
    return tmp_path / "run"


def test_a_home_is_known_by_its_stack(tmp_path: Path) -> None:
    (tmp_path / ".tampu").mkdir()
    (tmp_path / ".tampu/stack.json").write_text("{}")

    assert str(tmp_path) == home({"HOME": f"{tmp_path}/"})


@pytest.mark.parametrize("environ", [{}, {"HOME": ""}, {"HOME": "/"}, {"HOME": "/nowhere\n"}])
def test_another_folder_is_no_home(environ: dict[str, str]) -> None:
    with pytest.raises(Refusal, match="HOME is not the home of an app"):
        home(environ)


def test_a_folder_that_is_ours(folder: Path) -> None:
    assert str(folder) == run_folder({"TAMPU_RUN": str(folder)})


@pytest.mark.parametrize("mode", [0o755, 0o710, 0o702])
def test_a_folder_that_others_may_enter(folder: Path, mode: int) -> None:
    folder.chmod(mode)

    with pytest.raises(Refusal, match="There is no run folder"):
        run_folder({"TAMPU_RUN": str(folder)})


def test_a_link_to_one_of_ours(folder: Path) -> None:
    (folder.parent / "link").symlink_to(folder)

    with pytest.raises(Refusal, match=r"a folder \(no link\) that only user"):
        run_folder({"TAMPU_RUN": f"{folder.parent}/link"})


@pytest.mark.parametrize("environ", [{}, {"TAMPU_RUN": "/nowhere"}])
def test_nobody_has_made_one(environ: dict[str, str]) -> None:
    with pytest.raises(Refusal, match="No such file or directory"):
        run_folder(environ)


@pytest.mark.parametrize(("text", "number"), [("1", 1), ("8000", 8000), ("65535", 65535)])
def test_a_port(text: str, number: int) -> None:
    assert number == port({"PORT": text})


@pytest.mark.parametrize("text", ["", "0", "65536", "-1", "+80", " 80", "80;", "8 0", "eighty", "²", "٨٠", "9" * 5000])
def test_no_port(text: str) -> None:
    with pytest.raises(Refusal, match="PORT can't be used"):
        port({"PORT": text})


def test_how_long_to_wait_at_the_end() -> None:
    assert (8, 20) == (drain({}), drain({"TAMPU_DRAIN": "20"}))
    with pytest.raises(Refusal, match="TAMPU_DRAIN='8s'"):
        drain({"TAMPU_DRAIN": "8s"})


@pytest.mark.parametrize(("said", "expected"), [("4096\n", LARGEST_BACKLOG), ("128\n", 128), ("", LARGEST_BACKLOG)])
def test_no_more_may_wait_than_the_kernel_allows(tmp_path: Path, said: str, expected: int) -> None:
    (tmp_path / "sys/net/core").mkdir(parents=True)
    (tmp_path / "sys/net/core/somaxconn").write_text(said)

    assert expected == backlog(str(tmp_path))


def test_a_kernel_that_does_not_tell(tmp_path: Path) -> None:
    assert LARGEST_BACKLOG == backlog(str(tmp_path))


MINE = len(os.sched_getaffinity(0))


@pytest.mark.parametrize(
    ("groups", "limits", "expected"),
    [
        ("", {}, MINE),
        ("0::/\n", {"cpu.max": "max 100000\n"}, MINE),
        ("0::/\n", {"cpu.max": "50000 100000\n"}, 1),
        ("0::/a/b\n", {"a/cpu.max": "100000 100000\n", "a/b/cpu.max": "max 100000\n"}, 1),
        ("0::/a/b\n", {"a/b/cpu.max": "1000000000 100000\n"}, MINE),
        ("0::/\n", {"cpu.max": "0 100000\n"}, MINE),
        ("0::/\n", {"cpu.max": "nonsense\n"}, MINE),
        ("0::/a\n", {"other/cpu.max": "1000 100000\n"}, MINE),
        ("4:cpu,cpuacct:/x\n", {"cpu/x/cpu.cfs_quota_us": "100000\n", "cpu/x/cpu.cfs_period_us": "100000\n"}, 1),
        ("4:cpu,cpuacct:/x\n", {"cpu/cpu.cfs_quota_us": "-1\n", "cpu/cpu.cfs_period_us": "100000\n"}, MINE),
        ("5:memory:/x\n", {"memory/x/cpu.max": "1000 100000\n"}, MINE),
        ("garbage\n", {}, MINE),
    ],
)
def test_how_many_cpus_may_be_used(tmp_path: Path, groups: str, limits: dict[str, str], expected: int) -> None:
    (tmp_path / "proc/self").mkdir(parents=True)
    (tmp_path / "proc/self/cgroup").write_text(groups)
    for name, text in limits.items():
        path = tmp_path / "cgroup" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    assert expected == cpus(str(tmp_path / "cgroup"), str(tmp_path / "proc"))


def test_a_machine_without_groups(tmp_path: Path) -> None:
    assert MINE == cpus(str(tmp_path / "cgroup"), str(tmp_path / "proc"))
