"""`tampu serve --reload` and what an app is made of beside its own files: packages, and folders elsewhere."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
import venv
from pathlib import Path

import pytest

import tampu
from tests.kit.reloading import Edited, Followed, followed

TELLS = "start_response('200 OK', []); return [({}).encode()]"
READS = "PAGE = pathlib.Path(__file__).with_name('page.html').read_text()\n"
HELD = "import os\nPID = os.getpid()\nWORD = 'old'\n"


class Environment:
    def __init__(self, place: Path) -> None:
        venv.create(place, with_pip=False, symlinks=True)
        self.python = place / "bin" / "python"
        self.packages = place / "lib" / "python{}.{}".format(*sys.version_info[:2]) / "site-packages"

    def add(self, name: str, text: str) -> Path:
        file = self.packages / f"{name}.py"
        file.write_text(text)
        return file


@pytest.fixture
def environment(tmp_path: Path) -> Environment:
    return Environment(tmp_path / "venv")


@pytest.fixture
def project(tmp_path: Path) -> Edited:
    return Edited(tmp_path / "project")


def words(environment: Environment, *more: str) -> tuple[str, ...]:
    return ("--python", str(environment.python), *more)


def pid_after(server: Followed, project: Edited, word: str, what: str = "held.PID") -> int:
    """Of the process that has loaded the package that the app asked now uses."""
    project.save("", before="import held", inside=TELLS.format(f"f'{word} {{{what}}}.'"))
    return int(server.answers(f"{word} ").text.split()[1].rstrip("."))


def held_by_the_fork_server(server: Followed, project: Edited, what: str = "held.PID") -> int:
    """It begins to hold a package some time after an app has needed it."""
    numbers = iter(range(1000, 9999))

    def look() -> int | None:
        pid = pid_after(server, project, f"turn{next(numbers)}", what)
        return pid if pid in server.family()[:2] else None

    return server.until(look, "the fork server holds it")


def test_packages_are_loaded_once_and_the_app_each_time(project: Edited, environment: Environment) -> None:
    environment.add("held", HELD)
    with followed(project, *words(environment)) as server:
        server.answers("one")
        keeper = held_by_the_fork_server(server, project)
        assert [keeper, keeper] == [pid_after(server, project, f"again{n}") for n in range(2)]


def test_all_is_loaded_each_time_where_that_is_asked_for(project: Edited, environment: Environment) -> None:
    environment.add("held", HELD)
    with followed(project, *words(environment, "--reload-fresh")) as server:
        server.answers("one")
        found = [pid_after(server, project, f"again{n}") for n in range(4)]
        assert (4, set()) == (len(set(found)), set(found) & set(server.family()[:2]))


def test_a_package_that_is_edited_is_loaded_anew(project: Edited, environment: Environment) -> None:
    held = environment.add("held", HELD)
    environment.add("user", "import held\nPID, WORD = held.PID, held.WORD\n")
    project.save("", before="import user", inside=TELLS.format("user.WORD + str(user.PID)"))
    with followed(project, *words(environment)) as server:
        server.answers("old")
        held.write_text(HELD.replace("'old'", "'new'"))
        server.answers("new")
        # As long as the old one: by their times, two saves within a second are one.
        held.write_text(HELD.replace("'old'", "'neo'"))
        server.answers("neo")
        project.save("", before="import user", inside=TELLS.format("'last ' + user.WORD"))
        server.answers("last neo")


@pytest.mark.parametrize(
    "harm",
    [
        "import threading\nthreading.Thread(target=threading.Event().wait, daemon=True).start()\n",
        "import socket\nONE, OTHER = socket.socketpair()\n",
    ],
    ids=["a thread", "a connection"],
)
def test_a_package_that_no_fork_survives_is_loaded_by_each_worker(
    harm: str, project: Edited, environment: Environment
) -> None:
    environment.add("held", HELD)
    environment.add("harmful", HELD + harm)
    environment.add("user", "import harmful\n")
    both = "harmful.PID}.{held.PID"
    project.save("", before="import held, user, harmful", inside=TELLS.format("'one'"))
    with followed(project, *words(environment)) as server:
        server.answers("one")
        numbers = iter(range(1000, 9999))

        def look() -> bool | None:
            word = f"turn{next(numbers)}"
            project.save("", before="import held, user, harmful", inside=TELLS.format(f"f'{word} {{{both}}}.'"))
            own, held = server.answers(f"{word} ").text.split()[1].rstrip(".").split(".")
            assert int(own) != server.family()[1]
            return True if int(held) == server.family()[1] else None

        server.until(look, "the rest is held")


LATE = """import os
from tampu.paste.reload.channel import Channel
from tampu.paste.reload.offspring import ForkServer
from tampu.paste.reload.sources import Sources

def heard():
    return next(iter(ours.receive()))

ours, theirs = Channel.pair()
if not os.fork():
    ours.close()
    ForkServer(theirs, Sources((), frozenset()), frozenset(), None).run()
theirs.close()
ours.send({"do": "load", "names": ["harmful"], "sources": [], "environ": {}})
assert ({"harmful": "harmful"}, []) == heard()
ours.send({"do": "fork", "worker": 7, "page": "/", "failure": ""}, [1])
message, descriptors = heard()
os.write(descriptors[0], f"{message}\\n".encode())
"""


def test_a_fork_server_that_has_loaded_such_a_package_gives_back_what_it_was_asked_for(
    environment: Environment,
) -> None:
    environment.add("harmful", "import socket\nONE, OTHER = socket.socketpair()\n")
    path = os.pathsep.join((str(Path(tampu.__file__).parents[1]), str(environment.packages)))
    argv = (sys.executable, "-c", LATE)
    said = subprocess.run(argv, env={**os.environ, "PYTHONPATH": path}, capture_output=True, text=True, check=True)

    assert {"unborn": {"worker": 7, "page": "/", "failure": ""}} == ast.literal_eval(said.stdout)


def test_what_the_app_says_to_packages_before_it_loads_them_is_heard(project: Edited, environment: Environment) -> None:
    environment.add("held", "import os\nWORD = os.environ.get('HELD_WORD', 'unsaid')\nPID = os.getpid()\n")
    said = "import os; os.environ['HELD_WORD'] = '{}'; import held"
    project.save("", before=said.format("first"), inside=TELLS.format("held.WORD"))
    with followed(project, *words(environment)) as server:
        server.answers("first")
        server.until(lambda: "first" == server.answers("first").text or None, "it is held")
        project.save("", before=said.format("second"), inside=TELLS.format("held.WORD"))
        server.answers("second")
        project.save("", before="import held", inside=TELLS.format("held.WORD"))
        server.answers("unsaid")


def test_a_package_that_looks_for_the_app_does_not_get_it_from_the_fork_server(
    project: Edited, environment: Environment
) -> None:
    environment.add("looks", "try:\n    import words\n    WORD = words.WORD\nexcept Exception:\n    WORD = 'none'\n")
    (project.folder / "words.py").write_text("WORD = 'first'")
    project.save("", before="import looks", inside=TELLS.format("looks.WORD"))
    with followed(project, *words(environment)) as server:
        server.answers("first")
        for word in ("second", "third", "fourth"):
            (project.folder / "words.py").write_text(f"WORD = '{word}'")
            server.answers(word)


def test_a_package_that_patches_others_is_loaded_first_each_time(project: Edited, environment: Environment) -> None:
    environment.add("held", HELD)
    folder = environment.packages / "gevent"
    folder.mkdir()
    (folder / "__init__.py").write_text("")
    (folder / "monkey.py").write_text("saved = {}\ndef patch_all():\n    saved['socket'] = 1\n")
    before = "from gevent import monkey; monkey.patch_all(); import held"
    with followed(project, *words(environment)) as server:
        server.answers("one")
        for number in range(4):
            project.save("", before=before, inside=TELLS.format(f"f'turn{number} {{held.PID}}.'"))
            pid = int(server.answers(f"turn{number} ").text.split()[1].rstrip("."))
            assert pid not in server.family()[:2]


def test_a_project_in_another_folder_counts_with_its_templates(
    project: Edited, environment: Environment, tmp_path: Path
) -> None:
    package = tmp_path / "elsewhere" / "src" / "library"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("import pathlib\nfrom library.words import WORD\n" + READS)
    (package / "words.py").write_text("WORD = 'first'")
    (package / "page.html").write_text("a page")
    (environment.packages / "editable.pth").write_text(str(package.parent))
    project.save("", before="import library", inside=TELLS.format("(library.WORD + library.PAGE)"))
    with followed(project, *words(environment)) as server:
        server.answers("firsta page")
        (package / "words.py").write_text("WORD = 'other'")
        server.answers("othera page")
        (package / "page.html").write_text("new one")
        server.says("Reloaded in .* ms: page.html")


def test_a_mistake_in_another_folder_is_healed_there(project: Edited, environment: Environment, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    library = tmp_path / "elsewhere" / "library.py"
    library.write_text("WORD = ")
    (environment.packages / "editable.pth").write_text(str(library.parent))
    project.save("", before="import library", inside=TELLS.format("library.WORD"))
    with followed(project, *words(environment)) as server:
        server.answers("SyntaxError", status=500)
        library.write_text("WORD = 'healed'")
        server.answers("healed")


@pytest.mark.parametrize("env", [{}, {"TAMPU_POLL": "1"}], ids=["events", "polling"])
def test_only_what_counts_is_followed(env: dict[str, str], project: Edited) -> None:
    (project.folder / ".gitignore").write_text("dist/\n")
    for name in (".git", "__pycache__", "dist", "data", "static"):
        (project.folder / name).mkdir()
    with followed(project, "--reload-also", "data/*.json", "--reload-interval", "0.1", env=os.environ | env) as server:
        server.answers("one")
        server.until(lambda: "Serving" in server.said or None, "it serves")
        ignored = (
            ".git/a.py",
            "__pycache__/b.py",
            "dist/c.py",
            "data/d.sqlite",
            ".#greeter.py",
            "greeter.py~",
            "app.log",
        )
        for name in ignored:
            (project.folder / name).write_text("x")
        followed_too = ("data/e.json", "static/f.css", "page.html", "other.ini")
        for name in followed_too:
            (project.folder / name).write_text("x")
            # Who looks now and then may see the one before while it is written, too, and tell of both.
            server.says(rf"Reloaded in \d+ ms: (\S+, )*{re.escape(Path(name).name)}")
        told = {name for names in re.findall(r"Reloaded in \d+ ms: (.*)", server.said) for name in names.split(", ")}
        assert told <= {Path(name).name for name in followed_too}
