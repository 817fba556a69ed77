"""A script on another machine as if it were here: what people type, and all that they see."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.kit import old_pythons, remotes, sshd, wheels
from tests.kit.distance import distance
from tests.kit.remote_desk import COMMAND, PATIENCE, Desk, until
from tests.kit.wheels import Package

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.kit.sshd import Server

PROJECT = {
    "main.py": "import json, sys, shop; print(json.dumps([sys.argv[1:], list(sys.version_info[:2])])); shop.sell()\n",
    "shop.py": "import sys\ndef sell():\n    sys.stderr.write(sys.stdin.read())\n    sys.exit(7)\n",
}
FAR_TOO_MUCH = 64 << 20
READY = "import os, signal, sys, time\nprint('ready', os.getpid(), flush=True)\n"
CAREFUL = f"""import signal
def note(number, frame):
    print('came', number, flush=True)
signal.signal(signal.SIGINT, note)
signal.signal(signal.SIGTERM, note)
{READY}while True:
    # Python may well miss a signal that comes just before a long nap.
    time.sleep(0.05)
"""


@pytest.fixture(scope="module", params=("3.8", "3.13"))
def far(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    series: str = request.param
    with sshd.server(tmp_path_factory.mktemp("far"), f"far-{series}", old_pythons.program(series)) as server:
        yield server


@pytest.fixture
def desk(far: Server, tmp_path: Path, index: str, seed: Path) -> Desk:
    series = far.name.removeprefix("far-")
    return Desk.make(tmp_path, far, {"PIP_INDEX_URL": index}, seed, python=series)


@pytest.fixture(scope="module")
def other(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with sshd.server(tmp_path_factory.mktemp("near"), "far", old_pythons.program("3.13")) as server:
        yield server


@pytest.fixture
def near(other: Server, tmp_path: Path, index: str, seed: Path) -> Desk:
    """Where one kind of host does."""
    return Desk.make(tmp_path, other, {"PIP_INDEX_URL": index}, seed, python="3.13")


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_the_easy_way(desk: Desk, far: Server) -> None:
    desk.write(PROJECT)
    series = [int(part) for part in far.name.removeprefix("far-").split(".")]

    result = desk.call("main.py", "-N", "--name", "a b", "--", given="some words\n")

    assert (7, "some words\n") == (result.code, result.err)
    assert [["-N", "--name", "a b", "--"], series] == json.loads(result.out)
    assert sorted(PROJECT) == desk.names()
    assert [] == list(far.runs.iterdir())


def test_all_that_is_done_where_it_is_asked_for(near: Desk) -> None:
    near.write({"main.py": "import alpha; print(alpha.__version__)", "requirements.txt": "alpha<2\n"})

    result = near.call("-N", "main.py")

    assert (0, "1.0\n") == (result.code, result.out)
    assert "alpha: alpha<2 (certain: requirements.txt, line 1 lists alpha)" in result.err
    assert "alpha==1.0" in result.err
    again = near.call("main.py")
    assert (0, "1.0\n", "") == (again.code, again.out, again.err)


def test_step_by_step(desk: Desk, far: Server) -> None:
    desk.write({"main.py": "import shop, sys; print(shop.NAME, *sys.argv[1:])", "shop.py": "NAME = 'old'\n"})

    packed = desk.call("-P", "main.py")
    name = packed.out.strip()

    assert (0, f"{name}\n") == (packed.code, packed.out)
    assert {f"{name}/src/main.py", f"{name}/src/shop.py", f"{name}/conf/mods"} <= set(desk.names())
    desk.well("-S", name)
    assert "old\n" == desk.well("-R", name)
    (desk.project / name / "src" / "shop.py").write_text("import alpha\nNAME = 'new ' + alpha.__version__\n")
    with (desk.project / name / "conf" / "mods").open("a") as mods:
        mods.write("alpha\t1.0\n")
    assert "new 1.0 a b\n" == desk.well("-R", name, "a", "b")
    desk.well("-C", name)
    assert ["main.py", "shop.py"] == desk.names()
    assert {path.name for path in (far.store / "trees").iterdir()}


def test_steps_together(near: Desk) -> None:
    near.write({"main.py": "print('there')"})

    assert "there\n" == near.well("-PSRC", "main.py")
    assert ["main.py"] == near.names()
    name = near.well("-PS", "-n", "shop", "main.py").strip()
    assert "shop" == name
    assert "there\n" == near.well("-RC", "shop")
    assert ["main.py"] == near.names()


def test_a_package_with_a_name_stays(near: Desk, other: Server) -> None:
    near.write({"shop.py": "print('there')"})
    before = set(other.runs.iterdir())

    assert "there\n" == near.well("-n", "shop", "shop.py", "once")

    assert "shop/conf/mods" in near.names()
    (run,) = set(other.runs.iterdir()) - before
    assert re.search(f"^{run.name} +exit 0 .* shop.py once$", near.well("ps"), re.MULTILINE)
    assert "there\n" == near.well("logs", run.name)


def test_nothing_stays_of_what_is_cleaned(desk: Desk, far: Server) -> None:
    desk.write({"main.py": "import alpha; print('there')", "requirements.txt": "alpha<2\n"})
    before = {kind: set((far.store / kind).iterdir()) for kind in ("trees", "envs", "runs")}

    assert "there\n" == desk.well("-c", "main.py", "to be cleaned")

    after = {kind: set((far.store / kind).iterdir()) for kind in ("trees", "runs")}
    assert {kind: before[kind] for kind in after} == after


def test_an_import_that_nobody_knows(near: Desk) -> None:
    near.write({"main.py": "import toolbox_kit; toolbox_kit.main()"})

    easy = near.call("main.py")
    packed = near.call("-P", "-n", "shop", "main.py")
    refused = near.call("-R", "shop")

    assert (1, "") == (easy.code, easy.out)
    assert "remote::undecided" in easy.err
    assert (0, "shop\n") == (packed.code, packed.out)
    assert "toolbox_kit" in packed.err
    assert "Add lines like these to shop/conf/mods" in refused.err
    with (near.project / "shop" / "conf" / "mods").open("a") as mods:
        mods.write("toolbox-kit\t\t# for toolbox_kit\n")
    assert "toolbox 3.1\n" == near.well("-R", "shop")


def test_an_import_that_is_looked_up(near: Desk, tmp_path: Path) -> None:
    modules = {"haystack-ai": {"haystack/__init__.py": ""}, "django-haystack": {}, "farm-haystack": {}}
    for name, files in modules.items():
        wheels.wheel(Package(name=name, modules=files), tmp_path / "index")
    index = wheels.index(tmp_path / "index").as_uri()
    near.write({"main.py": "import haystack"})

    unsure = near.call("-P", "main.py", PIP_INDEX_URL=index)
    found = near.call("-P", "-m", "main.py", PIP_INDEX_URL=index)

    assert "haystack-ai 1.0 brings haystack/__init__.py" not in unsure.err
    assert "haystack-ai 1.0 brings haystack/__init__.py" in found.err


def test_stdin_comes_as_it_is_typed(desk: Desk) -> None:
    desk.write({"main.py": "for line in __import__('sys').stdin: print(line.upper(), end='', flush=True)"})

    with desk.start("main.py") as run:
        assert run.stdin
        assert run.stdout
        for word in ("one", "two"):
            run.stdin.write(f"{word}\n".encode())
            assert f"{word.upper()}\n".encode() == run.stdout.readline()
        run.stdin.close()
        assert b"" == run.stdout.read()

    assert 0 == run.returncode


@pytest.mark.parametrize("closed", ["<&-", ">&-", "<&- >&- 2>&-"])
def test_streams_that_are_closed_here(closed: str, near: Desk) -> None:
    near.write({"main.py": "import sys; print('there'); sys.exit(3)"})
    shell = ("sh", "-c", f'exec "$@" {closed}', "sh", *COMMAND, "main.py")

    for _ in range(2):
        assert 3 == subprocess.run(shell, check=False, cwd=near.project, env=near.env, timeout=PATIENCE).returncode


def test_the_signal_that_ended_it(desk: Desk) -> None:
    desk.write({"main.py": "import os; os.kill(os.getpid(), 9)"})

    assert 128 + 9 == desk.call("main.py").code


def test_control_c_once_and_twice(desk: Desk) -> None:
    desk.write({"main.py": CAREFUL})

    with desk.start("main.py") as run:
        assert run.stdout
        pid = int(run.stdout.readline().split()[1])
        os.killpg(run.pid, signal.SIGINT)
        assert b"came 2\n" == run.stdout.readline()
        assert run.poll() is None
        os.killpg(run.pid, signal.SIGINT)
        assert b"came 15\n" == run.stdout.readline()

    assert 128 + 9 == run.returncode
    assert not alive(pid)


def test_nothing_outlives_a_killed_client(desk: Desk) -> None:
    desk.write({"main.py": CAREFUL})

    with desk.start("main.py") as run:
        assert run.stdout
        pid = int(run.stdout.readline().split()[1])
        run.kill()

    until(lambda: not alive(pid))


def test_variables_and_secrets(near: Desk, other: Server) -> None:
    secret, mine = os.urandom(8).hex(), os.urandom(8).hex()
    near.write({"main.py": f"{READY}print(*(os.environ[name] for name in ('A', 'B', 'TOKEN')), flush=True)\ninput()"})
    near.write({"secrets": f"# of the shop\nexport TOKEN='{secret}'\nB=no\n"})

    with near.start("-N", "-e", "A=1 2", "-eB", "--secrets", "secrets", "main.py", B=mine) as run:
        assert run.stdin
        assert run.stdout
        assert run.stderr
        assert run.stdout.readline()
        assert f"1 2 {mine} {secret}\n".encode() == run.stdout.readline()
        seen = {word for word in (secret, mine) if remotes.processes(word)}
        found = [*remotes.holding(other.store, secret), *remotes.holding(near.home, secret)]
        stored = [path for path in found if "runs" not in path.parts]
        run.stdin.close()
        said = run.stderr.read()

    assert (set(), []) == (seen, stored)
    assert secret.encode() not in said


def test_a_terminal_as_large_as_ours(desk: Desk) -> None:
    desk.write(
        {
            "main.py": "import os, select, signal\n"
            "signal.signal(signal.SIGWINCH, lambda *_: print('now', *os.get_terminal_size(), flush=True))\n"
            "print(os.isatty(0), os.isatty(2), *os.get_terminal_size(), os.environ['TERM'], flush=True)\n"
            "def typed():\n"
            "    # Python may well miss a signal that comes just before a long wait.\n"
            "    while not select.select([0], [], [], 0.05)[0]: pass\n"
            "    return input()\n"
            "while word := typed(): print(word[::-1], flush=True)\n"
        }
    )

    with desk.at_terminal("-t", "main.py", size=(30, 101)) as screen:
        assert "True True 101 30 xterm" == screen.line()
        before = screen.settings()
        screen.resize(25, 77)
        assert "now 77 25" == screen.line()
        screen.type("shop\n")
        assert ["shop", "pohs"] == [screen.line(), screen.line()]
        assert "KeyboardInterrupt" in screen.interrupt()

    assert 128 + signal.SIGINT == screen.code
    assert screen.usual == screen.settings() != before


def test_the_terminal_is_as_before_when_all_is_killed(desk: Desk) -> None:
    desk.write({"main.py": f"{READY}input()"})

    with desk.at_terminal("-t", "main.py") as screen:
        assert screen.line().startswith("ready")
        assert screen.usual != screen.settings()
        os.kill(screen.pid, signal.SIGTERM)
        screen.rest()

    assert 128 + signal.SIGTERM == screen.code
    assert screen.usual == screen.settings()


def test_a_run_that_is_left_to_itself(desk: Desk, far: Server) -> None:
    desk.write({"main.py": f"{CAREFUL}", "short.py": "open('told', 'w').write('fine'); print('done')"})

    run = desk.well("--detach", "main.py", "a b").strip()
    until(lambda: "ready" in desk.well("logs", run))
    assert re.search(f"^{run} +detached .* main.py a b$", desk.well("ps"), re.MULTILINE)
    with desk.start("--attach", run) as attached:
        assert attached.stdout
        pid = int(attached.stdout.readline().split()[1])
        os.killpg(attached.pid, signal.SIGINT)
        assert b"came 2\n" == attached.stdout.readline()
        attached.kill()
    assert alive(pid)
    desk.well("kill", run)
    until(lambda: not alive(pid))
    assert 128 + signal.SIGKILL == desk.call("attach", run).code
    assert 3 == desk.call("kill", run).code

    (desk.home / ".cloudpy.conf").rename(desk.home / "conf")
    words = ("--host", far.name, "--ssh-config", str(far.config), "--python", far.name.removeprefix("far-"))
    other = desk.well(*words, "--detach", "short.py").strip()
    until(lambda: desk.call("--ssh-config", str(far.config), "attach", other).out == "done\n")
    (desk.home / "conf").rename(desk.home / ".cloudpy.conf")
    desk.well("fetch", other)
    assert "fine" == (desk.project / "told").read_text(encoding="utf-8")
    assert "remote::no-run" in desk.call("logs", "c0ffee").err


WRITER = """\
import os, sys
os.makedirs("out", exist_ok=True)
with open("out/table.csv", "w") as file:
    file.write(sys.argv[1])
with open("notes.txt", "a") as file:
    file.write(sys.argv[1])
with open(f"of-{len(sys.argv)}.txt", "w") as file:
    file.write(sys.argv[1])
os.chmod("out/table.csv", 0o755)
print("ready", flush=True)
input()
"""


def test_whole_paths_into_the_project_lead_into_the_run_s_copy(near: Desk) -> None:
    near.write(
        {
            "main.py": "import sys\nfor word in sys.argv[1:]:\n    print(word)\nprint(open(sys.argv[1]).read())\n",
            "data/rows.csv": "found",
        }
    )
    there = f"{near.project}/data"

    said = near.well("main.py", f"{there}/rows.csv", f"--in={there}/", f"{there}/../data/new.csv", "/usr", f"x={there}")

    assert ["data/rows.csv", "--in=data/", "data/new.csv", "/usr", f"x={there}", "found"] == said.splitlines()


def test_what_it_wrote_comes_back(desk: Desk) -> None:
    desk.write({"main.py": WRITER, "notes.txt": "mine\n", "out/table.csv": "old"})

    result = desk.call("--fetch", "main.py", "one\n", given="\n")
    assert "Came back: notes.txt, of-2.txt, out/table.csv" in result.err
    desk.well("--fetch", "main.py", "two\n", given="\n")

    assert ("two\n", "mine\none\ntwo\n", "two\n") == tuple(
        (desk.project / name).read_text(encoding="utf-8") for name in ("out/table.csv", "notes.txt", "of-2.txt")
    )
    assert (desk.project / "out/table.csv").stat().st_mode & 0o100
    assert ["main.py", "notes.txt", "of-2.txt", "out", "out/table.csv"] == desk.names()


def test_what_changed_here_meanwhile_stays(near: Desk, other: Server) -> None:
    near.write({"main.py": WRITER, "notes.txt": "mine\n", "of-2.txt": "never sent\n"})

    with near.start("--fetch", "main.py", "one\n") as run:
        assert run.stdout
        assert run.stdin
        assert run.stderr
        assert b"ready\n" == run.stdout.readline()
        near.write({"notes.txt": "mine, and more\n", "out/table.csv": "just made"})
        run.stdin.write(b"\n")
        said = run.stderr.read().decode()

    for name, mine, theirs in (
        ("notes.txt", "mine, and more\n", "mine\none\n"),
        ("of-2.txt", "never sent\n", "one\n"),
        ("out/table.csv", "just made", "one\n"),
    ):
        assert mine == (near.project / name).read_text(encoding="utf-8")
        beside = f"{name}.from-{other.name}"
        assert theirs == (near.project / beside).read_text(encoding="utf-8")
        assert f"{name} has changed here, too, and stays as it is. What the script wrote is in {beside}." in said


def test_what_would_come_back_elsewhere_does_not(near: Desk, tmp_path: Path) -> None:
    text = "import os\nfor name in {}:\n    os.makedirs(name)\n    open(f'{{name}}/made', 'w').close()\n"
    text = text.format(["one", "two", "three"])
    near.write({"main.py": text, "one": "a file"})
    (near.project / "two").symlink_to(tmp_path)

    result = near.call("--fetch", "main.py")

    assert 0 == result.code
    assert "Came back: three/made\n" in result.err
    assert ["one/made is not brought back", "two/made is not brought back"] == re.findall(
        r"\w+/made is not brought back", result.err
    )
    assert ["main.py", "one", "three", "three/made", "two"] == near.names()
    assert not (tmp_path / "made").exists()


def test_a_trace_finds_what_the_text_does_not_tell(near: Desk) -> None:
    near.write({"main.py": "name = chr(100) + 'ata.txt'\nprint(open(name).read())", "data.txt": "found"})

    assert "FileNotFoundError" in near.call("main.py").err
    traced = near.call("--trace", "main.py")
    assert (0, "found\n", 1) == (traced.code, traced.out, traced.err.count("Running the script on this machine"))
    assert "found\n" == near.well("-f", "main.py")
    assert ["data.txt", "main.py"] == near.names()


def test_a_host_is_left_as_it_was(desk: Desk, far: Server) -> None:
    desk.write({"main.py": "import alpha; print('there')", "requirements.txt": "alpha\n", "long.py": CAREFUL})
    desk.well("clean", "remote")
    (far.home / "mine").write_text("kept", encoding="utf-8")
    before = listing(far.home)

    assert "there\n" == desk.well("main.py")
    run = desk.well("--detach", "long.py").strip()
    in_use = desk.call("clean", "remote")
    desk.well("kill", run)
    until(lambda: 0 == desk.call("clean", "all").code)

    assert 1 == in_use.code
    assert f"stays on {far.name}" in in_use.err
    assert before == listing(far.home)
    assert not (desk.home / ".cache/tampu/remote").exists()


def test_the_first_trust_of_a_host(near: Desk, other: Server) -> None:
    near.write({"main.py": "print('there')"})
    with distance(other.port) as way:
        met = other.by(way.port)
        (met.folder / "known_hosts").write_text("", encoding="utf-8")
        met.config.write_text(met.config.read_text(encoding="utf-8").replace("Checking yes", "Checking ask"))
        words = ("--ssh-config", str(met.config), "main.py")

        refused = near.call(*words)
        with near.at_terminal(*words) as screen:
            while "fingerprint])?" not in screen.seen:
                screen.look(1)
            screen.type("yes\n")
            shown = screen.rest()

    assert (1, "") == (refused.code, refused.out)
    assert "remote::unknown-host" in refused.err
    assert "SHA256:" in refused.err
    assert (0, True) == (screen.code, "there" in shown)


def listing(folder: Path) -> dict[str, tuple[int, int, bytes]]:
    """All in it: mode, time, content."""
    return {
        str(path): (found.st_mode, found.st_mtime_ns, path.read_bytes() if path.is_file() else b"")
        for path in (folder, *folder.rglob("*"))
        if (found := path.lstat())
    }


@pytest.mark.parametrize(
    ("words", "reason", "told"),
    [
        (("shop",), "remote::no-script", "Name the file in it: shop/__main__.py"),
        (("mian.py",), "remote::no-script", "Did you mean main.py?"),
        (("broken.py",), "remote::unparsable", "broken.py"),
        (("-R", "nothing"), "remote::no-package", "nothing of that name"),
        (("-SR", "main.py"), "remote::no-package", "something else"),
        (("--host", "far-away", "main.py"), "remote::out-of-reach", "Could not resolve hostname far-away"),
        (("--ssh-config", "none", "main.py"), "remote::out-of-reach", "none: No such file or directory"),
        (("-e", "NOTHING", "main.py"), "remote::bad-variable", "NOTHING is not set here"),
        (("--secrets", "none", "main.py"), "remote::bad-secrets", "none: No such file or directory"),
        (("-n", "a/b", "main.py"), "remote::bad-name", "a/b"),
        (("-n", "", "main.py"), "remote::bad-name", "(nothing)"),
        (("fetch", "nobody"), "remote::no-run", "no run of that ID"),
        (("--map", "rows.csv", "-P", "main.py"), "usage::remote", "-P with many runs"),
        (("--jobs", "2", "main.py"), "usage::remote", "--jobs with one run"),
        (("--python", "three", "main.py"), "remote::bad-python", "Write one of these behind --python."),
    ],
)
def test_what_can_not_be_run(words: tuple[str, ...], reason: str, told: str, near: Desk) -> None:
    near.write({"main.py": "print('there')", "broken.py": "if:\n", "shop/__main__.py": "", "rows.csv": "a\n"})
    before = near.names()

    result = near.call(*words)

    assert result.code in {1, 2}
    assert reason in result.err
    assert told in result.err
    assert "Traceback" not in result.err
    assert "internal::" not in result.err
    assert before == near.names()


def test_nothing_half_done_where_it_is_interrupted(near: Desk) -> None:
    near.write({"main.py": "import time\nopen('/dev/stderr', 'w').write('ready\\n')\ntime.sleep(60)"})
    before = near.names()

    with near.start("--trace", "main.py") as run:
        assert run.stderr
        said = b""
        while b"ready" not in said:
            said += run.stderr.read(1 << 10)
        os.killpg(run.pid, signal.SIGINT)
        rest = run.stderr.read()

    assert 130 == run.returncode
    assert b"Traceback" not in rest
    assert before == near.names()


def published(server: Server) -> set[Path]:
    """What is being made has a name that begins with a dot."""
    return {path for path in (server.store / "trees").iterdir() if not path.name.startswith(".")}


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, -signal.SIGTERM)])
def test_what_is_interrupted_on_its_way_is_sent_another_time(near: Desk, other: Server, number: int, code: int) -> None:
    near.write({"main.py": "print(len(open('data', 'rb').read()))"})
    (near.project / "data").write_bytes(os.urandom(FAR_TOO_MUCH))
    trees = published(other)

    with distance(other.port, 0.2) as way:
        config = other.by(way.port).config
        with near.start("--ssh-config", str(config), "main.py") as run:
            assert run.stderr
            assert b"Sending the code to far" in run.stderr.readline()
            os.killpg(run.pid, number)
            rest = run.stderr.read()

    assert (code, trees) == (run.returncode, published(other))
    assert b"Traceback" not in rest
    assert ["data", "main.py"] == near.names()
    assert f"{FAR_TOO_MUCH}\n" == near.well("main.py")


def test_a_run_for_each_row(desk: Desk, far: Server, other: Server) -> None:
    both = desk.home / "both"
    both.write_text(far.config.read_text(encoding="utf-8") + other.config.read_text(encoding="utf-8"), encoding="utf-8")
    text = "import sys; print(*sys.argv[1:]); sys.exit(len(sys.argv[-1]) == 2)"
    desk.write({"main.py": text, "rows.csv": "1,a\n2,bc\n3,d\n"})

    result = desk.call("--ssh-config", str(both), "--hosts", f"{far.name},far", "--map", "rows.csv", "main.py", "x")

    assert 1 == result.code, result.err
    assert "3 runs: 2 well, 1 failed, 0 without a result" in result.err
    written = [(desk.project / "results" / str(row) / "out").read_text(encoding="utf-8") for row in (1, 2, 3)]
    assert ["x 1 a\n", "x 2 bc\n", "x 3 d\n"] == written


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--jobs", "many", "--map", "rows.csv"), "--jobs many"),
        (("--engine", "steam"), "--engine steam"),
        (("--map", "none.csv"), "none.csv"),
    ],
)
def test_many_runs_that_can_not_be(words: tuple[str, ...], told: str, near: Desk) -> None:
    near.write({"main.py": "", "rows.csv": "a\n"})

    result = near.call(*words, "main.py")

    assert result.code in {1, 2}
    assert told in result.err
    assert "internal::" not in result.err
