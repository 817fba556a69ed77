"""What a program finds when it is started, and what its starter hears."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tampu.daemon import become, identity, locks, records, start, status, stop
from tampu.daemon.identity import State
from tampu.daemon.readiness import EndedEarly, NotReady, PortTaken
from tampu.daemon.wish import Answering, Existing, Lasting, Limit, Notified
from tests.kit import require
from tests.kit.foxes import LIB, Daemons, gone, until
from tests.kit.ports import free_port

if TYPE_CHECKING:
    from tampu.daemon.wish import Ready

PYTHON = (sys.executable, "-I", "-S", "-c")
LOOKS = """
import os, resource, signal, sys, time
me = "/proc/self"
lines = dict(line.split(":", 1) for line in open(me + "/status"))
print("cwd", os.getcwd())
print("umask", lines["Umask"].strip())
print("ignored", int(lines["SigIgn"], 16) & ~(1 << signal.SIGPIPE - 1 | 1 << 25 - 1))
print("blocked", int(lines["SigBlk"], 16))
print("limit", resource.getrlimit(resource.RLIMIT_NOFILE))
print("stdin", os.readlink(me + "/fd/0"))
print("same", os.stat(1) == os.stat(2))
others = [fd for fd in os.listdir(me + "/fd") if int(fd) > 2]
print("other", sorted(os.readlink(f"{me}/fd/{fd}").split("/")[-1] for fd in others if os.path.lexists(f"{me}/fd/{fd}")))
print("environment", sorted(os.environ))
print("session", os.getsid(0) != os.getpid(), os.getppid() != int(os.environ["STARTER"]))
print("ids", os.getresuid(), os.getresgid(), sorted(os.getgroups()))
print("done", flush=True)
time.sleep(1000)
"""
CLOSES = "import os, time; os.closerange(3, 1024); print('closed', flush=True); time.sleep(1000)"
READY = f"import sys; sys.path.insert(0, {str(LIB)!r}); from tampu import notify; import os, time\n"


def test_it_stands_on_its_own(fox: Daemons, tmp_path: Path) -> None:
    inherited = os.open("/dev/null", os.O_RDONLY)
    os.set_inheritable(inherited, True)  # noqa: FBT003 - os has it so
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
    try:
        limits = (Limit(name="nofile", soft=300, hard=400),)
        env = {"PATH": os.defpath, "NOTIFY_SOCKET": "/run/a", "LISTEN_FDS": "1", "STARTER": str(os.getpid())}
        fox.start(*PYTHON, LOOKS, cwd=tmp_path, umask=0o027, limits=limits, env=env)
    finally:
        signal.signal(signal.SIGHUP, before)
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        os.close(inherited)

    told = dict(line.partition(" ")[::2] for line in fox.says("done").splitlines())
    assert str(tmp_path) == told["cwd"]
    assert ("0027", "0", "0") == (told["umask"], told["ignored"], told["blocked"])
    assert ("(300, 400)", "/dev/null", "True") == (told["limit"], told["stdin"], told["same"])
    assert ["['.fox.lock'", "'memfd:tampu-"] == [word[:13] for word in told["other"].split(", ")]
    assert "['PATH', 'STARTER', 'TAMPU_DAEMON']" == told["environment"].replace("'LC_CTYPE', ", "")
    assert "True True" == told["session"]
    assert 0o640 == fox.log.stat().st_mode & 0o777


def test_a_user_has_exactly_their_groups(tmp_path: Path) -> None:
    """In a namespace where a user is known who is in three groups, whatever root is in."""
    require.need_root()
    require.need("unshare")
    (tmp_path / "passwd").write_text("root:x:0:0::/:/bin/sh\ncrew:x:40001:40001::/:/bin/sh\n")
    (tmp_path / "group").write_text("root:x:0:\ncrew:x:40001:\ndeck:x:40002:root,crew\nsails:x:40003:crew\n")
    tmp_path.chmod(0o755)
    script = f"""
import os, sys; sys.path[:0] = [{str(LIB)!r}, {str(LIB.parent)!r}]
from pathlib import Path
from tests.kit.foxes import Daemons
os.setgroups([0, 4, 27])
fox = Daemons(Path({str(tmp_path)!r}))
for more in ({{}}, {{"group": "sails"}}):
    pid = fox.start("sleep", "1000", user="crew", **more).pid
    lines = open(f"/proc/{{pid}}/status").read().splitlines()
    print([line.split(":")[1].split() for line in lines if line.startswith(("Uid", "Gid", "Groups"))])
    fox.stop()
"""
    mounts = f"mount --bind {tmp_path}/passwd /etc/passwd && mount --bind {tmp_path}/group /etc/group"
    argv = ("unshare", "--mount", "sh", "-c", f'{mounts} && exec "$@"', "-", *PYTHON, script)
    done = subprocess.run(argv, capture_output=True, text=True, check=False, timeout=60)

    crew, sails = ["40001"] * 4, ["40003"] * 4
    assert (f"{[crew, crew, ['40001', '40002', '40003']]}\n{[crew, sails, ['40002', '40003']]}\n", "") == (
        done.stdout,
        done.stderr,
    )


@pytest.mark.parametrize(
    ("ready", "program"),
    [
        ("notified", "time.sleep(0.1); print(notify.status('warm'), notify.ready('as can be'), flush=True)"),
        ("existing", "time.sleep(0.1); open('there', 'w').close()"),
        ("lasting", "pass"),
        (
            "answering",
            "import socket; s = socket.create_server(('127.0.0.1', int(os.environ['PORT'])))",
        ),
    ],
)
def test_it_is_ready_when_it_shows(ready: str, program: str, fox: Daemons, tmp_path: Path) -> None:
    port = free_port()
    (tmp_path / "there").write_text("of an earlier one")
    kinds: dict[str, Ready] = {
        "notified": Notified(),
        "existing": Existing(path=tmp_path / "there"),
        "lasting": Lasting(seconds=0.1),
        "answering": Answering(port=port),
    }
    script = f"{READY}{program}\nprint('shown', flush=True)\ntime.sleep(1000)"
    started = fox.start(*PYTHON, script, ready=kinds[ready], cwd=tmp_path, env={"PORT": str(port)})

    assert "shown" in fox.says("shown")
    assert State.RUNNING == status.status(fox.place).state
    assert started.pid == status.status(fox.place).pid
    if ready == "notified":
        assert "True True" in fox.said()


def test_one_that_is_not_ready_in_time_is_stopped(fox: Daemons) -> None:
    script = f"{READY}notify.status('loads the second  half'); print('still at it', flush=True); time.sleep(1000)"

    for seconds in (2.0, 60.0):
        with pytest.raises(NotReady) as caught:
            fox.start(*PYTHON, script, ready=Notified(), start_timeout=seconds)
        # A machine that stands still may not let it say anything at first.
        if "still at it" in caught.value.advice:
            break

    assert "it hasn't said READY=1, but 'loads the second half'" in caught.value.advice
    assert "still at it" in caught.value.advice
    assert State.ABSENT == status.status(fox.place).state


@pytest.mark.parametrize(
    ("program", "told"), [("exit 7", "exit code 7"), ("kill -9 $$", "ended by signal 9 (SIGKILL)")]
)
def test_one_that_ends_before_is_an_error_with_its_code(program: str, told: str, fox: Daemons) -> None:
    fox.log.write_text("of an earlier one\n")

    with pytest.raises(EndedEarly) as caught:
        fox.start("sh", "-c", f"echo 'one thing is missing'; {program}", ready=Lasting(seconds=60))

    assert f"Found:    {told}\n          one thing is missing\n" in caught.value.advice
    assert "of an earlier one" not in caught.value.advice
    assert State.ABSENT == status.status(fox.place).state


def test_a_port_that_answers_before_says_nothing(fox: Daemons) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, pytest.raises(PortTaken):
        fox.start(ready=Answering(port=server.getsockname()[1]))


@pytest.mark.parametrize(
    ("program", "changes", "told"),
    [
        ("/no/such/program", {}, "program /no/such/program: no such program"),
        ("/etc/passwd", {}, "program /etc/passwd: Permission denied"),
        ("true", {"cwd": Path("/no/such/folder")}, "folder /no/such/folder: No such file"),
        ("true", {"log": Path("/no/such/log")}, "log /no/such/log: No such file"),
        ("true", {"limits": (Limit(name="nofile", soft=2, hard=1),)}, "limits nofile"),
    ],
)
def test_what_can_not_be_set_up_is_told(program: str, changes: dict[str, object], told: str, fox: Daemons) -> None:
    with pytest.raises(start.NotStarted) as caught:
        fox.start(program, **changes)

    assert told in caught.value.advice
    assert State.ABSENT == status.status(fox.place).state


def test_a_script_without_a_first_line_is_no_program(fox: Daemons, tmp_path: Path) -> None:
    script = tmp_path / "script"
    script.write_text("echo hello\n")
    script.chmod(0o755)

    with pytest.raises(start.NotStarted, match="fox") as caught:
        fox.start(str(script))

    assert become.NO_PROGRAM in caught.value.advice


def test_it_is_started_where_nothing_is_open(fox: Daemons) -> None:
    """By one whose stdin, stdout and stderr are closed."""
    script = (
        f"import os, sys; os.closerange(0, 3); sys.path[:0] = [{str(LIB)!r}, {str(LIB.parent)!r}]\n"
        "from pathlib import Path; from tests.kit.foxes import Daemons\n"
        f"Daemons(Path({str(fox.folder)!r})).start('sh', '-c', 'echo out; echo err >&2; sleep 1000')\n"
    )
    done = subprocess.run((*PYTHON, script), check=False, timeout=60)

    assert 0 == done.returncode
    assert "out\nerr\n" == fox.says("err")


def test_who_stops_it_while_it_starts_ends_the_wait(fox: Daemons) -> None:
    child = os.fork()
    if not child:
        try:
            fox.start(ready=Notified())
        except EndedEarly:
            os._exit(7)
        finally:
            os._exit(8)
    until(lambda: status.status(fox.place).state == State.STARTING)

    assert State.STARTING == stop.stop(fox.place).was
    assert 7 == os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def test_a_program_that_closes_the_lock_is_known_by_its_evidence(fox: Daemons) -> None:
    started = fox.start(
        *PYTHON, "import os, time; os.closerange(3, 1024); print('closed', flush=True); time.sleep(1000)"
    )
    fox.says("closed")
    lock = locks.look_at(fox.place)
    assert lock
    assert lock.holder(locks.LIFE) is None
    lock.close()

    found = identity.look(fox.place)
    assert (State.RUNNING, started.pid) == (found.state, found.pid)
    with pytest.raises(start.AlreadyRunning):
        fox.start()
    assert started.pid == fox.stop().pid
    assert gone(started.pid)


def test_a_record_of_another_boot_is_of_a_dead_one(fox: Daemons) -> None:
    fox.start(*PYTHON, CLOSES)
    fox.says("closed")
    text = Path(fox.place.record).read_text()
    Path(fox.place.record).write_text(text.replace(records.boot(), "0" * 36))

    assert State.DEAD == status.status(fox.place).state
    Path(fox.place.record).write_text(text)


def test_from_another_namespace_it_is_seen_and_left_alone(fox: Daemons) -> None:
    require.need_root()
    require.need("unshare")
    started = fox.start()
    script = (
        f"import sys; sys.path[:0] = [{str(LIB)!r}, {str(LIB.parent)!r}]\n"
        "from pathlib import Path; from tests.kit.foxes import Daemons; from tampu.daemon import status\n"
        f"fox = Daemons(Path({str(fox.folder)!r}))\n"
        "print(status.status(fox.place).exit_code)\n"
        "try:\n    fox.stop()\nexcept Exception as error:\n    print(error.reason)\n"
    )
    argv = ("unshare", "--pid", "--fork", "--mount-proc", *PYTHON, script)
    done = subprocess.run(argv, capture_output=True, text=True, check=False, timeout=60)

    assert ("4\ndaemon::out-of-reach\n", "") == (done.stdout, done.stderr)
    assert not gone(started.pid)


def test_status_counts_all_of_it(fox: Daemons) -> None:
    started = fox.start("sh", "-c", "sleep 1000 & sleep 1000 & echo there; wait")
    fox.says("there")
    until(lambda: status.status(fox.place).processes == 3)

    told = status.status(fox.place)
    assert (started.pid, State.RUNNING, 0) == (told.pid, told.state, told.exit_code)
    assert 0 <= told.uptime < 600
    assert told.memory > 100_000
