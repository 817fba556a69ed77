from __future__ import annotations

import configparser
import json
import re
from typing import TYPE_CHECKING

import pytest

from tampu.build.stack import Stack
from tampu.build.tasks.stack_files import Front, digest, home_files, launch_files, paste_files, stack_file
from tampu.build.tasks.static_files import Static
from tampu.facts.entrypoint import Entry, Kind
from tampu.facts.nginx_conf import NginxConf
from tampu.values import replace
from tampu.world.files import File
from tests.build.tasks.configured import BARE, lay, read_by_nginx

if TYPE_CHECKING:
    from pathlib import Path

WSGI = Stack(server="uwsgi", entry=Entry(kind=Kind.WSGI, app="wsgi:application", evidence="wsgi.py"))
ASGI = Stack(server="asgi", entry=Entry(kind=Kind.ASGI, app="main:app", evidence="main.py"))
WORKER = Stack(server="none", processes={"mail": "python mail.py"})


def text_of(path: str, stack: Stack, front: Front = BARE) -> str:
    return next(file.text for file in home_files(stack, front) if file.path == path)


def template(stack: Stack, front: Front = BARE) -> str:
    return text_of("config/nginx.conf.template", stack, front)


def conf(*locations: str) -> NginxConf:
    return NginxConf(locations=frozenset(locations), old=())


@pytest.mark.parametrize("stack", [WSGI, ASGI], ids=["wsgi", "asgi"])
@pytest.mark.parametrize("caching", [True, False], ids=["caching", "fresh"])
def test_nginx_takes_it(stack: Stack, caching: bool, nginx_layer: Path, tmp_path: Path) -> None:  # noqa: FBT001
    front = replace(
        BARE,
        pages=("404", "500", "503"),
        statics=(Static(url="/static/", folder="web/staticfiles"),),
        version=(1, 22, 1),
        caching=caching,
    )

    text = read_by_nginx(nginx_layer, lay(stack, front, tmp_path))

    assert caching == ("open_file_cache max" in text)
    assert "alias app/.tampu/../web/staticfiles/;" in text
    assert ("proxy_pass http://tampu;" if stack is ASGI else "uwsgi_pass tampu;") in text


def test_what_is_common_may_be_said_again_in_a_users_file(nginx_layer: Path, tmp_path: Path) -> None:
    """At their level none of ours is said, so that nothing is there twice."""
    run = lay(WSGI, replace(BARE, pages=("404",), statics=(Static(url="/static/", folder="s"),)), tmp_path)
    (tmp_path / "home" / "my nginx.conf").write_text(
        "root app/current/x; client_max_body_size 9m; gzip off; keepalive_timeout 5; default_type text/plain;"
        "access_log off; error_log stderr; open_file_cache off; open_file_cache_valid 5s; charset off;"
        "sendfile off; tcp_nopush off; server_tokens on; log_not_found on; real_ip_header X-Real-IP;"
        "real_ip_recursive off; set_real_ip_from 1.2.3.4; error_page 404 /mine.html; gzip_types text/css;"
        "gzip_min_length 1; uwsgi_read_timeout 9s; reset_timedout_connection off; server_name _;"
        "auth_basic x; auth_basic_user_file x; location / { return 204; } location = /mine.html { }"
    )

    assert "client_max_body_size 9m" in read_by_nginx(nginx_layer, run)


def test_an_idle_connection_is_kept_a_while_where_nginx_can() -> None:
    assert "keepalive_min_timeout" in template(WSGI, replace(BARE, version=(1, 27, 4)))
    assert "keepalive_min_timeout" not in template(WSGI, replace(BARE, version=(1, 27, 3)))


def test_pages_of_the_app_and_named_locations_of_its_user() -> None:
    text = template(WSGI, replace(BARE, conf=conf("@404", "@app"), pages=("404", "503")))

    assert ["404 @404", "503 /.tampu-pages/503.html"] == re.findall(r"error_page (.*);", text)
    assert "location @app" not in text


def test_a_users_location_goes_before_static_files_of_django() -> None:
    static = Static(url="/static/", folder="staticfiles")

    assert "location /static/" in template(WSGI, replace(BARE, statics=(static,)))
    assert "location /static/" not in template(WSGI, replace(BARE, statics=(static,), conf=conf("/static")))


def test_programs_can_be_started() -> None:
    assert {True} == {file.executable for file in home_files(WSGI, BARE) if file.path.startswith("bin/")}


def test_a_worker_has_nothing_that_answers() -> None:
    paths = [file.path for file in home_files(WORKER, BARE)]

    assert ["bin/dcapproot.sh", "config/supervisord.conf"] == paths


def test_what_supervisord_starts_and_stops() -> None:
    stack = replace(WSGI, processes={"mail": "python mail.py; %(x)s", "clock": "y"})
    parser = configparser.RawConfigParser()
    parser.read_string(text_of("config/supervisord.conf", stack))

    programs = {name: dict(parser.items(name)) for name in parser.sections() if "program:" in name}
    assert {"fcgi-program:app", "program:nginx", "program:mail", "program:clock"} == set(programs)
    assert int(programs["fcgi-program:app"]["priority"]) < int(programs["program:nginx"]["priority"])
    assert "QUIT" == programs["program:nginx"]["stopsignal"]
    assert "app,nginx,mail,clock" == parser.get("rpcinterface:tampu", "needed")
    assert "python mail.py" not in text_of("config/supervisord.conf", stack)


def test_a_worker_is_supervised_too() -> None:
    text = text_of("config/supervisord.conf", WORKER)

    assert "[program:mail]" in text
    assert "nginx" not in text


def test_what_starts_the_app_goes_along() -> None:
    names = {file.path for file in launch_files()}

    assert {"launch/nginx_start.py", "launch/uwsgi_start.py", "launch/run_folder.py"} <= names


def test_an_ini_finds_what_it_asks_paste_for() -> None:
    ini = replace(WSGI, entry=Entry(kind=Kind.PASTE, paste="production.ini", evidence="x"))
    names = {file.path.removeprefix("launch/standins/") for file in paste_files(ini)}

    assert {"Paste.dist-info/entry_points.txt", "tampu/paste/equals/urlmap.py"} <= names
    assert () == paste_files(WSGI)
    assert () == paste_files(WORKER)


def test_what_was_decided_is_told_to_those_who_start_it() -> None:
    stack = replace(
        WSGI,
        entry=Entry(kind=Kind.WSGI, app="shop:make", factory=True, path=("src", "."), evidence="x"),
        approot="web",
        uwsgi={"harakiri": 30},
        environment=("COLOUR",),
        postinstall="./install '%s'",
    )

    file = stack_file(stack, [File(path="bin/x", text="hello")])

    told = json.loads(file.text)
    assert "stack.json" == file.path
    assert {
        "server": "uwsgi",
        "app": "shop:make",
        "factory": True,
        "paste": "",
        "path": ["src", "."],
        "approot": "web",
        "uwsgi": {"harakiri": 30},
        "newrelic": False,
        "postinstall": "./install '%s'",
        "processes": {},
        "environment": ["COLOUR"],
        "needed": ["app", "nginx"],
        "written": {"bin/x": digest("hello")},
    }.items() <= told.items()


def test_a_worker_has_no_entry() -> None:
    told = json.loads(stack_file(WORKER, ()).text)

    assert ("none", "", False, "", ["."]) == tuple(told[key] for key in ("server", "app", "factory", "paste", "path"))
