"""bin/build, called inside this process; tests/contract and tests/system call it as lifecycles do."""

from __future__ import annotations

import io
import json
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tampu import __version__
from tampu.facts.toml import read_toml
from tampu.platforms import cnb
from tampu.platforms.surroundings import Usage
from tampu.values import replace
from tampu.world.console import PlainConsole
from tests.kit import builds
from tests.kit.builds import names, write_app
from tests.kit.restoring import restore

if TYPE_CHECKING:
    from collections.abc import Iterator

HOUSE = Path(__file__).resolve().parents[2]
WSGI = "def application(environ, start_response):\n    start_response('200 OK', [])\n    return [b'hello']\n"
FILES = {"requirements.txt": "alpha<2\n", "wsgi.py": WSGI, "Procfile": "worker: python work.py\n"}


@dataclass(kw_only=True)
class Built:
    """A build's folders, and what it said."""

    call: cnb.Call
    out: io.StringIO = field(default_factory=io.StringIO)

    @property
    def layers(self) -> Path:
        return self.call.layers

    @property
    def said(self) -> str:
        return self.out.getvalue()

    def toml(self, name: str) -> dict[str, object]:
        return dict(read_toml((self.layers / name).read_text(), name))


@pytest.fixture(scope="module")
def environ(mirror: Path) -> dict[str, str]:
    target = {"CNB_TARGET_DISTRO_NAME": "debian", "CNB_TARGET_DISTRO_VERSION": "12"}
    return {"PATH": os.environ["PATH"], "HOME": "/nonexistent", "TAMPU_MIRROR": str(mirror), **target}


def build(call: cnb.Call, environ: dict[str, str]) -> Built:
    built = Built(call=call)
    assert 0 == cnb.build_app(call, environ, PlainConsole(built.out, built.out)), built.said
    return built


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory, seed: Path, index: str, environ: dict[str, str]) -> Built:
    place = tmp_path_factory.mktemp("cnb")
    builds.clone(seed, place / "layers" / "tampu-cache")
    app = write_app(place / "workspace", FILES)
    call = cnb.Call(app=app, layers=place / "layers", user_env={"PIP_INDEX_URL": index, "SECRET": "correct-horse"})
    return build(call, environ)


@pytest.fixture
def next_call(first: Built, tmp_path: Path) -> cnb.Call:
    """The app's files again, and what a lifecycle has kept of the first build."""
    app = write_app(tmp_path / "workspace", FILES)
    return replace(first.call, app=app, layers=restore(first.layers, tmp_path / "layers"))


@pytest.fixture
def at_home(tmp_path: Path) -> Iterator[Path]:
    """This process in another folder, as lifecycles start programs."""
    before = Path.cwd()
    os.chdir(tmp_path)
    yield tmp_path
    os.chdir(before)


def test_layers_are_for_the_image_the_next_buildpack_and_the_next_build(first: Built) -> None:
    for name in ("nginx", "python", "site"):
        assert {"launch": True, "build": True, "cache": True} == first.toml(f"{name}.toml")["types"]
    assert {"types": {"launch": True, "build": True}} == first.toml("tampu.toml")
    assert {"types": {"cache": True}} == first.toml("tampu-cache.toml")
    assert "debian-12" in (first.layers / "site.toml").read_text()


def test_the_app_finds_its_layers(first: Built) -> None:
    links = {path.name: str(path.readlink()) for path in (first.call.app / ".tampu").iterdir() if path.is_symlink()}

    layers = str(first.layers)
    assert {"nginx": f"{layers}/nginx/nginx", "python": f"{layers}/python", "site": f"{layers}/site"} == links
    assert {"launch", "run", "profile.sh", "stack.json", "build.json"} < names(first.call.app / ".tampu")
    assert (first.call.app / ".tampu" / "nginx" / "bin" / "nginx").is_file()


def test_the_stack_serves_what_the_procfile_does_not(first: Built) -> None:
    found = first.toml("launch.toml")["processes"]
    assert isinstance(found, list)
    processes = {each["type"]: each for each in found}

    assert {"web", "worker"} == set(processes)
    assert (True, False) == (processes["web"]["default"], processes["worker"]["default"])
    assert "supervisord" in processes["web"]["args"][0]


def test_what_is_inside_is_told(first: Built, patches: dict[str, str]) -> None:
    labels = [{"key": "tampu.version", "value": __version__}, {"key": "tampu.python", "value": patches["3.13"]}]

    assert labels == first.toml("launch.toml")["labels"]
    sbom = json.loads((first.layers / "launch.sbom.cdx.json").read_text())
    assert {"python", "alpha"} < {component["name"] for component in sbom["components"]}


def test_what_was_only_fetched_is_not_carried_along(first: Built) -> None:
    cache = first.layers / "tampu-cache" / "tampu"

    assert not any(cache.rglob("alpha*"))
    assert {"apt", "pip"}.isdisjoint(names(cache))
    assert any((cache / "layers" / "tools").rglob("uv"))


def test_a_build_without_a_change_takes_all_as_it_is(
    first: Built, next_call: cnb.Call, environ: dict[str, str]
) -> None:
    second = build(next_call, environ)

    assert 3 == second.said.count("Unchanged: taken from the cache")
    assert "Installing tampu's own tools" not in second.said
    for name in ("nginx", "python", "site", "tampu"):
        assert (first.layers / f"{name}.toml").read_text() == (second.layers / f"{name}.toml").read_text()


def test_one_more_package_is_put_to_the_others(next_call: cnb.Call, environ: dict[str, str]) -> None:
    write_app(next_call.app, {"requirements.txt": "alpha<2\ngamma\n"})

    second = build(next_call, environ)

    assert "Needed: requirements.txt changed" in second.said
    assert "Installed 1 package" in second.said


def test_a_folder_in_which_somebody_has_built_before(next_call: cnb.Call, environ: dict[str, str]) -> None:
    write_app(next_call.app / ".tampu", {"site/bin/old": "", "python/bin/python3": "", "home/bin/nginx_start": ""})

    second = build(next_call, environ)

    carried = second.call.app / ".tampu"
    assert (carried / "site").is_symlink()
    assert (carried / "python").is_symlink()
    assert not (carried / "home").exists()


def test_packages_that_pip_installs(next_call: cnb.Call, environ: dict[str, str]) -> None:
    second = build(next_call, {**environ, "TAMPU_INSTALLER": "pip"})

    assert "Installing packages with pip" in second.said
    assert "pip" not in names(second.layers / "tampu-cache" / "tampu")


def test_wheels_that_were_built_here_are_kept(next_call: cnb.Call, environ: dict[str, str]) -> None:
    write_app(next_call.app, {"requirements.txt": "alpha<2\ndelta\n"})
    second = build(next_call, environ)
    cache = second.layers / "tampu-cache" / "tampu" / "uv"
    kept = {path.name for path in cache.rglob("*.whl")}

    assert "Installed 1 package" in second.said
    assert {"delta-0.9-py3-none-any.whl"} == kept


def test_another_system_needs_packages_of_its_own(next_call: cnb.Call, environ: dict[str, str]) -> None:
    second = build(next_call, {**environ, "CNB_TARGET_DISTRO_VERSION": "13"})

    assert "Needed: stack changed from debian-12 to debian-13" in second.said


def test_a_call_of_a_lifecycle(at_home: Path) -> None:
    write_app(at_home / "platform", {"env/GREETING": "hello\n"})
    environ = {"CNB_LAYERS_DIR": "/layers/tampu_python", "CNB_PLATFORM_DIR": str(at_home / "platform")}
    call = cnb.Call(app=Path.cwd(), layers=Path("/layers/tampu_python"), user_env={"GREETING": "hello\n"})

    assert call == cnb.read_call(("layers", "platform", "plan"), environ)
    assert replace(call, groups=("test", "dev")) == cnb.read_call((), {**environ, "CNB_EXEC_ENV": "test"})
    assert call == cnb.read_call((), {**environ, "CNB_EXEC_ENV": "production"})


@pytest.mark.parametrize("name", ["CNB_LAYERS_DIR", "CNB_PLATFORM_DIR"])
def test_a_call_of_somebody_else(name: str) -> None:
    with pytest.raises(Usage, match="bin/build"):
        cnb.read_call((), {name: "/somewhere"})


def test_the_buildpack_says_which_one_it_is() -> None:
    text = (HOUSE / "buildpack.toml").read_text(encoding="utf-8")
    described = read_toml(text, "buildpack.toml")
    buildpack = described["buildpack"]

    assert isinstance(buildpack, dict)
    assert ("0.10", __version__, True) == (described["api"], buildpack["version"], buildpack["clear-env"])
