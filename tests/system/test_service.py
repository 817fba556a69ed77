"""A service under a real systemd and under a real supervisord: the same table of behaviour for both."""

from __future__ import annotations

import json
import os
import random
import re
import shutil
import signal
import subprocess
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.kit import builds, distribution, require, services
from tests.kit.distribution import Deb
from tests.kit.services import differences, until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.kit.services import Host

BACKENDS = ("systemd", "supervisord")
# How often it is killed in the middle of a step too.
ROUNDS = int(os.environ.get("TAMPU_SERVICE_KILLS", "0"))
# What changes files or starts programs: a good moment to be killed.
CALLS = "rename,renameat,renameat2,symlink,symlinkat,mkdir,unlink,unlinkat,rmdir,fchown,fchmod,clone,clone3,vfork,flock"
# What apt and dpkg note for themselves.
OF_APT = re.compile(r"/var/(lib|log|cache)/(apt|dpkg)|/var/log/(dpkg|alternatives)\.log")
WORKER = """
import configparser, json, os, pathlib, signal, subprocess, sys, time
import alpha
VERSION = "1"
config = configparser.RawConfigParser()
config.read(os.environ["CONFIGURATION_DIRECTORY"] + "/main.cfg")
main = dict(config["Main"])
if main["dbconn"] == "nowhere":
    sys.exit("there is no database nowhere")
subprocess.Popen(["sleep", "1000"])
state = pathlib.Path(os.environ["STATE_DIRECTORY"])
told = {
    "version": VERSION, "alpha": alpha.__version__, "config": main, "argv": sys.argv[1:], "pid": os.getpid(),
    "ids": [os.getuid(), os.geteuid(), os.getgid(), *os.getgroups()], "umask": os.umask(0o027), "cwd": os.getcwd(),
    "prefix": sys.prefix, "home": os.environ["HOME"], "greeting": os.environ["GREETING"],
}
(state / "told").write_text(json.dumps(told))
print("it works", flush=True)
orders = state / "orders"
while not orders.exists():
    time.sleep(0.05)
code = int(orders.read_text())
orders.unlink()
sys.exit(code)
"""
WRITER = """
import argparse, configparser, os, sys
parser = argparse.ArgumentParser()
for option in ("user", "logpath", "logfmt", "dbconn"):
    parser.add_argument("--" + option, required=True)
options = vars(parser.parse_args())
if options["dbconn"] == "refused":
    sys.exit("that database is not one of ours")
config = configparser.RawConfigParser()
config["Main"] = {**options, "folder": os.path.basename(os.getcwd()), "python": sys.prefix.rpartition("/")[2]}
with open(os.environ["CONFIGURATION_DIRECTORY"] + "/main.cfg", "w") as file:
    config.write(file)
with open(f"/etc/quichean-{options['user']}.cfg", "w") as file:
    file.write(options["dbconn"])
"""
SILENT = """
import os, socket, time
def tell(text):
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as told:
        told.sendto(text, os.environ["NOTIFY_SOCKET"])
tell(b"READY=1")
while not os.path.exists(os.environ["STATE_DIRECTORY"] + "/silence"):
    tell(b"WATCHDOG=1")
    time.sleep(0.2)
while True:
    time.sleep(1000)
"""
WATCHED = """
user = "watched"
command = "python silent.py"
notify = true
watchdog = 5
"""
SERVICE = """
user = "{name}"
command = ["python", "worker.py", "it's 100% $HOME", 'a "b" \\ ; # c']
backend = "{backend}"
configWriter = "lib/configure.py"
config_files = ["/etc/quichean-{name}.cfg"]
[config]
dbconn = "{dbconn}"
[environment]
GREETING = "it's 100% $HOME; # \\"x\\""
[virtualEnv]
reqFile = "requirements.txt"
"""


@pytest.fixture(scope="module", params=BACKENDS)
def host(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, mirror: Path, index: str, seed: Path
) -> Iterator[Host]:
    place = tmp_path_factory.mktemp(f"service-{request.param}")
    with services.host(request.param, place, mirror, index, seed) as host:
        yield host


class Shop:
    """A service that tells what it finds, and ends when it is told to."""

    def __init__(self, host: Host, place: Path, name: str) -> None:
        self.host, self.name = host, name
        files = {
            "worker.py": WORKER,
            "lib/configure.py": WRITER,
            "requirements.txt": "alpha==1.0\n",
            ".python-version": "3.13\n",
        }
        self.app = builds.write_app(place / name, files)
        self.file = self.app / "service.toml"
        self.write("mongodb://localhost/")

    def write(self, dbconn: str, more: str = "") -> None:
        text = SERVICE.format(name=self.name, backend=self.host.backend, dbconn=dbconn)
        self.file.write_text(more + text, encoding="utf-8")

    def init(self) -> str:
        return self.host.well("init", self.file)

    def told(self) -> dict[str, object]:
        """What the process that runs now has told."""
        place, pid = self.host.box.at(f"/var/lib/{self.name}/told"), self.host.pid(self.name)

        def found() -> dict[str, object]:
            try:
                told: dict[str, object] = json.loads(place.read_text(encoding="utf-8"))
            except (OSError, ValueError):
                return {}
            return told

        until(lambda: found().get("pid") == pid, lambda: (pid, found()))
        return found()

    def order(self, code: int) -> None:
        self.told()
        self.host.box.well("sh", "-c", f"echo {code} > /var/lib/{self.name}/orders.new")
        self.host.box.well("mv", f"/var/lib/{self.name}/orders.new", f"/var/lib/{self.name}/orders")

    def state(self) -> str:
        return str(self.host.status(self.name)["state"])


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory, host: Host) -> Path:
    """A folder that this machine and the host have in common."""
    return next(path for path in tmp_path_factory.getbasetemp().glob(f"service-{host.backend}*"))


@pytest.fixture(scope="module")
def shop(host: Host, place: Path) -> Iterator[Shop]:
    """One that runs; each test leaves it running."""
    shop = Shop(host, place, "shop")
    shop.init()
    yield shop
    host.well("remove", shop.file)


def test_it_runs_as_a_user_of_its_own_with_its_environment_and_its_configuration(shop: Shop) -> None:
    told = shop.told()
    uid, gid = (shop.host.box.well("id", option, "shop").strip() for option in ("-u", "-g"))
    release = shop.host.box.well("readlink", "-f", "/usr/local/lib/tampu/shop/current").strip()

    assert [int(uid), int(uid), int(gid), int(gid)] == told["ids"]
    assert ("1.0", ["it's 100% $HOME", 'a "b" \\ ; # c'], 'it\'s 100% $HOME; # "x"') == (
        told["alpha"],
        told["argv"],
        told["greeting"],
    )
    assert (release, f"{release}/.tampu/site", "/var/lib/shop", 0o027) == (
        told["cwd"],
        told["prefix"],
        told["home"],
        told["umask"],
    )
    expected = {"user": "shop", "logpath": "/var/log/shop", "dbconn": "mongodb://localhost/", "folder": "lib"}
    assert {
        **expected,
        "logfmt": "%(asctime)s %(levelname)s %(module)s.%(funcName)s : %(message)s",
        "python": "site",
    } == told["config"]


def test_nobody_else_can_change_it_or_log_in_as_it(shop: Shop) -> None:
    box = shop.host.box
    wrong = box.well(
        "find", "/usr/local/lib/tampu/shop", "-not", "-type", "l", "-perm", "/022", "-o", "-not", "-user", "0"
    )
    modes = box.well(
        "stat", "--format=%n %a %U:%G", "/usr/local/lib/tampu/shop", "/etc/shop/main.cfg", "/etc/quichean-shop.cfg"
    )

    assert "" == wrong
    assert box.well("getent", "passwd", "shop").strip().endswith(":/var/lib/shop:/usr/sbin/nologin")
    assert [
        "/usr/local/lib/tampu/shop 750 root:shop",
        "/etc/shop/main.cfg 640 root:shop",
        "/etc/quichean-shop.cfg 640 root:shop",
    ] == modes.splitlines()


def test_to_set_it_up_again_changes_nothing(shop: Shop) -> None:
    before, pid = shop.host.times(), shop.host.pid("shop")
    shop.init()

    assert before == shop.host.times()
    assert pid == shop.host.pid("shop")


def test_it_stops_and_starts_and_says_so_by_exit_codes(shop: Shop) -> None:
    host, first = shop.host, shop.told()["pid"]
    codes = [host.tampu(*words).returncode for words in (("status", "shop"), ("stop", "shop"), ("status", "shop"))]
    assert [0, 0, 3] == codes
    assert "" == host.processes_of("shop")

    host.well("start", shop.file)
    second = shop.told()["pid"]
    host.well("start", shop.file)
    assert second == host.pid("shop")
    host.well("restart", "shop")
    third = shop.told()["pid"]

    assert 3 == len({first, second, third})
    assert ("running", 0) == (shop.state(), host.tampu("status", "shop").returncode)


def test_who_has_stopped_it_finds_it_stopped_after_an_init_without_a_change(shop: Shop) -> None:
    shop.host.well("stop", "shop")
    shop.init()
    assert "stopped" == shop.state()
    shop.host.well("start", "shop")


@pytest.mark.parametrize("end", ["killed", "failed"])
def test_it_comes_back(shop: Shop, end: str) -> None:
    pid = shop.told()["pid"]
    if end == "killed":
        shop.host.box.well("kill", "-KILL", str(pid))
    else:
        shop.order(3)

    until(lambda: shop.state() == "running" and shop.host.pid("shop") != pid, lambda: shop.host.status("shop"))


def test_it_ends_for_good_when_it_says_that_all_is_done(shop: Shop) -> None:
    shop.order(0)
    until(lambda: shop.state() == "stopped", lambda: shop.host.status("shop"))
    assert 3 == shop.host.tampu("status", "shop").returncode
    shop.host.well("start", "shop")


def test_new_code_and_new_configuration_are_started(shop: Shop) -> None:
    (shop.app / "worker.py").write_text(WORKER.replace('VERSION = "1"', 'VERSION = "2"'), encoding="utf-8")
    shop.init()
    first = shop.told()
    shop.write("mongodb://other/")
    shop.init()
    second = shop.told()

    assert ("2", "mongodb://localhost/") == (first["version"], dict(first["config"])["dbconn"])  # type: ignore[call-overload]
    assert ("2", "mongodb://other/") == (second["version"], dict(second["config"])["dbconn"])  # type: ignore[call-overload]
    assert first["pid"] != second["pid"]
    assert 1 == len(shop.host.box.well("ls", "/usr/local/lib/tampu/shop/releases").split())


def test_a_config_writer_that_refuses_leaves_all_as_it_was(shop: Shop) -> None:
    before = shop.told()
    text = shop.file.read_text(encoding="utf-8")
    shop.write("refused")
    (shop.app / "worker.py").write_text(WORKER.replace('VERSION = "1"', 'VERSION = "3"'), encoding="utf-8")
    done = shop.host.tampu("init", shop.file)
    shop.host.box.well("kill", "-KILL", str(before["pid"]))
    until(lambda: shop.state() == "running" and shop.host.pid("shop") != before["pid"], shop.state)

    assert (1, True) == (done.returncode, "that database is not one of ours" in done.stdout)
    assert "(service::failed)" in done.stderr
    assert before["version"] == shop.told()["version"]
    shop.file.write_text(text, encoding="utf-8")
    shop.init()


def test_what_it_says_is_in_its_log(shop: Shop) -> None:
    shop.told()
    until(lambda: "it works" in shop.host.well("logs", "shop", "-n", "50"), lambda: shop.host.tampu("logs", "shop"))


def test_its_own_logs_are_rotated(shop: Shop) -> None:
    require.need("logrotate")
    box = shop.host.box
    box.well("runuser", "-u", "shop", "--", "sh", "-c", "seq 2000000 > /var/log/shop/service.log")
    box.well("logrotate", "--state", "/run/rotated", "/etc/logrotate.d/shop")

    assert ["service.log", "service.log.1.gz"] == box.well("ls", "/var/log/shop").split()
    assert 0 == box.at("/var/log/shop/service.log").stat().st_size


def test_one_that_does_not_start_says_why_and_is_stopped(host: Host, place: Path) -> None:
    shop = Shop(host, place, "broken")
    shop.write("nowhere")
    done = host.tampu("init", shop.file)

    assert (1, True) == (done.returncode, "there is no database nowhere" in done.stderr)
    assert "(service::did-not-start)" in done.stderr
    assert ("", 3) == (host.processes_of("broken"), host.tampu("status", "broken").returncode)
    shop.write("mongodb://localhost/")
    shop.init()
    assert "running" == shop.state()
    host.well("remove", "broken")


def test_one_that_is_not_enabled_is_started_by_nobody_but_who_starts_it(host: Host, place: Path) -> None:
    shop = Shop(host, place, "lazy")
    shop.write("mongodb://localhost/", "upstart = false\n")
    shop.init()
    assert "stopped" == shop.state()
    host.well("start", "lazy")
    assert "running" == shop.state()
    host.well("remove", "lazy")


def test_after_a_reboot_it_runs_and_one_that_is_not_enabled_does_not(shop: Shop, place: Path) -> None:
    host, pid = shop.host, shop.told()["pid"]
    sleeper = Shop(host, place, "sleeper")
    sleeper.write("mongodb://localhost/", "enable = false\n")
    sleeper.init()
    host.well("start", "sleeper")
    before = host.files()
    host.reboot()
    until(lambda: shop.state() == "running", lambda: host.status("shop"))
    again = shop.told()["pid"]
    shop.init()

    assert [] == [each for each in differences(before, host.files()) if not each.startswith("/var/log/tampu/")]
    assert (0, 3) == (host.tampu("status", "shop").returncode, host.tampu("status", "sleeper").returncode)
    assert (again, "") == (host.pid("shop"), host.processes_of("sleeper"))
    assert pid != again
    host.well("remove", "sleeper")


def test_packages_of_the_distribution_are_installed_for_who_says_yes(host: Host, place: Path) -> None:
    made = distribution.make(place / "apt", Deb(name="tampu-geese", files={"usr/share/tampu-geese": b"honk"}))
    shutil.copy(made.sources / "sources.list", host.box.at("/etc/apt/sources.list"))
    # Of a folder that is root's alone.
    host.box.at("/etc/apt/apt.conf.d/tests").write_text('APT::Sandbox::User "root";\n', encoding="utf-8")
    host.box.well("rm", "-rf", "/etc/apt/sources.list.d")
    host.box.well("apt-get", "update")
    shop = Shop(host, place, "flying")
    text = shop.file.read_text(encoding="utf-8")
    shop.file.write_text(f'{text}dependencies = ["tampu-gee*"]\n', encoding="utf-8")
    goose, before = host.box.at("/usr/share/tampu-geese"), host.files()

    told = host.tampu("init", shop.file)
    assert "not installed, as nobody said --yes: tampu-gee*." in told.stdout + told.stderr
    assert "apt-get install --yes --no-install-recommends tampu-gee*" in told.stdout + told.stderr
    assert (0, False, "running") == (told.returncode, goose.exists(), shop.state())
    pid = host.pid("flying")
    assert "Setting up tampu-geese" in host.well("init", shop.file, "--yes")
    assert (b"honk", pid) == (goose.read_bytes(), host.pid("flying"))

    shop.file.write_text(f'{text}dependencies = ["tampu-geese", "tampu-ghost"]\n', encoding="utf-8")
    refused = host.tampu("init", shop.file, "--yes")
    assert (1, True) == (refused.returncode, "(service::failed)" in refused.stderr)
    assert "Unable to locate package tampu-ghost" in refused.stdout + refused.stderr
    assert pid == host.pid("flying")
    host.well("remove", "flying")
    assert goose.exists()
    host.box.well("dpkg", "--purge", "tampu-geese")
    assert [] == [each for each in differences(before, host.files()) if not OF_APT.match(each)]


def test_a_call_from_python_means_the_same_in_both_spellings_and_removed_it_leaves_no_trace(
    host: Host, place: Path
) -> None:
    before = host.files()
    shop = Shop(host, place, "passing")
    words = {
        "user": "passing",
        "config": {"dbconn": "mongodb://localhost/"},
        "config_files": ["/etc/quichean-passing.cfg"],
        "environment": {"GREETING": "hello"},
        "backend": host.backend,
    }
    camel = {
        "service": "worker.py",
        "pathToFiles": str(shop.app),
        "configWriter": str(shop.app / "lib/configure.py"),
        "virtualEnv": {"reqFile": str(shop.app / "requirements.txt"), "dependencies": ["dpkg"]},
        "upstart": True,
    }
    snake = {
        "command": "python worker.py",
        "path_to_files": str(shop.app),
        "config_writer": str(shop.app / "lib/configure.py"),
        "virtual_env": {"req_file": str(shop.app / "requirements.txt"), "dependencies": ["dpkg"]},
        "enable": True,
    }
    host.python("init", **words, **camel)
    told = shop.told()
    host.python("init", **words, **snake)

    assert ("1.0", "hello") == (told["alpha"], told["greeting"])
    assert "mongodb://localhost/" == dict(told["config"])["dbconn"]  # type: ignore[call-overload]
    assert told["pid"] == host.pid("passing")
    assert [] != differences(before, host.files())
    host.python("remove", name="passing")

    assert [] == differences(before, host.files())
    assert 2 == host.box.run("getent", "passwd", "passing").returncode
    done = host.tampu("remove", "passing")
    assert (2, True) == (done.returncode, "There is no such service" in done.stderr)


def test_the_example_of_a_worker(host: Host, place: Path) -> None:
    app = shutil.copytree(services.HOUSE / "examples" / "worker", place / "worker")
    file = app / "service.toml"
    file.write_text(f'backend = "{host.backend}"\n{file.read_text(encoding="utf-8")}', encoding="utf-8")
    host.well("init", file)

    until(lambda: "Work number 2 is done" in host.well("logs", "tampu-worker"), lambda: host.status("tampu-worker"))
    assert 0 == host.tampu("status", "tampu-worker").returncode
    host.well("remove", "tampu-worker")


@pytest.mark.parametrize("host", ["systemd"], indirect=True)
def test_one_that_says_when_it_is_ready_and_then_falls_silent_is_started_anew(host: Host, place: Path) -> None:
    app = builds.write_app(place / "watched", {"silent.py": SILENT, "x.toml": WATCHED, ".python-version": "3.13\n"})
    host.well("init", app / "x.toml")
    pid = host.pid("watched")
    host.box.well("touch", "/var/lib/watched/silence")

    until(lambda: host.pid("watched") not in {0, pid}, lambda: host.status("watched"))
    assert "Watchdog timeout" in host.well("logs", "watched")
    host.well("remove", "watched")


def killed(host: Host, chance: random.Random, *words: str | Path) -> int:
    """Kill tampu at one of its calls to the system, and say which."""
    traced = ("strace", "-qq", "-o", "/dev/null", "-e", f"trace={CALLS}")
    tampu = (services.PYTHON, "-I", "-S", services.TAMPU, "service", *words)
    moments = chance.choice((10, 100, 1000))
    number = chance.randint(1, moments)
    host.box.run(*traced, "-e", f"inject={CALLS}:signal=KILL:when={number}", *tampu, env=host.env)
    return number


def killed_when_it_says(host: Host, text: str, *words: str | Path) -> bool:
    """Kill tampu as soon as it says that; whether it came to that."""
    argv = host.box.words(services.TAMPU, "service", *words)
    with subprocess.Popen(argv, env=host.env, stdout=subprocess.PIPE, text=True) as outer:
        assert outer.stdout
        children = Path(f"/proc/{outer.pid}/task/{outer.pid}/children")
        for line in outer.stdout:
            if text in line:
                for child in children.read_text(encoding="utf-8").split():
                    # It may have come to its end meanwhile.
                    with suppress(ProcessLookupError):
                        os.kill(int(child), signal.SIGKILL)
                return True
    return False


def test_who_is_killed_does_it_again_to_the_same_end(host: Host, place: Path) -> None:
    if ROUNDS:
        require.need("strace")
    seed = int(os.environ.get("TAMPU_KILL_SEED") or random.SystemRandom().randrange(10**9))
    chance = random.Random(seed)  # noqa: S311 - moments, not secrets
    shop = Shop(host, place, "mortal")
    clean = host.files()
    plan = json.loads(host.well("plan", shop.file, "--json"))
    shop.init()
    expected = host.files()
    host.well("remove", shop.name)

    steps = [step["title"] for step in plan["steps"]]
    assert steps == [title for title in steps if killed_when_it_says(host, title, "init", shop.file)]
    shop.init()
    assert [] == differences(expected, host.files())
    assert "1" == shop.told()["version"]
    paths = [path for path in plan["paths"] if killed_when_it_says(host, f" {path}\n", "remove", shop.file)]
    assert len(paths) > len(plan["paths"]) / 2
    host.tampu("remove", shop.name)
    assert [] == differences(clean, host.files())

    for _ in range(ROUNDS):
        moments = [killed(host, chance, "init", shop.file), killed(host, chance, "init", shop.file)]
        shop.init()
        found, running = host.files(), shop.told()["version"]
        moments.append(killed(host, chance, "remove", shop.file))
        host.tampu("remove", shop.name)

        print(f"TAMPU_KILL_SEED={seed} killed at {moments}")  # noqa: T201 - pytest shows it for a failed test
        assert [] == differences(expected, found)
        assert "1" == running
        assert [] == differences(clean, host.files())
