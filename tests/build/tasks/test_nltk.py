from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tampu.build.model import EnvVar, Mode
from tampu.build.tasks.nltk import NltkFailed, download, task
from tampu.world.run import Command
from tests.build.tasks.stage import CHANGES, Actor

if TYPE_CHECKING:
    from tests.build.tasks.stage import Stage


@pytest.mark.parametrize("text", [None, "", "\n  \n", "# nothing yet\n"])
def test_an_app_that_asks_for_no_data(stage: Stage, text: str | None) -> None:
    if text is not None:
        stage.write("nltk.txt", text)

    assert task(stage.tree, CHANGES) is None


def test_the_command(stage: Stage) -> None:
    expected = Command(
        argv=(
            *(f"{stage.layers}/python/bin/python3", "-m", "nltk.downloader", "-d", f"{stage.app}/.tampu/nltk_data"),
            *("--", "punkt", "stopwords"),
        ),
        cwd=stage.app,
        env={"A": "b"},
    )

    assert expected == download(stage.target(), ("punkt", "stopwords"), {"A": "b"})


def test_data_is_fetched_and_will_be_found(stage: Stage) -> None:
    stage.write("nltk.txt", "punkt stopwords\r\n# words\nwordnet # more\n")
    stage.install("nltk-3.9.1")

    found = task(stage.tree, CHANGES)
    stage.act(found, user_env={"NLTK_DOWNLOAD_URL": "http://mirror"})

    assert ["-----> Fetching the data that nltk.txt names"] == stage.said
    assert ("punkt", "stopwords", "wordnet") == stage.run.ran[0].argv[-3:]
    assert "http://mirror" == stage.run.ran[0].env["NLTK_DOWNLOAD_URL"]
    assert f"{stage.layers}/nltk_data" == stage.run.ran[0].env["NLTK_DATA"]
    assert found
    assert (EnvVar("NLTK_DATA", "{app}/.tampu/nltk_data", Mode.PREPEND),) == found.env


def test_data_without_the_toolkit_is_noticed(stage: Stage) -> None:
    stage.write("nltk.txt", "punkt\n")

    stage.act(task(stage.tree, CHANGES))

    assert [
        "",
        " !     Notice: nltk.txt asks for data, but the package nltk is not installed. Add nltk to your requirements.",
        "",
    ] == stage.said
    assert [] == stage.run.ran


UNKNOWN = (
    "[nltk_data] Error loading punk: Package 'punk' not found in index\nError installing package. Retry? [n/y/e]\n"
)


@pytest.mark.parametrize(
    ("output", "found"),
    [(UNKNOWN, "Error loading punk: Package 'punk' not found in index"), ("", "python3 ended with exit code 1")],
)
def test_data_that_cannot_be_had(stage: Stage, output: str, found: str) -> None:
    stage.write("nltk.txt", "punk\n")
    stage.install("nltk-3.9.1")

    with pytest.raises(NltkFailed) as caught:
        stage.act(task(stage.tree, CHANGES), Actor(code=1, output=output))

    assert caught.value.advice.startswith(f"Found:    {found}\n")
