from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tampu.facts.nginx_conf import error_pages, nginx_conf
from tampu.facts.tree import Tree

if TYPE_CHECKING:
    from pathlib import Path

    from tampu.facts.nginx_conf import NginxConf


def conf(app: Path, **files: str) -> NginxConf:
    for name, text in files.items():
        (app / name.replace("_", ".")).write_text(text)
    return nginx_conf(Tree(app))


@pytest.mark.parametrize(
    "text",
    [
        "location /static/ { alias x; }",
        "location /static {\n}",
        "location = /static/ {",
        "location ^~ /static/ {",
        'location "/static/"{',
        "location '/static' {",
        "deny all;location\n\t/static/\n{",
    ],
)
def test_a_location_is_known_however_it_is_written(tmp_path: Path, text: str) -> None:
    assert conf(tmp_path, nginx_conf=text).has("/static/")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "location /statics/ {",
        "location ~ /static/ {",
        "location ~* ^/static/ {",
        "# location /static/ {",
        "gzip on; # location /static/ {",
        "allocation /static/ {",
    ],
)
def test_other_locations_are_not_it(tmp_path: Path, text: str) -> None:
    assert not conf(tmp_path, nginx_conf=text).has("/static/")


def test_all_files_count_that_nginx_will_read(tmp_path: Path) -> None:
    (tmp_path / "folder.nginx.conf").mkdir()

    found = conf(
        tmp_path,
        nginx_conf="location /a/ {",
        my_nginx_conf="location /b/ {",
        uwsgi_conf="location /c/ {",
        x_conf="location /d {",
    )
    (tmp_path / ".nginx.conf").write_text("location /e/ {")

    assert {"/a", "/b"} == found.locations == nginx_conf(Tree(tmp_path)).locations


def test_pages_that_are_named_locations(tmp_path: Path) -> None:
    text = "location @404 { } location @500{ } location @499 { } location @200 { } location @app { }"

    found = conf(tmp_path, nginx_conf=text)

    assert ("404", "500") == found.pages
    assert found.has("@app")


def test_who_names_the_old_home(tmp_path: Path) -> None:
    old = "/home/dotcloud/current"

    found = conf(
        tmp_path, nginx_conf=f"root {old};", uwsgi_conf="", supervisord_conf=f"command={old}/x", other_conf=old
    )

    assert ("nginx.conf", "supervisord.conf") == found.old


def test_a_file_in_another_encoding_is_read_as_far_as_it_goes(tmp_path: Path) -> None:
    (tmp_path / "nginx.conf").write_bytes(b"# \xe9\xff\nlocation /static/ {")

    assert nginx_conf(Tree(tmp_path)).has("/static")


def test_pages_for_errors(tmp_path: Path) -> None:
    (tmp_path / "static").mkdir()
    for name in ("404.html", "503.html", "499.html", "200.html", "4040.html", "404.htm", "index.html"):
        (tmp_path / "static" / name).touch()

    assert ("404", "503") == error_pages(Tree(tmp_path))


def test_no_folder_for_pages(tmp_path: Path) -> None:
    assert () == error_pages(Tree(tmp_path))
