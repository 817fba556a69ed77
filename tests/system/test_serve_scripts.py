"""Configs as programs, `#!/usr/bin/env tampu`, that serve as rc scripts do: from any shell, and where there is none."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.kit import buildpack, require
from tests.kit.daemons import until
from tests.kit.sandbox import sandbox
from tests.kit.served import free_port
from tests.kit.serving import APP, answer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

HOUSE = Path(__file__).resolve().parents[2]
PATIENCE = 120
CONFIG = """\
#!{interpreter}

[exe]
command = serve
daemon = true
python = {python}
pid_file = %(here)s/shop.pid
log_file = %(here)s/shop.log

[app:main]
use = call:greeter:make
greeting = %(here)s

[server:main]
use = egg:PasteScript#wsgiutils
port = {port}
"""
SHELLS = ("bash", "csh", "dash", "fish")
# What cron gives to whom it starts.
OF_CRON = "/usr/bin:/bin"
UNIT = """
[Service]
Type=forking
PIDFile={folder}/shop.pid
Environment=HOME={home}
ExecStart="{script}" start
ExecStop="{script}" stop
"""


class Script:
    """A config that is a program, in a folder with a space, and a home with tampu's tools in it."""

    def __init__(self, folder: Path, home: Path, index: str) -> None:
        self.folder, self.home, self.port = folder, home, free_port()
        self.path, self.pid_file = folder / "shop.ini", folder / "shop.pid"
        folder.mkdir()
        (folder / "greeter.py").write_text(APP)
        self.write("/usr/bin/env tampu")
        programs = {"tampu": buildpack.BIN / "tampu", "python3": buildpack.python()}
        for name, program in programs.items():
            if not (home / name).is_symlink():
                (home / name).symlink_to(program)
        self.env = {"HOME": str(home), "PATH": f"{home}:{os.defpath}", "PIP_INDEX_URL": index}

    def write(self, interpreter: str) -> None:
        self.path.write_text(CONFIG.format(interpreter=interpreter, python=sys.executable, port=self.port))
        self.path.chmod(0o755)

    def works(self, *way: str, cwd: Path | None = None, env: Mapping[str, str] | None = None) -> None:
        """All verbs in that way; a word VERB in it is the verb, else it is the last word."""

        def call(verb: str) -> int:
            words = [word.replace("VERB", verb) for word in way]
            return run(words if words != list(way) else [*way, verb], cwd or self.folder, env or self.env)

        try:
            self._goes_through(call)
        finally:
            if self.pid_file.exists():
                run([str(self.path), "stop"], self.folder, self.env)

    def _goes_through(self, call: Callable[[str], int]) -> None:
        assert 0 == call("start")
        assert f"{self.folder}, all" == answer(self.port)
        first = self.pid
        assert (0, 0) == (call("status"), call("restart"))
        assert f"{self.folder}, all" == answer(self.port)
        assert first != self.pid
        assert (0, 1) == (call("stop"), call("status"))

    @property
    def pid(self) -> str:
        return self.pid_file.read_text().split()[0]


def run(words: Sequence[str], cwd: Path, env: Mapping[str, str]) -> int:
    done = subprocess.run(
        words, cwd=cwd, env=env, capture_output=True, stdin=subprocess.DEVNULL, text=True, timeout=PATIENCE, check=False
    )
    sys.stderr.write(done.stdout + done.stderr)
    return done.returncode


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture
def script(tmp_path: Path, home: Path, index: str) -> Iterator[Script]:
    made = Script(tmp_path / "a shop", home, index)
    yield made
    assert not made.pid_file.exists()


@pytest.mark.parametrize("shell", SHELLS)
def test_from_a_shell(script: Script, shell: str) -> None:
    require.need(shell)

    script.works(shell, "-c", "./shop.ini VERB")


def test_without_any_shell(script: Script) -> None:
    script.works("./shop.ini")


def test_from_anywhere_by_its_path_and_with_nothing_set_but_a_path(script: Script) -> None:
    script.works(
        "env", "-i", *(f"{name}={value}" for name, value in script.env.items()), str(script.path), cwd=Path("/")
    )


def test_by_a_link_among_the_scripts_of_a_machine(script: Script, tmp_path: Path) -> None:
    (tmp_path / "init.d").mkdir()
    (tmp_path / "init.d/shop").symlink_to(script.path)

    script.works(str(tmp_path / "init.d/shop"), cwd=tmp_path)


@pytest.mark.parametrize("words", ["{bin}/tampu", "/usr/bin/env -S tampu exe"])
def test_other_first_lines(script: Script, words: str) -> None:
    script.write(words.format(bin=buildpack.BIN))

    script.works("./shop.ini")


def test_a_first_line_may_say_the_command(script: Script) -> None:
    """Nothing of [exe] counts then, for nobody looks at it."""
    script.write(f"/usr/bin/env -S tampu serve --python {sys.executable} --pid-file=there.pid")
    script.pid_file = script.folder / "there.pid"

    script.works("./shop.ini")


def test_by_cron(script: Script) -> None:
    """With the environment that it gives; there is no tampu on that path."""
    script.write(f"{buildpack.BIN}/tampu")
    env = {"HOME": str(script.home), "LOGNAME": "root", "SHELL": "/bin/sh", "PATH": OF_CRON}

    script.works("/bin/sh", "-c", f"'{script.path}' VERB", cwd=Path("/"), env=env)


def test_by_sudo(script: Script) -> None:
    require.need("sudo")
    require.need_root()
    script.write(f"{buildpack.BIN}/tampu")

    script.works("sudo", "-n", f"HOME={script.home}", str(script.path))


def test_by_systemd(script: Script, tmp_path: Path) -> None:
    script.write(f"{buildpack.BIN}/tampu")
    run([str(script.path), "status"], script.folder, script.env)

    with sandbox(tmp_path / "sandbox", HOUSE, tmp_path, script.home) as there:
        unit = UNIT.format(folder=script.folder, home=script.home, script=script.path)
        there.at("/run/systemd/system").mkdir(exist_ok=True)
        there.at("/run/systemd/system/shop.service").write_text(unit)
        there.well("systemctl", "daemon-reload")

        there.well("systemctl", "start", "shop")
        assert f"{script.folder}, all" == answer(script.port)
        assert script.pid == there.well("systemctl", "show", "--value", "--property=MainPID", "shop").strip()
        there.well(str(script.path), "status", env=script.env)
        there.well("systemctl", "stop", "shop")
        until(lambda: not script.pid_file.exists())
