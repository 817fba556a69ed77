"""What is read where a script can't be packed."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from tampu.errors import TampuError
from tampu.facts.environment import Environment
from tampu.remote.call import conf
from tampu.remote.choose import mods
from tampu.remote.choose.model import Undecided
from tampu.remote.found.tree import project_of
from tampu.remote.packages import folder, package
from tampu.remote.packages.needs import Surroundings, needs
from tampu.remote.packages.package import Options
from tests.kit import failures

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.kit.golden import Golden

WHAT_IS_SET = ("remote::bad-conf", "remote::unknown-key", "remote::bad-value", "remote::windows")
REASONS = ("remote::bad-mods", "remote::undecided")
TARGET = Environment(python="3.12.1", machine="x86_64")


def pack(app: Path) -> None:
    script, listed = app / "main.py", app / "conf" / "mods"
    known = mods.read(listed.read_text(encoding="utf-8"), "conf/mods") if listed.is_file() else mods.NO_MODS
    project = project_of(script, app.parent)
    raise Undecided(needs(script, project, TARGET, Surroundings(cwd=app, mods=known)).unsure, "conf/mods")


@pytest.mark.parametrize("reason", REASONS)
def test_what_a_user_reads(reason: str, tmp_path: Path, golden: Golden) -> None:
    app = shutil.copytree(failures.APPS / failures.file_name(reason), tmp_path / "app")

    with pytest.raises(TampuError) as told:
        pack(app)

    assert reason == told.value.reason
    golden.check(failures.golden(reason), told.value.as_text())


@pytest.mark.parametrize("reason", WHAT_IS_SET)
def test_what_a_user_reads_of_a_configuration(reason: str, tmp_path: Path, golden: Golden) -> None:
    app = shutil.copytree(failures.APPS / failures.file_name(reason), tmp_path / "app")

    with pytest.raises(TampuError) as told:
        conf.read(tmp_path, app, app, {}, tmp_path / "etc")

    assert reason == told.value.reason
    golden.check(failures.golden(reason), told.value.as_text())


def packed(app: Path, name: str) -> Path:
    (app / "rows.csv").symlink_to("/proc/self/mem")
    options = Options(cwd=app, home=app.parent, name=name)
    return folder.written(package.pack(app / "main.py", (), TARGET, options), app)


PACKAGES: dict[str, Callable[[Path], object]] = {
    "remote::bad-package": lambda app: folder.read_folder(app / "nightly", TARGET),
    "remote::edited-source": lambda app: packed(app, "nightly"),
    "remote::in-the-way": lambda app: packed(app, "nightly"),
    "remote::no-package": lambda app: folder.read_folder(app / "nightly", TARGET),
    "remote::unreadable-file": lambda app: packed(app, ""),
}


@pytest.mark.parametrize("reason", PACKAGES)
def test_what_a_user_reads_of_a_package(reason: str, tmp_path: Path, golden: Golden) -> None:
    app = shutil.copytree(failures.APPS / failures.file_name(reason), tmp_path / "app")

    with pytest.raises(TampuError) as told:
        PACKAGES[reason](app)

    assert reason == told.value.reason
    golden.check(failures.golden(reason), told.value.as_text().replace(str(app), "<app>"))
