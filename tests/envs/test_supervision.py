from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from tampu.envs.settle import settle
from tampu.envs.supervision import MODULES, add_supervision, replaced
from tampu.envs.wishes import write_wishes
from tampu.facts.requirements import Packages, Requirement
from tampu.values import replace
from tests.envs.household import names, record_hash

if TYPE_CHECKING:
    from tests.envs.household import House

# The words of a package of 2013 that is Python 2.
DEAD = "def event_handler(event, response):\n    print response,\n"
SCRIPT = "#!/build/python\nfrom supervisor_stdout import main\nmain()\n"
ENTRY_POINTS = "[console_scripts]\nsupervisor_stdout = supervisor_stdout:main\n"


def wish(name: str, *hashes: str) -> Requirement:
    return Requirement(line=f"{name}==0.1.1", name=name, origin="requirements.txt", hashes=hashes)


def test_supervisord_finds_our_modules_compiled_and_the_command_of_that_name(house: House) -> None:
    house.install(
        "supervisor", {"supervisor/__init__.py": "", "../../../bin/supervisord": "#!/build/python\n"}, "4.3.0"
    )

    settle(house.site, house.app, Path(sys.executable), house.world, {})

    tag = sys.implementation.cache_tag
    assert {f"{Path(name).stem}.{tag}.pyc" for name in MODULES} == set(names(house.site.library / "__pycache__"))
    (house.app / ".tampu" / "python" / "bin").mkdir(parents=True)
    (house.app / ".tampu" / "python" / "bin" / "python3").symlink_to(sys.executable)
    command = house.site.root / "bin" / "supervisor_stdout"
    env = {"PATH": os.environ["PATH"], "PYTHONPATH": str(house.site.library)}
    asked = subprocess.run([command], env=env, input="", capture_output=True, text=True, check=True)
    assert ("READY\n", "") == (asked.stdout, asked.stderr)


def test_an_environment_without_supervisor_gets_nothing(house: House) -> None:
    house.install("shop", {"shop.py": ""})

    settle(house.site, house.app, Path(sys.executable), house.world, {})

    assert not (house.site.library / "supervisor_stdout.py").exists()
    assert not (house.site.root / "bin").exists()


def test_ours_stands_where_another_package_brings_the_dead_one(house: House) -> None:
    house.install("supervisor", {"supervisor/__init__.py": ""}, "4.3.0")
    info = "supervisor_stdout-0.1.1.dist-info"
    dead = house.install(
        "supervisor_stdout",
        {
            "supervisor_stdout.py": DEAD,
            "../../../bin/supervisor_stdout": SCRIPT,
            f"{info}/entry_points.txt": ENTRY_POINTS,
        },
        "0.1.1",
    )

    settle(house.site, house.app, Path(sys.executable), house.world, {})

    text = (house.site.library / "supervisor_stdout.py").read_bytes()
    assert b"def make_rpcinterface(" in text
    assert ["supervisor_stdout.py", record_hash(text), str(len(text))] in dead.rows()
    script = (house.site.root / "bin" / "supervisor_stdout").read_bytes()
    assert ["../../../bin/supervisor_stdout", record_hash(script), str(len(script))] in dead.rows()
    assert b"/build/python" not in script


def test_the_dead_package_is_not_installed_and_a_notice_says_so(tmp_path: Path) -> None:
    dead = wish("supervisor-stdout", "sha256:1")
    packages = Packages(manager="pip", because="x", requirements=(wish("alpha", "sha256:2"), dead))

    wishes = write_wishes(packages, "", tmp_path, tmp_path)

    assert "alpha==0.1.1 --hash=sha256:2\n" == wishes.hashed.read_text()
    (notice,) = replaced(packages)
    assert "supervisor::stdout-replaced" == notice.name
    assert notice.text.startswith("requirements.txt: supervisor-stdout is written for Python 2")


def test_who_never_asked_for_it_hears_nothing_of_it() -> None:
    assert () == replaced(Packages(manager="pip", because="x", requirements=(wish("alpha"),)))


def test_an_old_python_has_the_supervisor_that_its_app_wants_and_nothing_of_ours(house: House) -> None:
    old = replace(house.site, minor="3.8")
    old.library.mkdir(parents=True)
    (old.library / "supervisor-3.4.0.dist-info").mkdir()

    assert () == add_supervision(old)
    assert [] == [name for name in names(old.library) if name in MODULES]
