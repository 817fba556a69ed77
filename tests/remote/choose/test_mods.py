from __future__ import annotations

import pytest

from tampu.remote.choose import mods
from tampu.remote.choose.model import KNOWN, Choice, Unsure

YAML = Choice(name="yaml", distribution="pyyaml", requirement="pyyaml", because="well known", confidence=KNOWN)
NODE = Choice(name="_yaml", distribution="pyyaml", requirement="pyyaml", because="well known", confidence=KNOWN)
SNAPPY = Unsure(name="snappy", where="main.py:3", candidates=("python-snappy", "ctypes-snappy"))
FOO = Unsure(name="foo", where="main.py:4")


def test_the_file_is_made_to_be_read() -> None:
    text = mods.written(["requests==2.32.3", "flask>=3,<4"], [YAML, NODE], [SNAPPY, FOO])

    assert text == (
        f"{mods.HEAD}\nrequests\t2.32.3\nflask\t>=3,<4\n\n{mods.GUESSED}\npyyaml\t\t# for yaml, _yaml: well known\n\n"
        f"{mods.UNDECIDED}\n# snappy (main.py:3)\n#python-snappy\t\t# for snappy\n#ctypes-snappy\t\t# for snappy\n"
        "# foo (main.py:4)\n#WRITE-ITS-NAME-HERE\t\t# for foo\n"
    )


def test_what_is_written_is_read_again() -> None:
    sure = [
        "requests==2.32.3",
        "flask>=3,<4",
        "uvicorn[standard]",
        "tomli==2.0; python_version < '3.11'",
        "x @ https://a/x.whl",
        "y @ git+https://a/y#subdirectory=in",
        "./wheels/my_own-1.0-py3-none-any.whl",
    ]

    found = mods.read(mods.written(sure, [YAML, NODE], [SNAPPY]), "conf/mods")

    assert [each.replace(" ", "") for each in (*sure, "pyyaml")] == [
        each.replace(" ", "") for each in found.requirements
    ]
    assert {"yaml": "pyyaml", "_yaml": "pyyaml"} == dict(found.pins)


def test_a_line_that_is_chosen_by_hand_is_for_its_import() -> None:
    text = mods.written([], [], [SNAPPY]).replace("#python-snappy\t\t", "python-snappy\t0.7\t")

    assert {"snappy": "python-snappy==0.7"} == dict(mods.read(text, "conf/mods").pins)


def test_files_of_old_are_read() -> None:
    found = mods.read("requests\t2.31.0\n\n#### guessed ####\nPyYAML\t\r\n#### unknown ####\n#snappy\n", "conf/mods")

    assert ("requests==2.31.0", "pyyaml") == found.requirements


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("./wheels/my_own-1.0-py3-none-any.whl", "my-own"),
        ("./My.Own-kit-1.0.tar.gz[extra] ; python_version > '3'", "my-own-kit"),
        ("./kit/setup-1", "./kit/setup-1"),
        ("requests[socks]>=2", "requests"),
    ],
)
def test_an_archive_is_called_after_its_file(line: str, name: str) -> None:
    assert name == mods.distribution(line)


@pytest.mark.parametrize("line", ["=1.0", "requests\ttwo", "a b c", "-e .", "requests>=2\0", "requests~=2\x1b[2J"])
def test_a_line_that_says_nothing_is_named(line: str) -> None:
    with pytest.raises(mods.BadLine, match=r"conf/mods has a line") as told:
        mods.read(f"# one\n{line}\n", "conf/mods")

    assert "line 2: " in told.value.advice
