from __future__ import annotations

import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tampu.errors import TampuError
from tampu.facts.environment import Environment
from tampu.facts.package_signs import Conda, Misnamed, MissingProject, OnlyInFolder, Unlocked
from tampu.facts.packages import FileMissing, Several, Unknown, packages
from tampu.facts.tree import OutsideTheApp, Tree
from tampu.values import replace

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tampu.facts.requirements import Packages

    App = Callable[[Mapping[str, str]], Tree]

WIDEST_LINE = 100
HERE = Environment(python="3.12.4", machine="x86_64")
FILES = {
    "requirements.txt": "six==1.0",
    "uv.lock": 'version = 1\n[[package]]\nname = "app"\nsource = { virtual = "." }',
    "poetry.lock": '[metadata]\nlock-version = "2.1"',
    "Pipfile.lock": '{"_meta": {"pipfile-spec": 6}}',
    "pdm.lock": '[metadata]\nlock_version = "4.5.0"\nstrategy = ["inherit_metadata"]',
    "pylock.toml": 'lock-version = "1.0"',
    "pyproject.toml": '[project]\nname = "app"\n[build-system]\nrequires = []\n[tool.pdm]\ndistribution = false',
    "setup.py": "",
}
MANAGERS = {
    "requirements.txt": "pip",
    "uv.lock": "uv",
    "poetry.lock": "poetry",
    "Pipfile.lock": "pipenv",
    "pdm.lock": "pdm",
    "pylock.toml": "pylock",
    "pyproject.toml": "project",
    "setup.py": "project",
}


def these(*names: str) -> dict[str, str]:
    return {name: FILES[name] for name in names}


@pytest.mark.parametrize("name", MANAGERS)
def test_one_file_is_enough(app: App, name: str) -> None:
    found = packages(app(these(name)), HERE, None)

    assert MANAGERS[name] == found.manager
    assert found.because.startswith(f"{name} is present")
    assert name in found.sources


@pytest.mark.parametrize("name", ["requirements.txt", "uv.lock", "poetry.lock", "pdm.lock", "pylock.toml"])
def test_a_list_or_lock_speaks_for_the_project_beside_it(app: App, name: str) -> None:
    assert MANAGERS[name] == packages(app(these(name, "pyproject.toml", "setup.py")), HERE, None).manager


def test_several_managers_are_named_with_the_ways_out(app: App) -> None:
    tree = app(these("requirements.txt", "uv.lock", "pyproject.toml"))

    with pytest.raises(Several) as caught:
        packages(tree, HERE, None)

    assert "requirements.txt  (pip)\n          uv.lock           (uv)" in caught.value.advice
    assert "TAMPU_PACKAGE_MANAGER=uv" in caught.value.advice


@pytest.mark.parametrize("name", MANAGERS)
def test_the_users_choice_wins(app: App, name: str) -> None:
    found = packages(app(these(*MANAGERS)), HERE, MANAGERS[name])

    assert (MANAGERS[name], f"TAMPU_PACKAGE_MANAGER is {MANAGERS[name]}") == (found.manager, found.because)


def test_a_pylock_with_a_name_must_be_chosen(app: App) -> None:
    tree = app({"pylock.web.toml": 'lock-version = "1.0"\n[[packages]]\nname = "six"\nversion = "1"'})

    assert ["six==1"] == [item.line for item in packages(tree, HERE, "pylock.web").requirements]
    assert "none" == packages(tree, HERE, None).manager


@pytest.mark.parametrize("wanted", ["conda", "Poetry", "pylock.", "../uv"])
def test_a_choice_that_is_none(app: App, wanted: str) -> None:
    with pytest.raises(Unknown) as caught:
        packages(app(FILES), HERE, wanted)

    assert f"TAMPU_PACKAGE_MANAGER={wanted}" in caught.value.advice
    assert "pip, uv, poetry, pipenv, pdm, pylock, pylock.<name>, project" in caught.value.advice


@pytest.mark.parametrize(
    ("wanted", "file", "command"),
    [
        ("pip", "requirements.txt", "pip freeze > requirements.txt"),
        ("uv", "uv.lock", "uv lock"),
        ("pylock", "pylock.toml", "uv export -o pylock.toml"),
        ("pylock.web", "pylock.web.toml", "uv export -o pylock.web.toml"),
        ("project", "pyproject.toml", "uv init --bare"),
    ],
)
def test_a_choice_without_its_file(app: App, wanted: str, file: str, command: str) -> None:
    with pytest.raises(FileMissing) as caught:
        packages(app({}), HERE, wanted)

    assert f"{file} is not there" == caught.value.title
    assert command in caught.value.advice


@pytest.mark.parametrize(
    ("files", "lock", "command"),
    [
        ({"Pipfile": ""}, "Pipfile.lock", "pipenv lock"),
        ({"pyproject.toml": '[tool.poetry.dependencies]\npython = "^3.12"\nflask = "*"'}, "poetry.lock", "poetry lock"),
        ({"pyproject.toml": '[tool.poetry.group.web.dependencies]\nflask = "*"'}, "poetry.lock", "poetry lock"),
        ({"pyproject.toml": '[tool.pdm.dev-dependencies]\ntest = ["pytest"]'}, "pdm.lock", "pdm lock"),
        ({"pyproject.toml": "[tool.uv.sources]\nx = {workspace = true}"}, "uv.lock", "uv lock"),
    ],
)
def test_a_manager_without_its_lock(app: App, files: Mapping[str, str], lock: str, command: str) -> None:
    with pytest.raises(Unlocked) as caught:
        packages(app(files), HERE, None)

    assert f"{lock} is not there" == caught.value.title
    assert command in caught.value.advice


def test_a_library_that_poetry_builds_needs_no_lock(app: App) -> None:
    project = '[build-system]\nrequires = ["poetry-core"]\n[tool.poetry.dependencies]\npython = "^3.12"'

    assert "project" == packages(app({"pyproject.toml": project}), HERE, None).manager


@pytest.mark.parametrize(
    ("found", "name"),
    [
        ("requirement.txt", "requirements.txt"),
        ("Requirements.txt", "requirements.txt"),
        ("requirements.text", "requirements.txt"),
        ("requirments.txt", "requirements.txt"),
        ("requirements.txt.txt", "requirements.txt"),
        ("UV.lock", "uv.lock"),
        ("pipfile.lock", "Pipfile.lock"),
        ("PyProject.toml", "pyproject.toml"),
    ],
)
def test_a_name_that_is_almost_right(app: App, found: str, name: str) -> None:
    with pytest.raises(Misnamed) as caught:
        packages(app({found: ""}), HERE, None)

    assert f"git mv {found} {name}" in caught.value.advice


def test_a_name_that_is_almost_right_beside_a_project_is_noticed(app: App) -> None:
    found = packages(app({**these("setup.py"), "requirement.txt": "six"}), HERE, None)

    assert ["package-manager::misnamed"] == [notice.name for notice in found.notices]
    assert "requirements.txt" in found.notices[0].text


@pytest.mark.parametrize("name", ["environment.yml", "environment.yaml"])
def test_conda_alone(app: App, name: str) -> None:
    with pytest.raises(Conda) as caught:
        packages(app({name: "dependencies: [flask]"}), HERE, None)

    assert f"Found:    {name}" in caught.value.advice


def test_requirements_only_in_a_folder(app: App) -> None:
    with pytest.raises(OnlyInFolder) as caught:
        packages(app({"requirements/prod.txt": "six", "requirements/base.txt": "six"}), HERE, None)

    assert "requirements/base.txt, requirements/prod.txt" in caught.value.advice


def test_an_app_without_packages(app: App) -> None:
    found = packages(app({"app.py": "", "requirements-dev.txt": "", "dev-requirements.txt": ""}), HERE, None)

    assert ("none", (), True) == (found.manager, found.requirements, found.complete)
    assert ["package-manager::none"] == [notice.name for notice in found.notices]


def test_a_virtual_environment_in_the_app_is_noticed(app: App) -> None:
    found = packages(app({**these("requirements.txt"), "env/pyvenv.cfg": "home = /usr"}), HERE, None)

    assert ["app::virtualenv"] == [notice.name for notice in found.notices]
    assert "env/" in found.notices[0].text


def test_local_projects_are_among_the_sources(app: App) -> None:
    files = {"requirements.txt": "-e ./a\n./b\n./x.whl", "a/setup.py": "", "b/pyproject.toml": "", "x.whl": ""}

    sources = packages(app(files), HERE, None).sources

    assert {"requirements.txt", "a/setup.py", "packages in a", "b", "x.whl"} == sources.keys()


@pytest.mark.parametrize(
    ("files", "found"),
    [({}, "nothing at pkg"), ({"pkg/code.py": ""}, "pkg, a folder without any of these")],
)
def test_a_local_project_that_is_not_there(app: App, files: Mapping[str, str], found: str) -> None:
    with pytest.raises(MissingProject, match=r"requirements\.txt, line 2") as caught:
        packages(app({"requirements.txt": "six\n-e ./pkg", **files}), HERE, None)

    assert found in caught.value.advice


WRONG = (
    1,
    [1],
    {"x": 1},
    "x",
    True,
    [{"name": 1}],
    [{"name": "x", "version": "1", "source": {"git": "x#y"}}],
    {"a": "b"},
)
KEYS = (
    *(
        "version",
        "package",
        "packages",
        "source",
        "groups",
        "markers",
        "marker",
        "metadata",
        "lock-version",
        "strategy",
    ),
    *("default", "_meta", "pipfile-spec", "sources", "requires-python", "lock_version", "python-versions", "name"),
    *("dependencies", "project", "tool", "poetry", "uv", "pdm", "index", "manifest", "vcs", "directory", "wheels"),
)
values = st.recursive(
    st.sampled_from((*WRONG, "1.0", "2.1", "4.5", 6, "main", ["main"], ["default"], ["inherit_metadata"])),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=4),
    max_leaves=12,
)


def as_toml(value: object) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(key)} = {as_toml(item)}" for key, item in value.items()) + "}"
    return f"[{', '.join(map(as_toml, value))}]" if isinstance(value, list) else json.dumps(value)


HEADS: dict[str, dict[str, object]] = {
    "uv.lock": {"version": 1},
    "pylock.toml": {"lock-version": "1.0"},
    "Pipfile.lock": {"_meta": {"pipfile-spec": 6}},
}


def answer_to(name: str, document: dict[str, object]) -> Packages | TampuError:
    whole = {**document, **HEADS.get(name, {})}
    text = json.dumps(whole) if name == "Pipfile.lock" else "\n".join(f"{key} = {as_toml(whole[key])}" for key in whole)
    with TemporaryDirectory() as folder:
        (Path(folder) / name).write_text(text, encoding="utf-8")
        try:
            return packages(Tree(Path(folder)), HERE, None)
        except TampuError as error:
            return error


@pytest.mark.parametrize("name", [name for name in FILES if name.endswith((".lock", ".toml"))])
@given(document=st.dictionaries(st.sampled_from(KEYS), values, max_size=5))
def test_any_document_gives_packages_or_an_error_of_ours(name: str, document: dict[str, object]) -> None:
    answer = answer_to(name, document)

    if not isinstance(answer, TampuError):
        assert answer.manager in {MANAGERS[name], "none"}
    elif not isinstance(answer, OutsideTheApp):
        assert max(map(len, answer.as_text().splitlines())) <= WIDEST_LINE


PROJECTS = ("setup.py", "lib/setup.py", "other/setup.py")
OLD_APP = {"requirements.txt": "-e .\n-e ./lib[more]\n./other\nsix\n", **dict.fromkeys(PROJECTS, "")}


def test_folders_are_not_linked_where_links_could_not_be_moved(app: App) -> None:
    found = packages(app(OLD_APP), replace(HERE, python="2.7.18"), None)

    assert [".", "./lib[more]", "./other", "six"] == [each.line for each in found.requirements]
    assert [False, False, False] == [project.editable for project in found.local]
    assert ["requirements::not-linked"] * 2 == [notice.name for notice in found.notices]
    assert "requirements.txt, line 2 asks for a folder of the app as editable" in found.notices[1].text
    assert {".", "lib", "other", "requirements.txt"} == set(found.sources)


@pytest.mark.parametrize("python", ["3.7.16", "3.13.0"])
def test_folders_are_linked_elsewhere(app: App, python: str) -> None:
    found = packages(app(OLD_APP), replace(HERE, python=python), None)

    assert [True, True, False] == [project.editable for project in found.local]
    assert () == found.notices
