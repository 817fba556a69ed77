from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.kit import trees, web, wheels
from tests.kit.wheels import Package

if TYPE_CHECKING:
    from pathlib import Path

PIP = (sys.executable, "-m", "pip", "install", "--isolated", "--quiet", "--no-cache-dir", "--disable-pip-version-check")
UV = (sys.executable, "-m", "uv", "pip", "install", "--quiet", "--no-cache", "--no-config", "--python", sys.executable)


@pytest.mark.parametrize("installer", [PIP, UV], ids=["pip", "uv"])
def test_a_package_comes_with_what_it_requires(installer: tuple[str, ...], wheelhouse: Path, tmp_path: Path) -> None:
    address = (wheelhouse / "simple").as_uri()
    install((*installer, "--index-url", address, "--target", str(tmp_path), "beta[more]", "delta"))

    assert {"alpha.py", "beta.py", "gamma.py", "delta.py"} == {path.name for path in tmp_path.glob("*.py")}
    assert (tmp_path / "alpha-1.0.dist-info").is_dir(), "gamma requires alpha<2"


def test_a_command_runs_and_data_files_arrive(wheelhouse: Path, tmp_path: Path) -> None:
    subprocess.run((sys.executable, "-m", "venv", "--without-pip", tmp_path / "venv"), check=True)
    wheel = next(wheelhouse.glob("toolbox_kit-*.whl"))
    install((*PIP[:3], "--python", str(tmp_path / "venv"), *PIP[3:], str(wheel)))

    assert "toolbox 3.1\n" == subprocess.check_output([tmp_path / "venv/bin/toolbox"], text=True)
    assert "hello\n" == (tmp_path / "venv/share/toolbox/motd").read_text()


def test_an_index_behind_a_login_notes_who_asked_for_what(wheelhouse: Path, tmp_path: Path) -> None:
    with web.serve(wheelhouse, login="me:secret") as site:
        install((*PIP, "--index-url", f"{site.url_with_login}/simple", "--target", str(tmp_path), "gamma"))
        refused = subprocess.run(
            (*PIP, "--no-input", "--index-url", f"{site.url}/simple", "--target", tmp_path / "x", "gamma"),
            check=False,
            capture_output=True,
        )

    assert refused.returncode != 0
    assert {"/simple/gamma/", "/gamma-1.0-py3-none-any.whl", "/alpha-1.0-py3-none-any.whl"} <= set(site.requests)


def test_the_limits_of_a_package_are_known_before_it_is_fetched(tmp_path: Path) -> None:
    wheels.wheel(Package(name="relic", requires_python="<3"), tmp_path)

    page = (wheels.index(tmp_path) / "relic" / "index.html").read_text()

    assert 'data-requires-python="&lt;3"' in page


def test_what_is_written_twice_is_the_same(tmp_path: Path) -> None:
    package = Package(name="Same.Again", commands={"same": "same:again"}, data={"etc/same": "x"})
    for folder in (tmp_path / "one", tmp_path / "other"):
        wheels.wheel(package, folder)
        wheels.sdist(package, folder)
        wheels.index(folder)

    assert [] == trees.difference(tmp_path / "one", tmp_path / "other")


def install(argv: tuple[str, ...]) -> None:
    ended = subprocess.run(argv, check=False, capture_output=True, text=True)
    assert ended.returncode == 0, ended.stderr
