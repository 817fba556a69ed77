from __future__ import annotations

import io
import os
import tarfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tampu.build.model import Step, Target
from tampu.build.stack import Stack
from tampu.build.tasks.stack_errors import BadNginxConf
from tampu.facts.nginx_conf import NginxConf, nginx_conf
from tampu.facts.tree import Tree
from tampu.platforms.doctor_nginx import NamesOldHome, at_hand, old_home, tried
from tampu.world import World
from tampu.world.cache import Cache, Key
from tampu.world.console import PlainConsole
from tampu.world.fetch import OnDemand
from tampu.world.run import Processes
from tests.kit.builds import names, write_app

if TYPE_CHECKING:
    from collections.abc import Mapping

STEP = Step(name="nginx", title="Installing nginx", key=Key({"nginx": "1.28.0"}), make=lambda _: None)


@pytest.fixture(scope="session")
def nginx(mirror: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    layer = tmp_path_factory.mktemp("nginx")
    with tarfile.open(next(mirror.glob("nginx-*.tar.gz"))) as archive:
        archive.extractall(layer)  # noqa: S202 - we made it
    return layer / "bin" / "nginx"


def world(folder: Path, environ: Mapping[str, str]) -> World:
    say = PlainConsole(io.StringIO(), io.StringIO())
    cache = Cache(folder / "cache")
    return World(run=Processes(say), fetch=OnDemand(environ=environ, say=say), cache=cache, say=say, environ=environ)


def program(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(0o755)
    return path


def conf(*old: str) -> NginxConf:
    return NginxConf(locations=frozenset(), old=old)


def test_configurations_that_name_no_old_home_are_fine(tmp_path: Path) -> None:
    assert "no configuration names any" == old_home(conf(), tmp_path, Path("/old/home"))


def test_the_old_home_may_become_a_link(tmp_path: Path) -> None:
    old, app = tmp_path / "old", tmp_path / "app"

    assert f"nginx.conf name {old}, which becomes a link to the app" == old_home(conf("nginx.conf"), app, old)
    old.symlink_to(app)
    assert f"nginx.conf name {old}, which becomes a link to the app" == old_home(conf("nginx.conf"), app, old)


@pytest.mark.parametrize("place", ["taken", "nowhere/old"])
def test_an_old_home_that_can_not_be_is_a_problem(tmp_path: Path, place: str) -> None:
    (tmp_path / "taken").mkdir()

    with pytest.raises(NamesOldHome) as caught:
        old_home(conf("my.nginx.conf", "uwsgi.conf"), tmp_path / "app", tmp_path / place)

    assert "my.nginx.conf, uwsgi.conf, and " in caught.value.advice


def test_an_nginx_at_hand_is_the_one_that_would_run(tmp_path: Path) -> None:
    target = Target(app=tmp_path / "app", layers=tmp_path / "app/.tampu", local=True)
    place = world(tmp_path, {})

    assert at_hand(target, None, place) is None
    assert at_hand(target, STEP, place) is None
    program(tmp_path / "made/bin/nginx")
    kept = place.cache.keep("nginx", STEP.key, tmp_path / "made")
    assert kept / "bin/nginx" == at_hand(target, STEP, place)
    own = program(tmp_path / "app/bin/nginx")
    assert own == at_hand(target, STEP, place)


def try_it(tmp_path: Path, nginx: Path, files: dict[str, str]) -> str:
    app = write_app(tmp_path / "an app", files)
    target = Target(app=app, layers=app / ".tampu", local=True)
    tree = Tree(app)
    return tried(Stack(server="uwsgi"), target, nginx, tree, nginx_conf(tree), world(tmp_path, os.environ))


@pytest.mark.parametrize(
    "text",
    [
        "location /static/ { alias app/current/static/; }",
        "client_max_body_size 20m;\nlocation / { try_files $uri @app; }",
        "error_page 404 @404;\nlocation @404 { return 404; }",
        "location @app { return 204; }",
        "if ($http_x_forwarded_proto = http) { return 301 https://$host$request_uri; }",
    ],
)
def test_lines_that_nginx_takes(tmp_path: Path, nginx: Path, text: str) -> None:
    assert "nginx takes it" == try_it(tmp_path, nginx, {"nginx.conf": text, "static/404.html": ""})
    assert {"nginx.conf", "static"} == names(tmp_path / "an app")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("nginx.conf", "root app/current\n"),
        ("my-nginx.conf", "aliass x;\n"),
        ("nginx.conf", "\nserver { listen 80; }\n"),
        ("uwsgi.conf", "uwsgi_paramm A b;\n"),
        ("config/nginx.conf.template", "events {\n"),
    ],
)
def test_lines_that_nginx_does_not_take(tmp_path: Path, nginx: Path, name: str, text: str) -> None:
    with pytest.raises(BadNginxConf):
        try_it(tmp_path, nginx, {name: text})
