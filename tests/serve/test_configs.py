"""Which config is meant by what was written."""

from __future__ import annotations

from pathlib import Path

import pytest

from tampu.paste.troubles import NoConfig
from tampu.serve import configs
from tampu.serve.options import Call

MAIN = "[app:main]\nuse = call:shop:make\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("shop.ini", "my shop.ini"):
        (tmp_path / name).write_text(MAIN)
    return tmp_path


@pytest.mark.parametrize(
    ("said", "address", "title"),
    [
        ("shop.ini", "config:{}/shop.ini", "shop.ini"),
        ("my shop.ini", "config:{}/my%20shop.ini", "my shop.ini"),
        ("config:my%20shop.ini", "config:{}/my%20shop.ini", "my shop.ini"),
        ("shop.ini#admin", "config:{}/shop.ini#admin", "shop.ini#admin"),
        ("egg:Shop#main", "egg:Shop#main", "egg:Shop#main"),
    ],
)
def test_it_is_found(folder: Path, said: str, address: str, title: str) -> None:
    found = configs.find(Call(here=folder, config=said))

    assert (address.format(folder), folder, title) == (found.address, found.folder, found.title)


def test_from_the_root_it_is_named_whole(folder: Path) -> None:
    said = str(folder / "shop.ini")

    assert said == configs.find(Call(here=Path("/"), config=said)).title


def test_the_only_one_that_a_folder_has_is_meant(folder: Path) -> None:
    (folder / "my shop.ini").unlink()
    (folder / "tox.ini").write_text("[tox]\n")

    assert "shop.ini" == configs.find(Call(here=folder)).title


def test_of_several_it_is_the_one_for_development(folder: Path) -> None:
    (folder / "development.ini").write_text(MAIN)

    assert f"config:{folder}/development.ini" == configs.find(Call(here=folder.parent, config=str(folder))).address


def test_of_several_others_none_is_meant(folder: Path) -> None:
    with pytest.raises(configs.WhichConfig):
        configs.find(Call(here=folder))


def test_a_missing_one_is_an_error(folder: Path) -> None:
    with pytest.raises(NoConfig):
        configs.find(Call(here=folder, config="nothing.ini"))


def test_an_app_without_a_config_is_found_as_for_production(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text("from flask import Flask\n\napp = Flask(__name__)\n")
    found = configs.find(Call(here=tmp_path))
    assert ("call:app:app", "app", None) == (found.address, found.plain, found.server)

    (tmp_path / "app.py").write_text("from fastapi import FastAPI\n\n\ndef create_app():\n    return FastAPI()\n")
    found = configs.find(Call(here=tmp_path))
    assert ("call:app:create_app", "factory", "egg:tampu#uvicorn") == (found.address, found.plain, found.server)

    (tmp_path / "production.cfg").write_text(MAIN)
    found = configs.find(Call(here=tmp_path), "config:production.cfg")
    assert (f"config:{tmp_path}/production.cfg", "") == (found.address, found.plain)


def test_a_folder_with_nothing_to_serve_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(configs.WhichConfig):
        configs.find(Call(here=tmp_path))
