from __future__ import annotations

import os
import subprocess
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tampu.build.environ import apply
from tampu.build.model import EnvVar, Mode, Scope
from tampu.platforms.profile import render_profile
from tests.kit.require import need

CALL = "tampu_workers /sys/fs/cgroup /proc"
MB = 1 << 20
TB = 1 << 40
PRINTED = ("DYNO_RAM", "WEB_CONCURRENCY", "WEB_CONCURRENCY_SET_BY")


@pytest.fixture(params=["bash", "dash"], scope="module")
def shell(request: pytest.FixtureRequest) -> str:
    need(request.param)
    return str(request.param)


@dataclass(frozen=True, slots=True, kw_only=True)
class Container:
    """What a kernel shows to a process: files below /sys/fs/cgroup and /proc, and the answer of `nproc`."""

    cgroup: dict[str, str] = field(default_factory=dict)
    proc: dict[str, str] = field(default_factory=dict)
    nproc: str = "echo 8"


@dataclass(frozen=True, slots=True)
class Boot:
    env: dict[str, str]
    err: str

    @property
    def workers(self) -> dict[str, str]:
        return {name: self.env[name] for name in PRINTED if name in self.env}


def boot(shell: str, container: Container, env: dict[str, str] | None = None, changes: tuple[EnvVar, ...] = ()) -> Boot:
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        for root, files in (("cgroup", container.cgroup), ("proc", container.proc), ("bin", {"nproc": ""})):
            for name, text in files.items():
                (place / root / name).parent.mkdir(parents=True, exist_ok=True)
                (place / root / name).write_text(text)
        (place / "bin" / "nproc").write_text(f"#!/bin/sh\n{container.nproc}\n")
        (place / "bin" / "nproc").chmod(0o755)
        profile = render_profile(changes).text
        assert 1 == profile.count(CALL)
        (place / "profile").write_text(
            profile.replace(CALL, f"tampu_workers {place}/cgroup {place}/proc"), encoding="utf-8", newline=""
        )
        ended = subprocess.run(
            (shell, "-euc", '. "$0"; env -0', place / "profile"),
            check=True,
            capture_output=True,
            cwd=place,
            env={"HOME": "/app", "PATH": f"{place}/bin:/usr/bin:/bin", **(env or {})},
        )
        assert {path.name for path in place.iterdir()} <= {"bin", "cgroup", "proc", "profile"}
    pairs = (pair.partition("=") for pair in ended.stdout.decode().split("\0") if pair)
    return Boot({name: value for name, _, value in pairs}, ended.stderr.decode())


def meminfo(megabytes: int) -> str:
    return f"MemTotal:       {megabytes * 1024} kB\nMemFree:        1 kB\n"


@pytest.mark.parametrize(
    ("megabytes", "cpus", "expected"),
    [(512, 8, "2"), (1024, 8, "4"), (2560, 2, "5"), (14336, 8, "17"), (128, 8, "1"), (256, 1, "1"), (4096, 1, "3")],
)
def test_workers_of_the_usual_sizes(shell: str, megabytes: int, cpus: int, expected: str) -> None:
    container = Container(cgroup={"memory.max": f"{megabytes * MB}\n"}, nproc=f"echo {cpus}")

    assert {
        "DYNO_RAM": str(megabytes),
        "WEB_CONCURRENCY": expected,
        "WEB_CONCURRENCY_SET_BY": "tampu",
    } == boot(shell, container).workers


LIMITS = {
    "version 2": ({"memory.max": str(512 * MB)}, {}, "512"),
    "version 2, high below max": ({"memory.max": str(512 * MB), "memory.high": str(256 * MB)}, {}, "256"),
    "version 2, only high": ({"memory.max": "max", "memory.high": str(256 * MB)}, {}, "256"),
    "version 2, no limit": ({"memory.max": "max", "memory.high": "max"}, {"meminfo": meminfo(2048)}, "2048"),
    "version 1": ({"memory/memory.limit_in_bytes": str(512 * MB)}, {"meminfo": meminfo(2048)}, "512"),
    "version 1, no limit": (
        {"memory/memory.limit_in_bytes": "9223372036854771712"},
        {"meminfo": meminfo(2048)},
        "2048",
    ),
    "more than there is": ({"memory.max": str(4096 * MB)}, {"meminfo": meminfo(2048)}, "2048"),
    "1 TB": ({"memory.max": str(TB)}, {}, str(MB)),
    "above 1 TB": ({"memory.max": str(TB + 1)}, {"meminfo": meminfo(2048)}, "2048"),
    "18 digits and more": ({"memory.max": "18446744073709551615"}, {"meminfo": meminfo(2048)}, "2048"),
    "a machine of 2 TB": ({}, {"meminfo": meminfo(2 * MB)}, str(2 * MB)),
    "zero": ({"memory.max": "0"}, {"meminfo": meminfo(2048)}, "2048"),
    "nonsense": ({"memory.max": "$(touch x)"}, {"meminfo": meminfo(2048)}, "2048"),
    "no file at all": ({}, {"meminfo": meminfo(2048)}, "2048"),
    "a service in its own cgroup": (
        {"system.slice/my app.service/memory.max": str(512 * MB), "system.slice/memory.max": "max"},
        {"self/cgroup": "0::/system.slice/my app.service\n", "meminfo": meminfo(2048)},
        "512",
    ),
    "a limit further up": (
        {"user.slice/a/memory.max": str(512 * MB), "user.slice/memory.max": str(300 * MB)},
        {"self/cgroup": "0::/user.slice/a\n"},
        "300",
    ),
    "version 1 in its own cgroup": (
        {"memory/docker/abc/memory.limit_in_bytes": str(512 * MB), "cpu/docker/abc/memory.limit_in_bytes": "1"},
        {"self/cgroup": "4:cpu,cpuacct:/docker/abc\n3:memory:/docker/abc\n0::/\n"},
        "512",
    ),
}


@pytest.mark.parametrize(("cgroup", "proc", "expected"), LIMITS.values(), ids=LIMITS)
def test_memory_that_may_be_used(shell: str, cgroup: dict[str, str], proc: dict[str, str], expected: str) -> None:
    assert expected == boot(shell, Container(cgroup=cgroup, proc=proc)).env["DYNO_RAM"]


SHARES = {
    "version 2": ({"cpu.max": "200000 100000\n"}, {}, "echo 8", "5"),
    "a part of a CPU": ({"cpu.max": "150000 100000\n"}, {}, "echo 8", "5"),
    "less than one": ({"cpu.max": "10000 100000\n"}, {}, "echo 8", "3"),
    "no limit": ({"cpu.max": "max 100000\n"}, {}, "echo 8", "17"),
    "more than there are": ({"cpu.max": "1600000 100000\n"}, {}, "echo 2", "5"),
    "nonsense": ({"cpu.max": "0 0\n"}, {}, "echo 2", "5"),
    "version 1": ({"cpu/cpu.cfs_quota_us": "200000", "cpu/cpu.cfs_period_us": "100000"}, {}, "echo 8", "5"),
    "version 1, no limit": ({"cpu/cpu.cfs_quota_us": "-1", "cpu/cpu.cfs_period_us": "100000"}, {}, "echo 8", "17"),
    "version 1, half of it": ({"cpu/cpu.cfs_quota_us": "200000"}, {}, "echo 8", "17"),
    "no nproc": ({}, {"cpuinfo": "processor\t: 0\nmodel: x\nprocessor\t: 1\n"}, "exit 1", "5"),
    "no nproc but a limit": ({"cpu.max": "100000 100000"}, {"cpuinfo": "processor: 0\n" * 4}, "exit 1", "3"),
    "nothing to count": ({}, {}, "exit 1", "3"),
    "a library with one thread": ({}, {}, "echo ${OMP_NUM_THREADS:-8}", "17"),
}


@pytest.mark.parametrize(("cgroup", "proc", "nproc", "expected"), SHARES.values(), ids=SHARES)
def test_cpus_that_may_be_used(
    shell: str, cgroup: dict[str, str], proc: dict[str, str], nproc: str, expected: str
) -> None:
    container = Container(cgroup=cgroup, proc={"meminfo": meminfo(65536), **proc}, nproc=nproc)

    assert expected == boot(shell, container, {"OMP_NUM_THREADS": "1"}).env["WEB_CONCURRENCY"]


def test_where_memory_cannot_be_seen_nothing_is_set(shell: str) -> None:
    assert {} == boot(shell, Container()).workers


@pytest.mark.parametrize("changes", [(), (EnvVar("WEB_CONCURRENCY", "5", Mode.DEFAULT),)])
def test_what_users_set_stays(shell: str, changes: tuple[EnvVar, ...]) -> None:
    booted = boot(shell, Container(proc={"meminfo": meminfo(512)}), {"WEB_CONCURRENCY": "9"}, changes)

    assert {"DYNO_RAM": "512", "WEB_CONCURRENCY": "9"} == booted.workers


def test_a_web_process_says_what_it_got(shell: str) -> None:
    container = Container(proc={"meminfo": meminfo(512)})

    assert (
        "tampu: 512 MB of memory and 8 CPUs can be used\ntampu: WEB_CONCURRENCY is 2: one for each 256 MB\n"
    ) == boot(shell, container, {"DYNO": "web.1"}).err


def test_a_web_process_says_what_limits_it(shell: str) -> None:
    container = Container(proc={"meminfo": meminfo(8192)})

    assert boot(shell, container, {"DYNO": "web.1"}).err.endswith(
        "tampu: WEB_CONCURRENCY is 17: two for each CPU and one more\n"
    )


def test_a_web_process_says_that_it_heeds_its_user(shell: str) -> None:
    container = Container(proc={"meminfo": meminfo(512)})

    assert boot(shell, container, {"DYNO": "web.1", "WEB_CONCURRENCY": "9"}).err.endswith(
        "tampu: WEB_CONCURRENCY stays 9, as it was set\n"
    )


@pytest.mark.parametrize("env", [{}, {"DYNO": "run.1"}, {"DYNO": "worker.2"}, {"DYNO": "website.1"}])
def test_all_others_keep_quiet(shell: str, env: dict[str, str]) -> None:
    assert "" == boot(shell, Container(proc={"meminfo": meminfo(512)}), env).err


def test_nothing_is_left_behind(shell: str) -> None:
    before, after = (
        set(subprocess.check_output((shell, "-c", script), cwd="/", text=True, env={"HOME": "/app"}).splitlines())
        for script in ("set", f"{render_profile(()).text}\nset")
    )

    names = {line.partition("=")[0] for line in after - before}
    assert {*PRINTED, "TMPDIR", "TAMPU_DRAIN", "TAMPU_RUN"} == names - {
        "BASH_EXECUTION_STRING",
        "_",
        "PIPESTATUS",
        "IFS",
    }


@pytest.mark.parametrize(
    ("env", "expected"),
    [
        ({}, "{tmp}/tampu-{uid}-none"),
        ({"PORT": "8000"}, "{tmp}/tampu-{uid}-8000"),
        ({"PORT": "../8000"}, "{tmp}/tampu-{uid}-none"),
        ({"PORT": "8000", "TMPDIR": "/a b"}, "/a b/tampu-{uid}-8000"),
        ({"PORT": "8000", "TAMPU_RUN": "/elsewhere"}, "/elsewhere"),
    ],
)
def test_what_changes_while_the_app_runs_has_a_folder_of_its_own(
    shell: str, env: dict[str, str], expected: str
) -> None:
    run_folder = boot(shell, Container(), env).env["TAMPU_RUN"]

    assert expected.format(tmp=tempfile.gettempdir(), uid=os.getuid()) == run_folder


CHANGES = (
    EnvVar("PATH", "{layers}/site/bin", Mode.PREPEND),
    EnvVar("PATH", "{layers}/python/bin", Mode.PREPEND),
    EnvVar("LANG", "C.UTF-8", Mode.DEFAULT),
    EnvVar("PYTHONPATH", "{app}", Mode.DEFAULT),
    EnvVar("PYTHONUNBUFFERED", "1"),
    EnvVar("ONLY_WHILE_BUILDING", "1", scope=Scope.BUILD),
    EnvVar("FRESH", "{app}/bin", Mode.PREPEND, Scope.LAUNCH),
    EnvVar("PORT_WWW", "PORT", Mode.SAME, Scope.LAUNCH),
    EnvVar("PORT_CHAT", "PORT", Mode.SAME, Scope.LAUNCH),
    EnvVar("PATTERN", "{app}", Mode.DEFAULT, verbatim=True),
)


def test_the_environment_of_an_app(shell: str) -> None:
    env = boot(shell, Container(), {"LANG": "de_DE.UTF-8", "PORT": "80", "PORT_CHAT": "81"}, CHANGES).env

    assert env["PATH"].startswith("/app/.tampu/python/bin:/app/.tampu/site/bin:/")
    assert {
        "LANG": "de_DE.UTF-8",
        "PYTHONPATH": "/app",
        "PYTHONUNBUFFERED": "1",
        "FRESH": "/app/bin",
        "PORT_WWW": "80",
        "PORT_CHAT": "81",
        "PATTERN": "{app}",
    } == {name: env[name] for name in env.keys() & {change.name for change in CHANGES} - {"PATH"}}


def test_the_file_is_where_platforms_look() -> None:
    file = render_profile(CHANGES)

    assert (".profile.d/tampu.sh", False) == (file.path, file.executable)


def test_the_file_is_clean_shell(tmp_path: Path) -> None:
    need("shellcheck")
    (tmp_path / "tampu.sh").write_text(render_profile(CHANGES).text)

    subprocess.run(("shellcheck", tmp_path / "tampu.sh"), check=True)


HOSTILE = st.text(st.characters(codec="utf-8", exclude_characters="\0")) | st.sampled_from(
    [
        "$(touch x)",
        "`touch x`",
        "'; touch x; '",
        '"; touch x; "',
        "\\",
        "a\n\nb\n",
        "~",
        "{app",
        "{layers}{app}",
        "!!",
        "}",
    ]
)
NAMES = st.from_regex(r"T_[A-Za-z0-9_]*", fullmatch=True)
VALUED = st.sampled_from([mode for mode in Mode if mode is not Mode.SAME])
SCOPES = st.sampled_from(Scope)
ANY_CHANGE = st.builds(EnvVar, NAMES, HOSTILE, VALUED, SCOPES, st.booleans()) | st.builds(
    EnvVar, NAMES, NAMES, st.just(Mode.SAME), SCOPES
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    changes=st.lists(ANY_CHANGE, max_size=8),
    env=st.dictionaries(NAMES, HOSTILE, max_size=3),
)
def test_no_value_is_ever_a_command(shell: str, changes: list[EnvVar], env: dict[str, str]) -> None:
    expected = apply(changes, env, layers=Path("/app/.tampu"), app=Path("/app"), scope=Scope.LAUNCH)

    booted = boot(shell, Container(), env, tuple(changes)).env

    assert expected == {name: value for name, value in booted.items() if name.startswith("T_")}
