from __future__ import annotations

import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tampu.errors import TampuError
from tampu.facts.documents import read_json, read_yaml
from tampu.facts.excerpt import WIDTH, excerpt
from tampu.facts.python import Request, misnamed, overruled, python_requests
from tampu.facts.toml import read_toml
from tampu.facts.tree import Tree

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

WIDEST_LINE = 100
FILES = (
    "runtime.txt",
    ".python-version",
    "dotcloud.yml",
    "Pipfile.lock",
    "uv.lock",
    "poetry.lock",
    "pyproject.toml",
    ".tool-versions",
)


def write(folder: Path, name: str, content: str | bytes) -> Tree:
    (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    return Tree(folder)


def spec_of(folder: Path, name: str, content: str | bytes) -> str:
    (request,) = python_requests(write(folder, name, content))
    assert request.origin.startswith(name)
    return request.spec


def error_of(folder: Path, name: str, content: str | bytes) -> TampuError:
    with pytest.raises(TampuError) as caught:
        python_requests(write(folder, name, content))
    return caught.value


def pipfile_lock(**requires: str) -> str:
    return json.dumps({"_meta": {"requires": requires}, "default": {}})


def poetry_lock(versions: str) -> str:
    return f'[[package]]\nname = "x"\n\n[metadata]\nlock-version = "2.1"\npython-versions = "{versions}"\n'


def pyproject(versions: str) -> str:
    return f'[project]\nname = "x"\nrequires-python = "{versions}"\n'


def test_an_app_that_says_nothing_asks_for_nothing(tmp_path: Path) -> None:
    assert python_requests(Tree(tmp_path)) == ()
    assert overruled(Tree(tmp_path)) == ()


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("runtime.txt", "python-3.12.4", Request(spec="==3.12.4", origin="runtime.txt", text="python-3.12.4")),
        (".python-version", "3.12\n", Request(spec="==3.12.*", origin=".python-version", text="3.12")),
        (
            "dotcloud.yml",
            "www:\n  type: python\n  config:\n    python_version: v3.12\n",
            Request(spec="==3.12.*", origin="dotcloud.yml", text="v3.12"),
        ),
        (
            "Pipfile.lock",
            pipfile_lock(python_version="3.12"),
            Request(spec="==3.12.*", origin="Pipfile.lock", text='python_version = "3.12"'),
        ),
        ("uv.lock", 'requires-python = ">=3.10"\n', Request(spec=">=3.10", origin="uv.lock", text=">=3.10")),
        ("poetry.lock", poetry_lock("^3.10"), Request(spec=">=3.10,<4", origin="poetry.lock", text="^3.10")),
        ("pyproject.toml", pyproject(">=3.9"), Request(spec=">=3.9", origin="pyproject.toml", text=">=3.9")),
        (
            ".tool-versions",
            "python 3.12.4\n",
            Request(spec="==3.12.4", origin=".tool-versions", text="python 3.12.4"),
        ),
    ],
)
def test_every_file_that_may_ask(tmp_path: Path, name: str, content: str, expected: Request) -> None:
    assert python_requests(write(tmp_path, name, content)) == (expected,)


def test_files_are_heard_in_the_order_of_their_weight(tmp_path: Path) -> None:
    write(tmp_path, ".tool-versions", "python 3.9.1")
    write(tmp_path, "pyproject.toml", pyproject(">=3.10"))
    write(tmp_path, "poetry.lock", poetry_lock("^3.10"))
    write(tmp_path, "uv.lock", 'requires-python = ">=3.10"')
    write(tmp_path, "Pipfile.lock", pipfile_lock(python_version="3.11"))
    write(tmp_path, "dotcloud.yml", "www: {type: python, config: {python_version: v3.12}}")
    write(tmp_path, ".python-version", "3.13")
    write(tmp_path, "runtime.txt", "python-3.14")

    assert tuple(request.origin for request in python_requests(Tree(tmp_path))) == FILES


@pytest.mark.parametrize(
    "content",
    [
        "python-3.12.4",
        "\n\n  python-3.12.4  \n\n",
        "# for the platform\npython-3.12.4 # not newer\n",
        "\ufeffpython-3.12.4\r\n",
        b"\xff\xfe" + "python-3.12.4\r\n".encode("utf-16-le"),
        b"\xfe\xff" + "python-3.12.4\n".encode("utf-16-be"),
        "python-3.12.4\r",
    ],
    ids=["plain", "blanks", "comments", "mark and line ends of Windows", "UTF-16", "UTF-16, big end first", "old Mac"],
)
@pytest.mark.parametrize("name", ["runtime.txt", ".python-version"])
def test_one_version_in_many_spellings(tmp_path: Path, name: str, content: str | bytes) -> None:
    assert spec_of(tmp_path, name, content) == "==3.12.4"


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("runtime.txt", "python-3.12.x", "==3.12.*"),
        ("runtime.txt", "python-3.x", "==3.*"),
        (".python-version", "3", "==3.*"),
        (".python-version", "python-3.12", "==3.12.*"),
        ("Pipfile.lock", pipfile_lock(python_version="3.12", python_full_version="3.12.4"), "==3.12.4"),
        ("dotcloud.yml", "www: {config: {python_version: 3.10}}", "==3.10.*"),
        ("dotcloud.yml", "a: {config: {python_version: v3.12}}\nb: {config: {python_version: v3.12}}", "==3.12.*"),
        (".tool-versions", "nodejs 20\n\npython 3.12.4 3.11.9 system # both\npython 3.9.1", "==3.12.4"),
        ("uv.lock", 'version = 1\nrequires-python = "==3.12.*"\n\n[[package]]\nname = = "x"', "==3.12.*"),
        ("pyproject.toml", pyproject(" >= 3.9 , < 4 "), ">=3.9,<4"),
        ("pyproject.toml", pyproject("~=3.10"), "~=3.10"),
        ("pyproject.toml", '[tool.poetry.dependencies]\npython = "~3.10"', ">=3.10,<3.11"),
        ("pyproject.toml", '[tool.poetry.dependencies]\npython = {version = "^3.10"}', ">=3.10,<4"),
    ],
)
def test_other_forms_that_are_understood(tmp_path: Path, name: str, content: str, expected: str) -> None:
    assert spec_of(tmp_path, name, content) == expected


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("^3.10.2", ">=3.10.2,<4"),
        ("~3", ">=3,<4"),
        ("~3.10.2", ">=3.10.2,<3.11"),
        ("~=3.10", "~=3.10"),
        (">= 3.8, <4.0", ">=3.8,<4.0"),
        (">=3.8 <4.0", ">=3.8,<4.0"),
        (">=3.8,<>3.9.1", ">=3.8,!=3.9.1"),
        ("~2.7 || ^3.5", ">=3.5,<4"),
        ("^3.6|~2.7", ">=3.6,<4"),
        ("3.12.*", "==3.12.*"),
        ("3.12.4", "==3.12.4"),
        ("=3.12.4", "==3.12.4"),
    ],
)
def test_what_poetry_writes(tmp_path: Path, written: str, expected: str) -> None:
    assert spec_of(tmp_path, "poetry.lock", poetry_lock(written)) == expected


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("pyproject.toml", "[project]\nname = 'x'\n"),
        ("pyproject.toml", "project = 1\n"),
        ("pyproject.toml", pyproject("")),
        ("poetry.lock", poetry_lock("*")),
        ("poetry.lock", ""),
        ("uv.lock", "version = 1\n"),
        ("Pipfile.lock", pipfile_lock()),
        ("Pipfile.lock", pipfile_lock(python_version="*")),
        ("Pipfile.lock", '{"_meta": []}'),
        ("dotcloud.yml", ""),
        ("dotcloud.yml", "# later\n"),
        ("dotcloud.yml", "www: {type: python}\ndb: {type: mysql, config: {python_version: v3.1}}\nx: 1\n"),
        (".tool-versions", "nodejs 20.1.0\n"),
    ],
)
def test_files_that_ask_for_no_python(tmp_path: Path, name: str, content: str) -> None:
    assert python_requests(write(tmp_path, name, content)) == ()


def test_both_tables_of_a_pyproject_count(tmp_path: Path) -> None:
    tree = write(tmp_path, "pyproject.toml", pyproject(">=3.9") + '[tool.poetry.dependencies]\npython = "^3.10"\n')

    assert [request.origin for request in python_requests(tree)] == ["pyproject.toml", "pyproject.toml's tool.poetry"]


@pytest.mark.parametrize(
    ("name", "content", "reason", "literal"),
    [
        ("runtime.txt", "python3.12", "wrong-form", "python-3.12"),
        ("runtime.txt", "Python-3.12.4", "wrong-form", "python-3.12.4"),
        ("runtime.txt", "3.12", "wrong-form", "python-3.12"),
        ("runtime.txt", "python\u20113.12", "wrong-form", "python-3.12"),
        ("runtime.txt", "python-3.14.0rc1", "wrong-form", "python-3.14.0"),
        ("runtime.txt", "python-3.012", "wrong-form", "python-3.012"),
        ("runtime.txt", "python-", "wrong-form", "python-3.13"),
        ("runtime.txt", "node-20", "wrong-form", "python-3.13"),
        ("runtime.txt", "pypy-7.3", "not-cpython", "python-3.13"),
        ("runtime.txt", "pypy3.10-7.3.12", "not-cpython", "\n    python-3.13"),
        ("runtime.txt", "# nothing\n\n", "empty", "such as python-3.13"),
        ("runtime.txt", "", "empty", "delete the file"),
        ("runtime.txt", "python-3.12\npython-3.11\n", "several", "python-3.12"),
        (".python-version", "3.12.4 3.11.9", "several", "3.12.4"),
        (".python-version", "3.12.4\n3.11.9\n", "several", "Found:    3.12.4, 3.11.9"),
        (".python-version", "miniconda3-4.7.12", "not-cpython", "3.13"),
        (".python-version", "3.13t", "wrong-form", "3.13"),
        (".python-version", "system", "wrong-form", "3.13"),
        (".tool-versions", "python\n", "empty", "such as python 3.13"),
        (".tool-versions", "python latest:3.12", "wrong-form", "python 3.12"),
        ("dotcloud.yml", "www: {config: {python_version: 3.12-dev}}", "wrong-form", "python_version: v3.12"),
        ("dotcloud.yml", "www: {config: {python_version: [3]}}", "wrong-form", "python_version: v3.13"),
        (
            "dotcloud.yml",
            "a: {config: {python_version: v3.12}}\nb: {config: {python_version: v3.9}}",
            "several",
            "python_version: v3.12",
        ),
        ("Pipfile.lock", pipfile_lock(python_version="three"), "wrong-form", "in Pipfile, run `pipenv lock`"),
        ("uv.lock", 'requires-python = "3.12"', "bad-range", 'requires-python = ">=3.13"'),
        ("uv.lock", "requires-python = 3.12", "bad-range", "in pyproject.toml, run `uv lock`"),
        ("poetry.lock", poetry_lock("^three"), "bad-range", 'python = "^3.13"'),
        ("poetry.lock", "\n[metadata]\npython-versions = 3", "bad-range", "run `poetry lock`"),
        ("pyproject.toml", pyproject(">=3.x"), "bad-range", "Found:    >=3.x"),
        ("pyproject.toml", pyproject(">=" + "9" * 5000), "bad-range", "..."),
        ("runtime.txt", "python-3.12".encode("utf-16-le"), "unreadable", r"printf 'python-3.13\n' > runtime.txt"),
        (".python-version", b"3.12 # caf\xe9", "unreadable", "Found:    byte 10 is not utf-8"),
    ],
)
def test_unclear_wishes(tmp_path: Path, name: str, content: str | bytes, reason: str, literal: str) -> None:
    error = error_of(tmp_path, name, content)

    assert error.reason == f"python-version::{reason}"
    assert name in error.title
    assert literal in error.advice


@pytest.mark.parametrize(
    ("name", "content", "reason", "where"),
    [
        ("pyproject.toml", '[project]\nname = "x\n', "app::bad-toml", "line 2: Illegal character"),
        ("pyproject.toml", "[project]\nname = [1,\n", "app::bad-toml", "line 3"),
        ("pyproject.toml", "x = " + "[" * 5000, "app::bad-toml", "line 1"),
        ("uv.lock", "version =\n", "app::bad-toml", "line 1: Invalid value\n          version =\n"),
        ("poetry.lock", "[[package]]\n\n[metadata]\n\nx = = 1\n", "app::bad-toml", "line 5: Invalid value"),
        ("Pipfile.lock", '{\n"a": 1,\n"b"}', "app::bad-json", "line 3"),
        ("Pipfile.lock", "[]", "app::bad-json", "line 1: a list"),
        ("Pipfile.lock", "", "app::bad-json", "line 1"),
        ("Pipfile.lock", "[" * 100_000, "app::bad-json", "recursion"),
        ("dotcloud.yml", "www:\n\ttype: python\n", "app::bad-yaml", "line 2: found character"),
        ("dotcloud.yml", "- www\n", "app::bad-yaml", "line 1: a list"),
        ("dotcloud.yml", "www: !!int x\n", "app::bad-yaml", "invalid literal"),
        ("dotcloud.yml", "www: \x01\n", "app::bad-yaml", "unacceptable character"),
        ("dotcloud.yml", "{" * 1000 + "www:\n", "app::bad-yaml", "line 1: more than 100 brackets"),
    ],
)
def test_documents_with_broken_syntax(tmp_path: Path, name: str, content: str, reason: str, where: str) -> None:
    error = error_of(tmp_path, name, content)

    assert error.reason == reason
    assert where in error.advice


def test_an_unclear_wish_is_harmless_where_another_decides(tmp_path: Path) -> None:
    write(tmp_path, "runtime.txt", "python-3.12")
    tree = write(tmp_path, ".python-version", "3.12.4\n3.11.9\n")

    assert [request.origin for request in python_requests(tree)] == ["runtime.txt"]
    (notice,) = overruled(tree)
    assert notice.name == "python-version::overruled"
    assert notice.text == ".python-version names several versions; another file decides.\nFound:    3.12.4, 3.11.9"


def test_an_unclear_wish_counts_where_it_would_decide(tmp_path: Path) -> None:
    write(tmp_path, "runtime.txt", "three")

    assert error_of(tmp_path, ".python-version", "3.12").reason == "python-version::wrong-form"


@pytest.mark.parametrize(
    ("name", "right"),
    [
        ("Runtime.txt", "runtime.txt"),
        ("runtime.txt.txt", "runtime.txt"),
        (".runtime.txt", "runtime.txt"),
        ("runtimes.txt", "runtime.txt"),
        ("python-version", ".python-version"),
        (".python_version", ".python-version"),
        (".python-versions", ".python-version"),
        (".python-version.txt", ".python-version"),
        ("tool-versions", ".tool-versions"),
        (".tool-version", ".tool-versions"),
    ],
)
def test_misspelled_names(tmp_path: Path, name: str, right: str) -> None:
    (notice,) = misnamed(write(tmp_path, name, "python-3.12"))

    assert notice.name == "python-version::misnamed"
    assert notice.text.splitlines()[0] == f"{name} is not read: the right name is {right}."


def test_right_names_other_files_and_folders_are_left_in_peace(tmp_path: Path) -> None:
    for name in ("runtime.txt", ".python-version", ".tool-versions", "runtime.py", "runtime"):
        write(tmp_path, name, "")
    (tmp_path / "python-version").mkdir()

    assert misnamed(Tree(tmp_path)) == ()


def test_an_excerpt_is_short_and_shows_what_can_not_be_seen() -> None:
    assert excerpt(" python\u2013\u200b3.12\t ") == r"python\u2013\u200b3.12\t"
    assert excerpt("x" * 1000) == "x" * (WIDTH - 3) + "..."
    assert excerpt("x" * WIDTH) == "x" * WIDTH


wishes = st.one_of(
    st.text(),
    st.text(alphabet="python-3.124xv|^~=<>!*, \n\r\t#\"'[]{}:_\ufeff\0"),
    st.lists(st.sampled_from(["python", "-", "3", ".", "12", "pypy", "\n", " ", "^", "||", ">=", "<4", "*"])).map(
        "".join
    ),
)


def answer_to(name: str, content: bytes) -> tuple[Request, ...] | TampuError:
    with TemporaryDirectory() as folder:
        tree = write(Path(folder), name, content)
        try:
            requests = python_requests(tree)
        except TampuError as error:
            return error
        assert overruled(tree) == ()
        return requests


def is_sound(answer: tuple[Request, ...] | TampuError) -> bool:
    if isinstance(answer, TampuError):
        return max(map(len, answer.as_text().splitlines())) <= WIDEST_LINE
    return all(request.spec for request in answer)


@pytest.mark.parametrize("name", FILES)
@given(content=wishes.map(lambda text: text.encode("utf-8", "surrogatepass")) | st.binary())
def test_any_content_gives_requests_or_an_error_of_ours(name: str, content: bytes) -> None:
    assert is_sound(answer_to(name, content))


@pytest.mark.parametrize(
    ("name", "frame"),
    [
        ("pyproject.toml", "[project]\nrequires-python = {}\n"),
        ("pyproject.toml", "[tool.poetry.dependencies]\npython = {}\n"),
        ("poetry.lock", "[metadata]\npython-versions = {}\n"),
        ("Pipfile.lock", '{{"_meta": {{"requires": {{"python_version": {}}}}}}}'),
        ("dotcloud.yml", "www: {{config: {{python_version: {}}}}}"),
    ],
)
@given(wish=wishes)
def test_any_wish_inside_a_document_gives_requests_or_an_error_of_ours(name: str, frame: str, wish: str) -> None:
    assert is_sound(answer_to(name, frame.format(json.dumps(wish)).encode()))
    assert is_sound(answer_to(name, frame.format(wish).encode("utf-8", "surrogatepass")))


def document_in(text: str, read: Callable[[str, str], Mapping[str, object]]) -> Mapping[str, object] | TampuError:
    try:
        return read(text, "document")
    except TampuError as error:
        return error


@pytest.mark.parametrize("read", [read_json, read_toml, read_yaml])
@given(text=st.text() | st.text(alphabet="!abinfostrulmeyp &*[]{}:-?<=0129.x_\n\t'\"|>%@"))
def test_any_text_is_a_document_or_an_error_of_ours(
    read: Callable[[str, str], Mapping[str, object]], text: str
) -> None:
    answer = document_in(text, read)

    assert not isinstance(answer, TampuError) or max(map(len, answer.as_text().splitlines())) <= WIDEST_LINE
