from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tampu.facts.dotcloud_packages import listed, with_listed
from tampu.facts.environment import Environment
from tampu.facts.locks.targets import Refused
from tampu.facts.package_signs import MissingProject, Unlocked
from tampu.facts.packages import FileMissing, packages

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tampu.facts.requirements import Packages
    from tampu.facts.tree import Tree

    Lay = Callable[[Mapping[str, str]], Tree]

HERE = Environment(python="3.12.4", machine="x86_64")
PYLOCK = 'lock-version = "1.0"\n[[packages]]\nname = "six"\nversion = "1.0"\n'


def lines(found: Packages) -> list[str]:
    return [requirement.line for requirement in found.requirements]


def names(found: Packages) -> list[str]:
    return [notice.name for notice in found.notices]


@pytest.mark.parametrize("text", ["--pre", "-r more.txt", "--hash=x", "not a package!", "--pre --no-index"])
def test_only_packages_can_be_listed(text: str) -> None:
    with pytest.raises(Refused):
        listed(text)


def test_the_app_s_own_line_counts(app: Lay) -> None:
    tree = app({"requirements.txt": "six==1.0\nalpha\n"})

    found = packages(tree, HERE, None, ".", ["Six>=2", "alpha", "beta"])

    assert ["six==1.0", "alpha", "beta"] == lines(found)
    assert ["dotcloud::requirement-overruled"] == names(found)
    assert "It asks for six==1.0, so Six>=2 of dotcloud.yml's requirements does not count." in found.notices[0].text


def test_lines_without_a_name_are_all_installed(app: Lay) -> None:
    tree = app({"requirements.txt": "./one\n", "one/setup.py": "", "two/setup.py": ""})

    assert ["./one", "./two"] == lines(packages(tree, HERE, None, ".", ["./two"]))


def test_a_list_alone_is_enough(app: Lay) -> None:
    found = packages(app({"app.py": ""}), HERE, None, ".", ["six==1.0"])

    assert ("dotcloud.yml", ["six==1.0"], []) == (found.manager, lines(found), names(found))
    assert "it lists requirements, and no other file does" == found.because


def test_a_list_is_no_reason_to_overlook_what_is_wrong(app: Lay) -> None:
    with pytest.raises(FileMissing):
        packages(app({"app.py": ""}), HERE, "pip", ".", ["six"])
    with pytest.raises(MissingProject):
        packages(app({"app.py": ""}), HERE, None, ".", ["./nowhere"])
    with pytest.raises(Unlocked):
        packages(app({"Pipfile": ""}), HERE, None, ".", ["six"])


def test_what_a_lock_does_not_know_needs_its_dependencies(app: Lay) -> None:
    tree = app({"pylock.toml": PYLOCK})

    assert packages(tree, HERE, None, ".", ["six"]).complete
    assert not packages(tree, HERE, None, ".", ["beta"]).complete


def test_the_list_is_a_part_of_what_an_environment_is_made_of(app: Lay) -> None:
    found = packages(app({"requirements.txt": "six"}), HERE, None)
    sources = [with_listed(found, texts).sources for texts in ([], ["alpha"], ["beta"])]

    assert found.sources == sources[0]
    assert 3 == len({tuple(each.items()) for each in sources})


APPROOT = {"requirements.txt": "six", "web/app.py": ""}


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({}, ("six", ".", "requirements.txt is present")),
        ({"web/requirements.txt": "alpha"}, ("alpha", "web", "requirements.txt is present, in web")),
        ({"web/pyproject.toml": "[tool.ruff]"}, ("six", ".", "requirements.txt is present")),
        (
            {"web/pyproject.toml": "[project]\ndependencies = ['beta']"},
            ("beta", "web", "pyproject.toml is present, and no list or lock of packages, in web"),
        ),
    ],
)
def test_files_in_the_approot_count_first(app: Lay, files: dict[str, str], expected: tuple[str, ...]) -> None:
    found = packages(app({**APPROOT, **files}), HERE, None, "web")

    assert expected == (*lines(found), found.root, found.because)


def test_the_manager_that_a_user_chose_may_have_its_file_in_either(app: Lay) -> None:
    tree = app({**APPROOT, "web/pylock.toml": PYLOCK})

    assert [".", "web"] == [packages(tree, HERE, name, "web").root for name in ("pip", "pylock")]
    with pytest.raises(FileMissing):
        packages(tree, HERE, "uv", "web")


def test_projects_of_the_approot_are_counted_from_there(app: Lay) -> None:
    tree = app({"web/requirements.txt": "-e ./lib", "web/lib/setup.py": ""})

    found = packages(tree, HERE, None, "web")

    assert ["lib"] == [project.path for project in found.local]
    assert "web" == found.sources["approot"]


def test_neither_place_tells_any(app: Lay) -> None:
    found = packages(app({"web/app.py": ""}), HERE, None, "web")

    assert ("none", "web") == (found.manager, found.root)
