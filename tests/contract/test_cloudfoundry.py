"""The entry points as Cloud Foundry's lifecycle calls them."""

from __future__ import annotations

import os
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest
import yaml

from tampu.values import replace
from tests.kit import buildpack as kit
from tests.kit import trees
from tests.kit.builds import names, write_app
from tests.kit.cloudfoundry import Staging

if TYPE_CHECKING:
    from pathlib import Path

    from tests.kit.builds import Platform

WSGI = "def application(environ, start_response):\n    start_response('200 OK', [])\n    return [b'hello']\n"
EDITABLE = {
    "pyproject.toml": '[build-system]\nrequires = ["setuptools"]\nbuild-backend = "setuptools.build_meta"\n'
    '[project]\nname = "shop"\nversion = "1.0"\n[tool.setuptools.packages.find]\nwhere = ["src"]\n',
    "src/shop/__init__.py": "NAME = 'shop'\n",
    "requirements.txt": "alpha==1.0\n-e .\n",
}


@pytest.fixture
def staging(platform: Platform, index: str, tmp_path: Path) -> Staging:
    staging = Staging(
        root=tmp_path / "a cell", environ={**platform.environ, "PIP_INDEX_URL": index}, cache=platform.cache
    )
    write_app(staging.app, {"requirements.txt": "alpha==1.0\n", "app.py": "import alpha\n\nprint(alpha.__version__)\n"})
    return staging


def succeeded(*results: kit.Result) -> None:
    for result in results:
        assert 0 == result.code, result.out + result.err


def test_what_is_supplied_is_all_that_a_later_buildpack_needs(staging: Staging) -> None:
    before = trees.digest(staging.app)

    succeeded(staging.supply())

    assert before == trees.digest(staging.app)
    assert {"python", "site", "bin", "lib", "env", "profile.d", "config.yml"} <= names(staging.layers)
    assert {"LANG", "PYTHONUNBUFFERED"} == names(staging.layers / "env")
    assert "tampu" == yaml.safe_load((staging.layers / "config.yml").read_text())["name"]
    python = staging.layers / "bin" / "python3"
    assert not python.readlink().is_absolute()
    said = subprocess.check_output((python, "-c", "import sys, alpha; print(sys.prefix, alpha.__version__)"), text=True)
    assert f"{staging.layers}/site 1.0\n" == said


def test_what_is_built_runs_where_it_is_moved_to(staging: Staging) -> None:
    succeeded(staging.supply(), staging.finalize())
    home = staging.move()

    assert "1.0\n" == staging.run("python app.py")
    found = staging.run("command -v python; printenv TAMPU_RUN").splitlines()
    assert [f"{home.parent}/deps/0/python/bin/python", str(home.parent / "tmp" / f"tampu-{os.getuid()}-none")] == found
    assert "1.0\n" == subprocess.check_output((home / ".tampu" / "run", "python", "app.py"), text=True, cwd=home)
    assert [] == dangling(home.parent)


def dangling(tree: Path) -> list[str]:
    return [str(path) for path in tree.rglob("*") if path.is_symlink() and not path.exists()]


def test_an_editable_project_is_found_by_each_python(staging: Staging) -> None:
    write_app(staging.app, EDITABLE)

    succeeded(staging.supply(), staging.finalize())
    home = staging.move()

    ask = "-c 'import shop; print(shop.__file__)'"
    expected = f"{home}/src/shop/__init__.py\n"
    assert expected == staging.run(f"cd /; python {ask}")
    assert expected == staging.run(f'cd /; "$HOME/.tampu/python/bin/python3" {ask}')


def test_the_stack_comes_with_finalize_only(staging: Staging) -> None:
    write_app(staging.app, {"wsgi.py": WSGI})

    succeeded(staging.supply())
    supplied = names(staging.app)
    succeeded(staging.finalize())

    assert {"requirements.txt", "app.py", "wsgi.py"} == supplied
    assert {"bin", "config", "code", "current", ".tampu"} <= names(staging.app)
    launch = yaml.safe_load((staging.layers / "launch.yml").read_text())
    assert ["web"] == [process["type"] for process in launch["processes"]]
    released = yaml.safe_load(kit.call("release", staging.app).out)
    assert {"web": launch["processes"][0]["command"]} == released["default_process_types"]


def test_decisions_are_told_once(staging: Staging) -> None:
    supplied, finalized = staging.supply(), staging.finalize()

    assert "-----> Deciding\n" in supplied.out
    assert ("", "") == (finalized.out, finalized.err)


def test_hooks_see_what_the_user_has_set_and_run_once(staging: Staging) -> None:
    hook = 'echo "$OWN" "$(command -v python)" >> seen\n'
    write_app(staging.app, {"bin/pre_compile": "echo before >> seen\n", "bin/post_compile": hook})
    staging = Staging(
        root=staging.root, environ={**staging.environ, "OWN": "a-secret-of-mine"}, cache=staging.cache, index="07"
    )

    supplied = staging.supply()
    succeeded(supplied, staging.finalize())

    assert f"before\na-secret-of-mine {staging.layers}/python/bin/python\n" == (staging.app / "seen").read_text()


def test_what_was_supplied_before_is_there_for_hooks(staging: Staging) -> None:
    tools = {"bin/tool": "#!/bin/sh\necho tool\n", "lib/libx.so": "", "env/COLOUR": "crimson"}
    (write_app(staging.contents / "deps" / "0", tools) / "bin" / "tool").chmod(0o755)
    write_app(staging.app, {"bin/post_compile": 'echo "$(tool) $COLOUR $LD_LIBRARY_PATH" > seen\n'})

    succeeded(replace(staging, index="1").supply())

    expected = f"tool crimson {staging.contents}/deps/0/lib\n"
    assert expected == (staging.app / "seen").read_text()


def test_what_others_supplied_reaches_the_app(staging: Staging) -> None:
    other = staging.contents / "deps" / "9"
    write_app(other, {"bin/tool": "#!/bin/sh\necho tool\n", "profile.d/other.sh": "export OTHER=yes\n"})
    (other / "bin" / "tool").chmod(0o755)

    succeeded(staging.supply(), staging.finalize())
    staging.move()

    assert "tool\nyes\n" == staging.run("tool; echo $OTHER")


@pytest.mark.parametrize("entry", ["supply", "finalize"])
@pytest.mark.parametrize(
    "words",
    [
        (),
        ("{app}", "cache", "{app}"),
        ("{app}", "cache", "{app}", "x", "profile"),
        ("/nowhere", "cache", "{app}", "0", "profile"),
    ],
    ids=["none", "three", "no number", "no folder"],
)
def test_other_arguments_than_a_platform_gives(entry: str, words: tuple[str, ...], app: Path) -> None:
    result = kit.call(entry, *(word.format(app=app) for word in words))

    assert (2, "") == (result.code, result.out)
    assert f"Expected: bin/{entry} BUILD_DIR CACHE_DIR DEPS_DIR IDX" in result.err


def test_a_build_that_fails_leaves_the_app_as_it_was(staging: Staging) -> None:
    write_app(staging.app, {"requirements.txt": "alpha==1.0\nalpha==2.0\n"})
    before = trees.digest(staging.app)

    result = staging.supply()

    assert 1 == result.code
    assert " !     Error: " in result.err
    assert before == trees.digest(staging.app)


def test_a_cache_that_was_packed_in_an_archive_is_as_good(staging: Staging, tmp_path: Path) -> None:
    succeeded(staging.supply())
    archive = tmp_path / "cache.tgz"
    subprocess.run(("tar", "-czf", archive, "-C", staging.cache, "."), check=True)
    shutil.rmtree(staging.cache)
    staging.cache.mkdir()
    subprocess.run(("tar", "-xzf", archive, "-C", staging.cache), check=True)
    again = replace(staging, root=tmp_path / "another cell")
    shutil.copytree(staging.app, again.app)

    result = again.supply()

    assert 2 == result.out.count("Unchanged: taken from the cache"), result.out + result.err
