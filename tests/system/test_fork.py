from __future__ import annotations

import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from tampu.envs import compiling, nginx_source
from tests.kit import buildpack, builds, mirrors, require, store

if TYPE_CHECKING:
    from pathlib import Path

    from tests.kit.builds import Platform

TOOLS = "/usr/sbin:/usr/bin:/sbin:/bin"
PAGE = 'def application(environ, start_response):\n    start_response("200 OK", [])\n    return [b"hello"]\n'
# Where it was built, beside it.
BUILT_IN = "nginx.built-in"
NO_BYTECODE = shutil.ignore_patterns("__pycache__")
HOUSE = buildpack.BIN.parent
FOLDERS = ("bin", "config", "lib", "vendor")


@pytest.fixture(scope="module")
def source(mirror: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A mirror that has the source of an nginx, and its version."""
    require.need("cc", "make", "strip", "apt-get")
    return mirrors.with_source(mirror, tmp_path_factory.mktemp("sources") / "mirror", "nginx-source", "nginx")


@pytest.fixture(scope="module")
def fork(source: tuple[Path, str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of this repository, in which somebody built an nginx: anew only where that is done in another way."""
    place = tmp_path_factory.mktemp("fork") / "my tampu"
    for folder in FOLDERS:
        shutil.copytree(HOUSE / folder, place / folder, symlinks=True, ignore=NO_BYTECODE)
    shutil.copyfile(HOUSE / "Procfile.default", place / "Procfile.default")
    parts = [store.key(maker, source[1]) for maker in (compiling, nginx_source)]
    built = store.kept(f"nginx-of-a-fork-{'-'.join(parts)}", lambda folder: build_nginx(place, source, folder))
    for name in ("nginx", BUILT_IN):
        shutil.copy2(built / name, place / "bin" / name)
    return place


def build_nginx(place: Path, source: tuple[Path, str], folder: Path) -> None:
    wishes = {"NGINX_VERSION": source[1], "NGINX_MODULES": "http_dav_module --with-mail"}
    env = {"HOME": str(place.parent), "PATH": TOOLS, "TAMPU_MIRROR": str(source[0]), **wishes}
    argv = (buildpack.python(), "-I", "-S", place / "bin" / "nginx_build")
    built = subprocess.run(argv, env=env, cwd="/", capture_output=True, text=True, check=False)
    assert 0 == built.returncode, built.stdout + built.stderr
    shutil.copy2(place / "bin" / "nginx", folder / "nginx")
    (folder / BUILT_IN).write_text(str(place.parent), encoding="utf-8")


def told(program: Path) -> str:
    ended = subprocess.run((program, "-V"), check=True, capture_output=True, text=True)
    return ended.stderr


def test_it_has_the_modules_that_are_needed_and_those_that_were_asked_for(fork: Path, source: tuple[Path, str]) -> None:
    said = told(fork / "bin" / "nginx")

    assert said.startswith(f"nginx version: nginx/{source[1]}\n")
    assert "http_realip_module" in said
    assert {"--with-http_dav_module", "--with-mail"} <= set(said.split())


def test_an_app_that_is_built_with_the_fork_gets_its_nginx(fork: Path, platform: Platform, tmp_path: Path) -> None:
    app = builds.write_app(tmp_path / "app", {"wsgi.py": PAGE, "requirements.txt": "", "runtime.txt": "python-3.12\n"})
    folders = (app, platform.cache, platform.user_env)
    built = buildpack.call(str(fork / "bin" / "compile"), *map(str, folders), env=platform.environ)
    mine = (fork / "bin" / "nginx").read_bytes()

    assert 0 == built.code, built.out + built.err
    assert "from bin/nginx of this tampu: the app has no bin/nginx" in built.out
    assert mine == (app / ".tampu" / "nginx" / "bin" / "nginx").read_bytes()
    assert told(fork / "bin" / "nginx") == told(app / ".tampu" / "nginx" / "bin" / "nginx")


def test_it_knows_nothing_of_the_place_where_it_was_built(fork: Path) -> None:
    """So it is the same to the last byte wherever it is built."""
    content = (fork / "bin" / "nginx").read_bytes()

    assert (fork / "bin" / BUILT_IN).read_bytes() not in content
    assert b"/work/" not in content
