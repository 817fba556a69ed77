"""`tampu bundle`, called inside this process; tests/contract calls it as people do, and builds from what it made."""

from __future__ import annotations

import hashlib
import io
import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.request import url2pathname

import pytest

from tampu.build.bundle_packages import NotToBeHad
from tampu.build.bundle_programs import NoRuntime
from tampu.build.steps.nginx import NoNginx
from tampu.envs.explain import BuildFailed, Conflict, InstallFailed, NotFound
from tampu.platforms import people
from tampu.platforms.bundle import BadPlatform, BundleInUse
from tampu.platforms.local import NoApp, OutInside
from tampu.world.console import PlainConsole
from tests.kit import bundles, require, web, wheels
from tests.kit.builds import clone, write_app

if TYPE_CHECKING:
    from tests.kit.builds import Platform

MACHINE = os.uname().machine
OTHER = {"x86_64": "aarch64", "aarch64": "x86_64"}[MACHINE]
BARE = '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'
PROJECT = f'{BARE}\n[project]\nname = "ours"\nversion = "1.0"\n'
WEB = {"wsgi.py": "application = print\n"}


class Person:
    def __init__(self, platform: Platform, home: Path) -> None:
        self.index = (platform.user_env / "PIP_INDEX_URL").read_text()
        self.home = home
        self.environ = {
            "PATH": os.environ["PATH"],
            "HOME": str(home),
            "XDG_CACHE_HOME": str(platform.cache),
            "PIP_INDEX_URL": self.index,
            **platform.environ,
        }
        self.out, self.err = io.StringIO(), io.StringIO()

    @property
    def shelf(self) -> Path:
        """Where the files of the index are."""
        return Path(url2pathname(self.index.removeprefix("file://"))).parent

    def app(self, lines: str, **files: str) -> Path:
        return write_app(self.home / "app", {"requirements.txt": lines, "runtime.txt": "python-3.13\n", **files})

    def bundles(self, app: Path, *words: object) -> dict[str, dict[str, str]]:
        """The entries of the bundle that is made for the app, by file."""
        say = PlainConsole(self.out, self.err)
        assert 0 == people.main(["bundle", str(app), *map(str, words)], self.environ, say)
        return bundles.entries(app.with_name("app-bundle"))


@pytest.fixture
def person(platform: Platform, tmp_path: Path) -> Person:
    return Person(platform, tmp_path)


def named(entries: dict[str, dict[str, str]]) -> set[str]:
    return {entry["name"].removeprefix("package:") for entry in entries.values()}


def test_what_serves_a_web_app_is_in_it(person: Person) -> None:
    entries = person.bundles(person.app("beta\n", **WEB))

    assert named(entries) >= {"python", "nginx", "alpha", "beta", "pyuwsgi", "supervisor", "uv", "jinja2"}
    assert "nginx" in person.out.getvalue()
    assert "its tools can't come from this bundle" in person.err.getvalue()


def test_a_build_is_decided_by_what_is_in_it(person: Person) -> None:
    app = person.app("beta\n", **WEB)
    person.bundles(app)
    person.environ |= {"TAMPU_MIRROR": str(person.home / "app-bundle"), "PIP_INDEX_URL": "https://127.0.0.1:1/simple"}

    say = PlainConsole(person.out, person.err)
    assert 0 == people.main(["build", str(app), "--plan"], person.environ, say)

    assert f"Nothing but the bundle {person.home}/app-bundle is asked" in person.out.getvalue()
    assert "Not asked: what PIP_INDEX_URL says" in person.err.getvalue()


def test_what_both_an_app_and_a_backend_need_is_in_it_once(person: Person) -> None:
    app = person.app("-e ./ours\nalpha\n")
    write_app(
        app, {"ours/pyproject.toml": PROJECT.replace("requires = []", 'requires = ["alpha"]'), "ours/backend.py": ""}
    )

    assert ["wheels/alpha-2.0-py3-none-any.whl"] == [file for file in person.bundles(app) if "alpha" in file]


def test_a_program_reads_what_is_in_it(person: Person) -> None:
    person.bundles(person.app("alpha==1.0\n"), "--json")

    made = json.loads(person.out.getvalue())
    assert {"name": "alpha", "version": "1.0", "file": "wheels/alpha-1.0-py3-none-any.whl"} in made["packages"]
    assert (str(person.home / "app-bundle"), MACHINE, "") == (made["bundle"], made["platform"], made["nginx"])
    assert "3.13" in made["tools for Python"]


def test_nothing_is_fetched_twice(person: Person) -> None:
    app = person.app("alpha==1.0\n")
    person.bundles(app)
    person.out.truncate(0)

    person.bundles(app)

    assert "Downloading" not in person.out.getvalue()


def test_what_is_asked_for_by_an_address_is_in_it_under_its_name(person: Person) -> None:
    (person.home / "served").mkdir()
    shutil.copyfile(person.shelf / "delta-0.9.tar.gz", person.home / "served" / "v0.9.tar.gz")
    with web.serve(person.home / "served") as site:
        address = f"{site.url}/v0.9.tar.gz"
        entries = person.bundles(person.app(f"delta @ {address}\n"))
    assert address == entries["wheels/delta-0.9.tar.gz"]["address"]

    person.environ["TAMPU_MIRROR"] = str(person.home / "app-bundle")
    person.bundles(person.home / "app", "--out", person.home / "again")
    assert address == bundles.entries(person.home / "again")["wheels/delta-0.9.tar.gz"]["address"]


def test_folders_and_wheels_of_the_app_stay_there(person: Person) -> None:
    app = person.app("-e ./ours\n./near/alpha-1.0-py3-none-any.whl\n--no-index\n--find-links=./far\nbeta\n")
    write_app(app, {"ours/pyproject.toml": PROJECT, "ours/backend.py": ""})
    for name, folder in (("alpha-1.0", "near"), ("alpha-2.0", "far"), ("beta-1.0", "far")):
        (app / folder).mkdir(exist_ok=True)
        shutil.copyfile(person.shelf / f"{name}-py3-none-any.whl", app / folder / f"{name}-py3-none-any.whl")

    entries = person.bundles(app)

    assert {"beta", "supervisor"} < named(entries)
    assert {"ours"}.isdisjoint(named(entries))


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """One whose package is made of a wheel that is in it."""
    require.need("git")
    wheels.sdist(wheels.Package(name="ours"), tmp_path / "made")
    shutil.unpack_archive(tmp_path / "made" / "ours-1.0.tar.gz", tmp_path / "made")
    folder = (tmp_path / "made" / "ours-1.0").rename(tmp_path / "repository")
    (folder / "pyproject.toml").write_text(PROJECT)
    committed(folder)
    return folder


def committed(folder: Path) -> None:
    who = ("-c", "user.name=somebody", "-c", "user.email=somebody@host.example")
    for words in (("init", "--quiet"), ("add", "--all"), (*who, "commit", "--quiet", "-m", "ours")):
        subprocess.run(("git", "-C", folder, *words), check=True)


def test_a_wheel_is_made_of_what_is_in_a_repository(person: Person, repository: Path) -> None:
    address = f"git+{repository.as_uri()}"

    entries = person.bundles(person.app(f"ours @ {address}\n"))

    assert address == entries["wheels/ours-1.0-py3-none-any.whl"]["address"]


def test_what_is_in_a_repository_must_build(person: Person, repository: Path) -> None:
    (repository / "backend.py").write_text("def build_wheel(*_):\n    raise SystemExit('no way')\n")
    committed(repository)

    with pytest.raises(InstallFailed) as caught:
        person.bundles(person.app(f"ours @ git+{repository.as_uri()}\n"))
    assert isinstance(caught.value, BuildFailed)


@pytest.fixture
def elsewhere(person: Person) -> Person:
    """A mirror that has a runtime for another kind of machine, too, and an index with wheels that fit."""
    folder = bundles.copied(Path(person.environ["TAMPU_MIRROR"]), person.home / "mirror")
    bundles.also(folder, lambda entry: {**entry, "arch": OTHER} if entry["name"] == "python" else None)
    person.environ["TAMPU_MIRROR"] = str(folder)
    return person


def foreign(person: Person, lines: str, **files: str) -> dict[str, dict[str, str]]:
    """On a test's index there are no wheels of ours for other machines."""
    shelf = clone(person.shelf, person.home / "shelf")
    shutil.rmtree(shelf / "simple")
    for wheel in shelf.glob(f"*_{MACHINE}.whl"):
        wheel.rename(shelf / wheel.name.replace(MACHINE, OTHER))
    person.environ["PIP_INDEX_URL"] = wheels.index(shelf).as_uri()
    return person.bundles(person.app(lines, **files), "--platform", f"{OTHER}-manylinux_2_40")


def test_a_bundle_for_another_kind_of_machine(elsewhere: Person) -> None:
    entries = foreign(elsewhere, "beta\n")

    assert {OTHER, "any"} == {entry["arch"] for entry in entries.values()}
    assert any(file.startswith("wheels/uv-") and OTHER in file for file in entries)


def test_no_nginx_can_be_made_for_another_kind_of_machine(elsewhere: Person) -> None:
    with pytest.raises(NoNginx, match="nginx"):
        foreign(elsewhere, "beta\n", **WEB)


def test_what_was_made_here_runs_here(elsewhere: Person, repository: Path) -> None:
    (repository / "backend.py").write_text(
        (repository / "backend.py").read_text().replace("none-any", f"none-linux_{MACHINE}")
    )
    committed(repository)

    with pytest.raises(NotToBeHad) as caught:
        foreign(elsewhere, f"ours @ git+{repository.as_uri()}\n")
    assert f"ours-1.0-py3-none-linux_{MACHINE}.whl" in caught.value.advice


def test_all_that_can_not_be_had_is_named_at_once(person: Person) -> None:
    with pytest.raises(NotToBeHad) as caught:
        person.bundles(person.app("alpha==9\nbeta\nomega\n"))

    assert "alpha==9 (" in caught.value.advice
    assert "omega (" in caught.value.advice
    assert "beta" not in caught.value.advice
    assert [] == list(person.home.glob("*app-bundle*"))


def test_who_is_at_odds_is_told(person: Person) -> None:
    with pytest.raises(Conflict):
        person.bundles(person.app("alpha==2.0\ngamma\n"))


def test_what_a_project_is_built_with_must_be_had(person: Person) -> None:
    app = person.app("-e ./ours\n")
    write_app(app, {"ours/pyproject.toml": PROJECT.replace("requires = []", 'requires = ["omega"]')})

    with pytest.raises(NotFound):
        person.bundles(app)


def test_an_index_must_tell_hashes(person: Person) -> None:
    shelf = clone(person.shelf, person.home / "shelf")
    page = shelf / "simple" / "alpha" / "index.html"
    text = re.sub("#sha256=[0-9a-f]+", f"#sha512={'0' * 128}", page.read_text())
    page.unlink()
    page.write_text(text)
    person.environ["PIP_INDEX_URL"] = (shelf / "simple").as_uri()

    with pytest.raises(NotToBeHad) as caught:
        person.bundles(person.app("alpha==1.0\n"))
    assert "alpha 1.0 (its index tells no sha256)" in caught.value.advice


def test_a_package_may_be_pinned_for_several_pythons(person: Person) -> None:
    digest = hashlib.sha256((person.shelf / "alpha-1.0-py3-none-any.whl").read_bytes()).hexdigest()
    lines = (
        f"alpha==1.0 ; python_version > '3' --hash=sha256:{digest}",
        f"alpha==2.0 ; python_version < '3' --hash=sha256:{'0' * 64}",
    )

    assert "alpha" in named(person.bundles(person.app("".join(f"{line}\n" for line in lines))))


def test_a_file_that_is_not_the_pinned_one_is_not_taken(person: Person) -> None:
    with pytest.raises(NotToBeHad) as caught:
        person.bundles(person.app(f"alpha==1.0 --hash=sha256:{'0' * 64}\n"))

    assert "alpha 1.0 (it is not the file that is pinned)" in caught.value.advice


def test_tools_for_the_python_in_it_must_be_had(person: Person) -> None:
    shelf = clone(person.shelf, person.home / "shelf")
    shutil.rmtree(shelf / "simple" / "pyyaml")
    person.environ["PIP_INDEX_URL"] = (shelf / "simple").as_uri()

    with pytest.raises(NotFound):
        person.bundles(person.app("alpha==1.0\n"))


def test_what_no_bundle_has_is_told(person: Person) -> None:
    dotcloud = "www:\n  type: python\n  systempackages: [libgeos]\n"

    person.bundles(person.app("alpha==1.0\n", **{"dotcloud.yml": dotcloud, "nltk.txt": "punkt\n"}))

    assert "libgeos" in person.err.getvalue()
    assert "NLTK's data" in person.err.getvalue()


def test_an_interpreter_of_this_machine_can_not_leave_it(person: Person) -> None:
    person.environ |= {"TAMPU_MIRROR": "", "https_proxy": "http://127.0.0.1:1"}
    app = write_app(person.home / "app", {"requirements.txt": "alpha\n"})

    with pytest.raises(NoRuntime):
        person.bundles(app)


def test_a_mirror_may_be_named_for_it(person: Person) -> None:
    mirror = person.environ.pop("TAMPU_MIRROR")

    assert "python" in named(person.bundles(person.app("alpha==1.0\n"), "--mirror", mirror))


@pytest.mark.parametrize(
    "words", [("--platform", "x86_64"), ("--platform", "x86_64-manylinux_2_99"), ("--platform", "-manylinux2014")]
)
def test_platforms_have_a_form(words: tuple[str, ...], person: Person) -> None:
    with pytest.raises(BadPlatform):
        person.bundles(person.app(""), f"{words[0]}={words[1]}")


def test_an_app_is_a_folder(person: Person) -> None:
    with pytest.raises(NoApp):
        person.bundles(person.home / "nowhere")


def test_a_bundle_is_no_part_of_its_app(person: Person) -> None:
    with pytest.raises(OutInside):
        person.bundles(person.app(""), "--out", person.home / "app" / "bundle")


@pytest.mark.parametrize("place", ["letters/dear-friend.txt", "letters"])
def test_other_files_are_left_alone(place: str, person: Person) -> None:
    write_app(person.home, {"letters/dear-friend.txt": "hello"})

    with pytest.raises(BundleInUse):
        person.bundles(person.app(""), "--out", person.home / place)
    assert "hello" == (person.home / "letters/dear-friend.txt").read_text()


def test_an_empty_folder_may_be_filled(person: Person) -> None:
    (person.home / "app-bundle").mkdir()

    assert "alpha" in named(person.bundles(person.app("alpha==1.0\n")))
