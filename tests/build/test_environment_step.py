from __future__ import annotations

import base64
import csv
import hashlib
import re
from typing import TYPE_CHECKING

import pytest

from tampu.envs.editables import KeepsBuildPath
from tampu.envs.explain import Conflict, NotFound, WrongHash
from tampu.envs.wishes import without
from tampu.facts.environment import Environment
from tampu.facts.packages import packages
from tampu.facts.requirements import Packages, Requirement
from tampu.facts.tree import Tree
from tests.kit import web, wheels
from tests.kit.trees import difference
from tests.kit.wheels import Package

if TYPE_CHECKING:
    from pathlib import Path

    from tests.build.conftest import MakeWorkplace
    from tests.build.workplace import Workplace

VERSION = "import alpha; print(alpha.__version__)"
FLAT = """\
[build-system]
requires = ["setuptools"]
build-backend = "setuptools.build_meta"

[project]
name = "shop"
version = "1.0"

[project.scripts]
shop = "shop:main"

[tool.setuptools]
packages = ["shop"]
{layout}"""
SRC = 'package-dir = { "" = "src" }\n'
SHOP = "def main():\n    print('open')\n"
OWN_BACKEND = """\
[build-system]
requires = []
build-backend = "own_backend"
backend-path = ["backend"]

[project]
name = "shop"
version = "1.0"
"""
# A PEP 660 backend that needs nothing but what is in the app; PTH stands for what the .pth file holds.
BACKEND = """\
import pathlib
import zipfile

HERE = pathlib.Path.cwd()
METADATA = "Metadata-Version: 2.1\\nName: shop\\nVersion: 1.0\\n"
WHEEL = "Wheel-Version: 1.0\\nGenerator: own\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n"


def build_editable(directory, config_settings=None, metadata_directory=None):
    name = "shop-1.0-py3-none-any.whl"
    files = {
        "shop.pth": PTH,
        "shop-1.0.dist-info/METADATA": METADATA,
        "shop-1.0.dist-info/WHEEL": WHEEL,
    }
    record = "".join(f"{path},,\\n" for path in files) + "shop-1.0.dist-info/RECORD,,\\n"
    with zipfile.ZipFile(pathlib.Path(directory, name), "w") as archive:
        for path, text in {**files, "shop-1.0.dist-info/RECORD": record}.items():
            archive.writestr(zipfile.ZipInfo(path, (1980, 1, 1, 0, 0, 0)), text)
    return name
"""


def add_shop(workplace: Workplace, layout: str) -> None:
    """An app that is a project itself, in the way of laying it out that `layout` names."""
    if layout == "own backend":
        workplace.write("pyproject.toml", OWN_BACKEND)
        workplace.write("backend/own_backend.py", BACKEND.replace("PTH", 'f"{HERE}/src\\n"'))
    else:
        workplace.write("pyproject.toml", FLAT.format(layout=SRC if layout == "src" else ""))
    folder = "shop" if layout == "flat" else "src/shop"
    workplace.write(f"{folder}/__init__.py", SHOP)


def holders(tree: Path, path: Path) -> list[str]:
    """The files below that hold this path."""
    everything = (each for each in sorted(tree.rglob("*")) if each.is_file() and not each.is_symlink())
    return [str(each.relative_to(tree)) for each in everything if bytes(path) in each.read_bytes()]


def untrue(workplace: Workplace) -> list[str]:
    """Whatever RECORD files say that is not so."""
    found = []
    for info in workplace.library.glob("*.dist-info"):
        with (info / "RECORD").open(encoding="utf-8", newline="") as record:
            found += [row[0] for row in csv.reader(record) if not is_true(row, workplace.library)]
    return found


def is_true(row: list[str], library: Path) -> bool:
    if row[0].endswith("/RECORD"):
        return row[1:] == ["", ""]
    data = (library / row[0]).read_bytes()
    digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).decode().rstrip("=")
    return row[1:] == [f"sha256={digest}", str(len(data))]


def test_what_is_required_is_installed(workplace: Workplace) -> None:
    layer = workplace.install("beta[more]", "toolbox-kit ; python_version >= '3'", "delta ; python_version < '3'")

    assert ["alpha-1.0", "beta-1.0", "gamma-1.0", "toolbox_kit-3.1"] == workplace.installed()
    assert workplace.layers / "site" == layer.path
    assert ("there is none in the cache",) == layer.reasons
    assert "toolbox 3.1" == workplace.ask("toolbox")
    assert "hello\n" == (workplace.layers / "site" / "share" / "toolbox" / "motd").read_text()
    assert "1.0" == workplace.ask("python3", "-c", VERSION)


def test_records_are_true_and_everybody_s(with_uv: Workplace) -> None:
    with_uv.install("beta[more]", "toolbox-kit")

    assert [] == untrue(with_uv)
    assert {"tampu\n"} == {path.read_text() for path in with_uv.library.glob("*/INSTALLER")}
    assert [] == [path for name in ("REQUESTED", "uv_*.json") for path in with_uv.library.glob(f"*/{name}")]
    assert [] == holders(with_uv.layers / "site", with_uv.place)


def test_a_source_archive_is_built(with_uv: Workplace) -> None:
    with_uv.install("delta")

    assert ["alpha-2.0", "delta-0.9"] == with_uv.installed()


def test_what_is_no_longer_required_is_gone(with_uv: Workplace) -> None:
    with_uv.install("beta", "toolbox-kit")
    with_uv.ask("python3", "-c", "import beta, toolbox_kit")

    layer = with_uv.install("alpha==1.0")

    assert ("requirements.txt changed",) == layer.reasons
    assert ["alpha-1.0"] == with_uv.installed()
    left = {str(path.relative_to(with_uv.library)) for path in with_uv.library.rglob("*") if path.is_file()}
    expected = {f"alpha-1.0.dist-info/{name}" for name in ("INSTALLER", "METADATA", "RECORD", "WHEEL")}
    assert {*expected, "alpha.py", "__pycache__/alpha.cpython-312.pyc"} == left
    assert ["lib"] == [path.name for path in (with_uv.layers / "site").iterdir()]


def test_one_more_on_top_is_as_good_as_new(make_workplace: MakeWorkplace) -> None:
    grown, new = (make_workplace(name) for name in ("grown", "new"))
    grown.install("toolbox-kit")
    grown.install("toolbox-kit", "beta", "alpha==1.0")
    new.install("toolbox-kit", "beta", "alpha==1.0")

    assert ["alpha-1.0", "beta-1.0", "toolbox_kit-3.1"] == grown.installed()
    assert [] == difference(new.layers / "site", grown.layers / "site")
    assert [] == untrue(grown)


def test_both_installers_make_the_same_tree(make_workplace: MakeWorkplace) -> None:
    one, other = make_workplace("one", "uv"), make_workplace("other", "pip")
    for each in (one, other):
        add_shop(each, "own backend")
        each.platform = "gamma==1.0\n"
        each.install("toolbox-kit", "beta[more]", "delta", "-e .")

    assert ["alpha-1.0", "beta-1.0", "delta-0.9", "gamma-1.0", "shop-1.0", "toolbox_kit-3.1"] == one.installed()
    assert [] == difference(one.layers / "site", other.layers / "site")


def test_nothing_changed_nothing_done(with_uv: Workplace) -> None:
    with_uv.install("beta")
    with_uv.run.ran.clear()

    layer = with_uv.install("beta")

    assert ([], ()) == (with_uv.run.ran, layer.reasons)
    assert "Unchanged: taken from the cache" in with_uv.said


def test_an_app_that_asks_for_nothing(with_uv: Workplace) -> None:
    with_uv.install()

    assert [] == with_uv.installed()
    assert "ready" == with_uv.ask("python3", "-c", "print('ready')")


def test_ours_is_installed_and_the_app_s_own_line_wins(workplace: Workplace) -> None:
    workplace.platform = "# ours\nalpha==1.0 \\\n    --hash=sha256:" + "0" * 64 + "\ntoolbox.kit==3.1\n"

    workplace.install("Alpha==2.0")

    assert ["alpha-2.0", "toolbox_kit-3.1"] == workplace.installed()


@pytest.mark.parametrize(
    ("own", "left"),
    [
        (set(), "# c\na==1 ; m \\\n    --hash=x\nB_c==2\n"),
        ({"a"}, "# c\nB_c==2\n"),
        ({"b-c", None}, "# c\na==1 ; m \\\n    --hash=x\n"),
    ],
)
def test_which_of_our_lines_are_left(own: set[str | None], left: str) -> None:
    assert left == without("# c\na==1 ; m \\\n    --hash=x\nB_c==2\n", own)


def test_one_uwsgi_is_enough() -> None:
    assert "b==1\n" == without("pyuwsgi==2.0.30\nb==1\n", {"uwsgi"})


def test_a_conflict_with_ours_says_who(workplace: Workplace) -> None:
    workplace.platform = "gamma==1.0\n"

    with pytest.raises(Conflict) as caught:
        workplace.install("alpha==2.0")

    assert "gamma" in caught.value.advice
    assert "alpha" in caught.value.advice


def test_constraints_hold(with_uv: Workplace) -> None:
    with_uv.write("limits.txt", "alpha<2\n")

    with_uv.install("-c limits.txt", "alpha")

    assert ["alpha-1.0"] == with_uv.installed()


def test_hashes_are_checked(workplace: Workplace, wheelhouse: Path) -> None:
    digest = hashlib.sha256((wheelhouse / "alpha-1.0-py3-none-any.whl").read_bytes()).hexdigest()
    workplace.platform = "toolbox.kit==3.1\n"

    workplace.install(f"alpha==1.0 --hash=sha256:{digest}")
    assert ["alpha-1.0", "toolbox_kit-3.1"] == workplace.installed()

    with pytest.raises(WrongHash) as caught:
        workplace.install(f"alpha==1.0 --hash=sha256:{'0' * 64}")
    assert "alpha==1.0" in caught.value.advice
    assert "0" * 64 in caught.value.advice


def test_more_hashes_of_the_same_file_change_nothing(with_uv: Workplace, wheelhouse: Path) -> None:
    digest = hashlib.sha256((wheelhouse / "alpha-1.0-py3-none-any.whl").read_bytes()).hexdigest()
    with_uv.install(f"alpha==1.0 --hash=sha256:{digest}")
    before = (with_uv.library / "alpha-1.0.dist-info" / "RECORD").stat().st_mtime_ns

    with_uv.install(f"alpha==1.0 --hash=sha256:{digest} --hash=sha256:{'0' * 64}")

    assert before == (with_uv.library / "alpha-1.0.dist-info" / "RECORD").stat().st_mtime_ns


def test_a_folder_with_a_space_in_its_name(make_workplace: MakeWorkplace) -> None:
    for installer in ("uv", "pip"):
        workplace = make_workplace(f"in my {installer} folder", installer)
        workplace.write("limits.txt", "alpha<2\n")
        add_shop(workplace, "own backend")

        script = {"motd-1.0.data/scripts/motd": "#!python\nprint('hello')\n"}
        wheels.wheel(Package(name="motd", modules=script), workplace.app / "vendor")

        workplace.install("-c limits.txt", "--find-links=vendor", "alpha", "toolbox-kit", "motd", "-e .")

        assert ["alpha-1.0", "motd-1.0", "shop-1.0", "toolbox_kit-3.1"] == workplace.installed()
        assert "hello" == workplace.ask("motd")
        assert [] == holders(workplace.layers / "site", workplace.place)
        assert "toolbox 3.1" == workplace.ask("toolbox")
        assert "open" == workplace.ask("python3", "-c", "import shop; shop.main()")


def test_wheels_in_the_app_s_own_folder_and_no_index(make_workplace: MakeWorkplace, wheelhouse: Path) -> None:
    for installer in ("uv", "pip"):
        workplace = make_workplace(installer, installer)
        workplace.platform = "toolbox.kit==3.1\n"
        workplace.settings = {"PIP_INDEX_URL": (wheelhouse / "simple").as_uri()}
        wheels.wheel(Package(name="own", version="7"), workplace.app / "vendor")

        workplace.install("--no-index", "--find-links=vendor", "own")

        assert ["own-7", "toolbox_kit-3.1"] == workplace.installed()


def test_commands_work_where_the_app_was_moved(with_uv: Workplace) -> None:
    with_uv.install("toolbox-kit", "alpha")
    before = with_uv.place

    place = with_uv.moved()

    assert "toolbox 3.1" == with_uv.ask("toolbox", place=place)
    assert "2.0" == with_uv.ask("python3", "-c", VERSION, place=place)
    assert [] == holders(place / ".tampu", before)


@pytest.mark.parametrize(
    ("installer", "layout"),
    [("uv", "src"), ("uv", "flat"), ("uv", "own backend"), ("pip", "own backend")],
)
def test_an_editable_app_works_where_it_was_moved(make_workplace: MakeWorkplace, installer: str, layout: str) -> None:
    workplace = make_workplace("work", installer)
    add_shop(workplace, layout)

    workplace.install("-e .")

    assert "open" == workplace.ask("python3", "-c", "import shop; shop.main()")
    assert [] == untrue(workplace)
    place = workplace.moved()
    assert [] == holders(place / ".tampu", workplace.app)
    where = workplace.ask("python3", "-c", "import shop; shop.main(); print(shop.__file__)", place=place)
    assert f"open\n{place / ('' if layout == 'flat' else 'src') / 'shop' / '__init__.py'}" == where
    if layout != "own backend":
        assert "open" == workplace.ask("shop", place=place)


def test_an_editable_project_in_a_folder_of_the_app(with_uv: Workplace) -> None:
    workplace = with_uv
    workplace.write("libs/shop/pyproject.toml", FLAT.format(layout=SRC))
    workplace.write("libs/shop/src/shop/__init__.py", SHOP)

    workplace.install("-e ./libs/shop", "alpha==1.0")
    workplace.install("-e ./libs/shop")

    assert ["shop-1.0"] == workplace.installed()
    (direct_url,) = workplace.library.glob("shop-1.0.dist-info/direct_url.json")
    assert '{"dir_info": {"editable": true}, "url": "file:///app/libs/shop"}' == direct_url.read_text()
    assert "open" == workplace.ask("python3", "-c", "import shop; shop.main()", place=workplace.moved())


def test_an_editable_project_of_the_approot(with_uv: Workplace) -> None:
    workplace = with_uv
    workplace.write("web/libs/shop/pyproject.toml", FLAT.format(layout=SRC))
    workplace.write("web/libs/shop/src/shop/__init__.py", SHOP)
    workplace.write("web/requirements.txt", "-e ./libs/shop\n")
    here = Environment(python=workplace.python, machine="any")

    workplace.install_all(packages(Tree(workplace.app), here, None, "web"))

    assert "open" == workplace.ask("python3", "-c", "import shop; shop.main()")
    assert [] == holders(workplace.layers, workplace.app)
    assert "open" == workplace.ask("python3", "-c", "import shop; shop.main()", place=workplace.moved())


def test_a_project_of_the_app_that_is_not_editable(with_uv: Workplace) -> None:
    workplace = with_uv
    add_shop(workplace, "src")

    workplace.install(".")

    assert (workplace.library / "shop" / "__init__.py").is_file()
    assert [] == holders(workplace.layers, workplace.app)


def test_an_editable_app_that_can_t_be_moved(with_uv: Workplace) -> None:
    add_shop(with_uv, "own backend")
    with_uv.write("backend/own_backend.py", BACKEND.replace("PTH", "f\"import sys; sys.path.append('{HERE}/src')\\n\""))

    with pytest.raises(KeepsBuildPath) as caught:
        with_uv.install("-e .")

    assert "shop can't be moved with the app" == caught.value.title


def test_a_complete_lock_is_installed_as_it_is(workplace: Workplace) -> None:
    needed = Packages(
        manager="uv",
        because="uv.lock is present",
        requirements=(
            Requirement(line="beta==1.0", name="beta", origin="uv.lock"),
            Requirement(line="alpha==2.0", name="alpha", origin="uv.lock"),
        ),
        complete=True,
    )

    workplace.install_all(needed)

    assert ["alpha-2.0", "beta-1.0"] == workplace.installed()
    assert "--no-deps" in workplace.run.ran[-1].argv


def test_a_complete_lock_that_lacks_something_is_no_environment(with_uv: Workplace) -> None:
    lonely = Requirement(line="beta==1.0", name="beta", origin="uv.lock")

    with pytest.raises(Conflict) as caught:
        with_uv.install_all(Packages(manager="uv", because="uv.lock is present", requirements=(lonely,), complete=True))

    assert "alpha" in caught.value.advice


def test_the_password_of_a_private_index_is_not_shown(workplace: Workplace, wheelhouse: Path) -> None:
    with web.serve(wheelhouse, login="me:hunter22") as site:
        workplace.settings = {"PIP_INDEX_URL": f"{site.url_with_login}/simple"}
        workplace.install("beta")
        with pytest.raises(NotFound) as caught:
            workplace.install("nothing-like-it")
        workplace.say.error(caught.value)

    assert "/simple/beta/" in site.requests
    assert "nothing-like-it" in workplace.said
    assert "hunter22" not in workplace.said


def test_the_app_s_writing_into_its_packages_spoils_no_later_build(with_uv: Workplace) -> None:
    with_uv.install("alpha==1.0")
    with (with_uv.library / "alpha.py").open("a") as file:
        file.write("__version__ = 'mine'\n")

    layer = with_uv.install("alpha==1.0")

    assert ("lib/python3.12/site-packages/alpha.py was changed after it was stored",) == layer.reasons
    assert "1.0" == with_uv.ask("python3", "-c", VERSION)


@pytest.mark.parametrize("name", ["PIP_INDEX_URL", "UV_DEFAULT_INDEX", "PIP_FIND_LINKS"])
def test_another_index_is_another_environment(with_uv: Workplace, wheelhouse: Path, name: str) -> None:
    with_uv.install("alpha")
    with_uv.settings = {**with_uv.settings, name: f"{wheelhouse}/simple" if "INDEX" in name else str(wheelhouse)}

    layer = with_uv.install("alpha")

    assert ("settings of the package index changed",) == layer.reasons
    assert not re.search(r"[0-9a-f]{24}", " ".join(layer.reasons))


def test_an_older_tree_with_supervisor_and_a_new_one_are_the_same(
    make_workplace: MakeWorkplace, tmp_path: Path
) -> None:
    wheels.wheel(Package(name="supervisor", modules={"supervisor/__init__.py": ""}), tmp_path / "more")
    dead = Package(
        name="supervisor-stdout",
        modules={"supervisor_stdout.py": "print 'old'\n"},
        commands={"supervisor_stdout": "supervisor_stdout:main"},
    )
    wheels.wheel(dead, tmp_path / "more")
    wheels.wheel(Package(name="needs-dead", requires=("supervisor-stdout",)), tmp_path / "more")
    grown, new, other = (make_workplace(*words) for words in (("grown", "uv"), ("new", "uv"), ("other", "pip")))
    for each in (grown, new, other):
        each.settings["PIP_FIND_LINKS"] += f" {tmp_path / 'more'}"
    grown.install("alpha==1.0", "supervisor")
    for each in (grown, new, other):
        each.install("alpha==1.0", "supervisor", "needs-dead")

    assert [] == difference(new.layers / "site", grown.layers / "site")
    assert [] == difference(new.layers / "site", other.layers / "site")
    assert [] == untrue(grown)
    assert "READY" == other.ask("supervisor_stdout")
