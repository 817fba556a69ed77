from __future__ import annotations

import hashlib
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tampu.errors import TampuError
from tampu.facts.environment import Environment
from tampu.facts.locks.lockfile import MergeConflict
from tampu.facts.locks.pip import BadLines, Loop, MissingFile, UrlInclude, read
from tampu.facts.requirements import LocalProject, Requirement
from tampu.facts.tree import OutsideTheApp, Tree

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tampu.facts.requirements import Packages

    App = Callable[[Mapping[str, str]], Tree]

HERE = Environment(python="3.12.4", machine="x86_64")
NAME = "requirements.txt"
WIDEST_LINE = 100
ONE, TWO = f"sha256:{'1' * 64}", f"sha512:{'2' * 128}"
COMMIT = "0123456789abcdef0123456789abcdef01234567"


@pytest.fixture
def ask(app: App) -> Callable[..., Packages]:
    def packages(text: str, **others: str) -> Packages:
        return read(app({NAME: text, **others}), HERE, NAME)

    return packages


def lines(packages: Packages) -> list[str]:
    return [requirement.line for requirement in packages.requirements]


@pytest.mark.parametrize(
    ("text", "line", "name"),
    [
        ("flask", "flask", "flask"),
        ("Flask_SQLAlchemy==3.1  # the ORM", "Flask_SQLAlchemy==3.1", "flask-sqlalchemy"),
        ('flask[async]==3.1 ; python_version < "3.14"', 'flask[async]==3.1 ; python_version < "3.14"', "flask"),
        ("flask >=3, \\\n  <4", "flask >=3,   <4", "flask"),
        ("flask (>=3)", "flask (>=3)", "flask"),
        ("flask==${FLASK_VERSION}", "flask==${FLASK_VERSION}", "flask"),
        ("${NAME}==1.0", "${NAME}==1.0", None),
        ("x @ https://files.example/x.zip", "x @ https://files.example/x.zip", "x"),
        ("x@https://${TOKEN}@files.example/x.zip", "x @ https://${TOKEN}@files.example/x.zip", "x"),
        (
            f"x[a] @ git+https://git.example/x@{COMMIT} ; os_name == 'posix'",
            f"x[a] @ git+https://git.example/x@{COMMIT} ; os_name == 'posix'",
            "x",
        ),
        ("git+https://git.example/x", "git+https://git.example/x", None),
        ("git+ssh://git@git.example/x@v1#egg=X", "X @ git+ssh://git@git.example/x@v1", "x"),
        ("git+git@git.example:a/x.git#egg=x", "x @ git+ssh://git@git.example/a/x.git", "x"),
        ("git+https://git.example/x#egg=x[a]&subdirectory=y", "x[a] @ git+https://git.example/x#subdirectory=y", "x"),
        ("https://files.example/x-1.0.tar.gz", "https://files.example/x-1.0.tar.gz", None),
    ],
)
def test_what_a_line_asks_for(ask: Callable[..., Packages], text: str, line: str, name: str | None) -> None:
    expected = (Requirement(line=line, name=name, origin="requirements.txt, line 1"),)

    assert expected == ask(text).requirements


@pytest.mark.parametrize(
    ("text", "line", "name", "path", "editable"),
    [
        ("./pkg", "./pkg", None, "pkg", False),
        ("pkg/", "./pkg", None, "pkg", False),
        ("./a/../pkg[x] ; os_name == 'posix'", "./pkg[x] ; os_name == 'posix'", None, "pkg", False),
        (
            "wheels/x-1.0-py3-none-any.whl",
            "./wheels/x-1.0-py3-none-any.whl",
            None,
            "wheels/x-1.0-py3-none-any.whl",
            False,
        ),
        ("x-1.0.tar.gz", "./x-1.0.tar.gz", None, "x-1.0.tar.gz", False),
        ("x @ ./pkg", "./pkg", "x", "pkg", False),
        ("x[a] @ file:pkg", "./pkg[a]", "x", "pkg", False),
        ("x @ file:///${PROJECT_ROOT}/a%20b", "./a b", "x", "a b", False),
        ("file:./pkg#egg=x", "./pkg", "x", "pkg", False),
        ("-e .", "-e .", None, ".", True),
        ("-e.[dev]", "-e .[dev]", None, ".", True),
        ("-e file:///${PROJECT_ROOT}#egg=X[a]", "-e .[a]", "x", ".", True),
        ("--editable=./pkg", "-e ./pkg", None, "pkg", True),
        ("--editable './pkg'", "-e ./pkg", None, "pkg", True),
        ("-e pkg/x", "-e ./pkg/x", None, "pkg/x", True),
    ],
)
def test_a_place_in_the_app(
    ask: Callable[..., Packages], text: str, line: str, name: str | None, path: str, *, editable: bool
) -> None:
    found = ask(text)

    assert (LocalProject(path=path, editable=editable),) == found.local
    assert (line, name) == (found.requirements[0].line, found.requirements[0].name)


def test_an_editable_repository_is_installed_as_it_is_with_a_notice(ask: Callable[..., Packages]) -> None:
    found = ask("-e git+https://git.example/x@v1#egg=x")

    assert ["x @ git+https://git.example/x@v1"] == lines(found)
    assert ["requirements::editable-repository"] == [notice.name for notice in found.notices]
    assert "git.example" in found.notices[0].text


@pytest.mark.parametrize("form", ["--hash={}", "--hash {}"])
def test_hashes_leave_the_line(ask: Callable[..., Packages], form: str) -> None:
    found = ask(f"flask==3.1 \\\n    {form.format(ONE)} \\\n    {form.format(TWO)}\n# via nothing\nsix")

    assert [("flask==3.1", (ONE, TWO)), ("six", ())] == [(item.line, item.hashes) for item in found.requirements]


def test_a_comment_ends_a_line_that_goes_on(ask: Callable[..., Packages]) -> None:
    found = ask("flask \\\n  # why\nsix\\")

    assert ["flask", "six"] == lines(found)
    assert "requirements.txt, line 3" == found.requirements[1].origin


def test_options_are_written_one_way(ask: Callable[..., Packages]) -> None:
    found = ask(
        "-i https://index.example/simple\n--extra-index-url=https://${USER}:${PASSWORD}@more.example/simple --pre\n"
        "-fhttps://files.example/\n--no-index\n--no-index\n--only-binary :all:\n--trusted-host index.example\n"
    )

    assert (
        "--index-url=https://index.example/simple",
        "--extra-index-url=https://${USER}:${PASSWORD}@more.example/simple",
        "--pre",
        "--find-links=https://files.example/",
        "--no-index",
        "--only-binary=:all:",
        "--trusted-host=index.example",
    ) == found.options


def test_a_folder_of_wheels_counts_from_its_file_or_from_the_app(app: App) -> None:
    tree = app(
        {
            NAME: "-r requirements/base.txt",
            "requirements/base.txt": "--find-links wheels\n-f vendor",
            "requirements/wheels/x.whl": "",
            "vendor/y.whl": "",
        }
    )

    found = read(tree, HERE, NAME)

    assert ("--find-links=./requirements/wheels", "--find-links=./vendor") == found.options
    assert {NAME, "requirements/base.txt", "requirements/wheels", "vendor"} == found.sources.keys()


def test_files_are_included_from_where_they_stand(app: App) -> None:
    tree = app(
        {
            NAME: "-r requirements/prod.txt\n-rrequirements/base.txt\nsix",
            "requirements/prod.txt": "--requirement=base.txt\n-c limits.txt\ngunicorn",
            "requirements/base.txt": "flask",
            "requirements/limits.txt": "werkzeug<4\n-r more.txt",
            "requirements/more.txt": "click<9",
        }
    )

    found = read(tree, HERE, NAME)

    assert ["flask", "gunicorn", "six"] == lines(found)
    assert ["werkzeug<4", "click<9"] == [constraint.line for constraint in found.constraints]
    assert "requirements/base.txt, line 1" == found.requirements[0].origin
    assert hashlib.sha256(b"flask").hexdigest() == found.sources["requirements/base.txt"]
    assert 5 == len(found.sources)


def test_lists_for_tests_are_read_too_when_they_are_wanted(app: App) -> None:
    tree = app({NAME: "flask", "requirements-test.txt": "-r requirements.txt\npytest", "requirements/dev.txt": "ruff"})

    found = read(tree, Environment(python="3.12.4", machine="x86_64", groups=("test", "dev")), NAME)

    assert ["flask", "pytest", "ruff"] == lines(found)
    assert ["flask"] == lines(read(tree, HERE, NAME))


def test_a_circle_is_shown_whole(app: App) -> None:
    tree = app({NAME: "-r a.txt", "a.txt": "-c b.txt", "b.txt": "-r a.txt"})

    with pytest.raises(Loop) as caught:
        read(tree, HERE, NAME)

    assert "a.txt includes\n          b.txt includes\n          a.txt" in caught.value.advice


def test_a_missing_file_is_told_with_the_line_that_asks_for_it(ask: Callable[..., Packages]) -> None:
    with pytest.raises(MissingFile) as caught:
        ask("flask\n\n-r base.txt")

    assert "no base.txt\nExpected: that file, which requirements.txt, line 3 includes" in caught.value.advice


def test_a_file_from_the_network_is_refused(ask: Callable[..., Packages]) -> None:
    with pytest.raises(UrlInclude, match=r"requirements\.txt, line 1"):
        ask("-c https://files.example/constraints.txt")


@pytest.mark.parametrize(
    "text",
    ["-r ../base.txt", "-e ../pkg", "/home/me/pkg", "~/pkg", "x @ file:///home/me/x", "-f ../wheels", f"./{'x' * 300}"],
)
def test_what_is_outside_the_app_is_refused(ask: Callable[..., Packages], text: str) -> None:
    with pytest.raises(OutsideTheApp, match=r"requirements\.txt, line 1"):
        ask(text)


def test_a_merge_that_was_not_finished(ask: Callable[..., Packages]) -> None:
    with pytest.raises(MergeConflict) as caught:
        ask("flask\n<<<<<<< HEAD\nsix\n=======\n>>>>>>> main\n")

    assert "<<<<<<< HEAD in line 2" in caught.value.advice


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("flask=3.1", "Expected"),
        ("pip install flask", "Expected"),
        ("flask ; python is old", "Expected"),
        ("./pkg ; python is old", "Expected"),
        ("flask@3.1", "versions come after ==, addresses after @"),
        ("-e flask", "only a folder"),
        ("-e pkg.whl", "only a folder"),
        ("-e x @ https://files.example/x.zip", "only a folder"),
        ("-r", "--requirement has no value"),
        ("--index-url", "--index-url has no value"),
        ("--process-dependency-links", "--process-dependency-links is no option"),
        ('-f "wheels', "no closing quotation"),
        ("flask --hash=md5:d41d8cd98f00b204e9800998ecf8427e", "a hash is sha256:"),
        ("flask --hash=sha256:123", "a hash is sha256:"),
        ('flask --config-settings="a=b"', "--config-settings can't be set"),
        ("C:\\wheels\\x", "Expected"),
    ],
)
def test_a_line_that_asks_for_nothing_is_told(ask: Callable[..., Packages], text: str, why: str) -> None:
    with pytest.raises(BadLines) as caught:
        ask(f"# mine\n{text}")

    assert "requirements.txt has a line that can't be read" == caught.value.title
    assert "Found:    line 2: " in caught.value.advice
    assert why in caught.value.advice


def test_all_bad_lines_of_a_file_are_told_at_once(ask: Callable[..., Packages]) -> None:
    with pytest.raises(BadLines) as caught:
        ask("flask=1\nsix\nclick 8")

    assert "requirements.txt has lines that can't be read" == caught.value.title
    assert ["line 1: flask=1", "line 3: click 8"] == [
        line.removeprefix("Found:").strip() for line in caught.value.advice.splitlines() if "line " in line[:17]
    ]


WORDS = st.sampled_from(
    [
        "flask",
        "==1.0",
        " ",
        "\\",
        "\n",
        "#",
        "-e",
        "-r",
        "--hash=",
        "[a]",
        "@",
        ";",
        "git+",
        "file:",
        "../",
        "${A}",
        '"',
        "%00",
    ]
)


def answer_to(text: str) -> Packages | TampuError:
    with TemporaryDirectory() as folder:
        (Path(folder) / NAME).write_bytes(text.encode("utf-8", "replace"))
        try:
            return read(Tree(Path(folder)), HERE, NAME)
        except TampuError as error:
            return error


@given(text=st.lists(WORDS | st.text(max_size=8)).map("".join) | st.text())
def test_any_text_gives_requirements_or_an_error_of_ours_that_fits_a_terminal(text: str) -> None:
    answer = answer_to(text)

    if isinstance(answer, TampuError) and not isinstance(answer, OutsideTheApp):
        assert max(map(len, answer.as_text().splitlines())) <= WIDEST_LINE


def test_an_address_after_a_name_is_no_path(app: App) -> None:
    with pytest.raises(BadLines, match="can't be read") as caught:
        read(app({NAME: "alpha = https://index.example/alpha\n"}), HERE, NAME)

    assert "line 1: alpha = https://index.example/alpha" in caught.value.advice
