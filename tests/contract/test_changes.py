"""What a second build does."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from tests.kit import require
from tests.kit.builds import write_app

if TYPE_CHECKING:
    from pathlib import Path

    from tests.kit.builds import Platform


def test_nothing_changed_no_socket_is_opened(app: Path, platform: Platform, tmp_path: Path) -> None:
    require.need("strace")
    platform.compile(app)
    watch = (str(shutil.which("strace")), "-f", "-e", "trace=socket,connect", "-o", str(tmp_path / "trace"))

    result = platform.call_through(watch, "compile", app)

    assert 0 == result.code, result.err
    assert 2 == result.out.count("Unchanged: taken from the cache")
    assert [] == [line for line in (tmp_path / "trace").read_text().splitlines() if "AF_INET" in line]


def test_a_changed_line_is_the_reason_for_a_new_environment(app: Path, platform: Platform) -> None:
    platform.compile(app)
    write_app(app, {"requirements.txt": "alpha==2.0\n"})

    result = platform.compile(app)

    assert "       Needed: requirements.txt changed\n" in result.out
    assert 1 == result.out.count("Needed:")
    assert 1 == result.out.count("Unchanged: taken from the cache")


def test_all_that_changed_is_told(app: Path, platform: Platform, patches: dict[str, str]) -> None:
    platform.compile(app)
    write_app(app, {"runtime.txt": "python-3.12\n", "requirements.txt": "-r more.txt\n", "more.txt": "beta\n"})

    result = platform.compile(app)

    python = f"Python changed from {patches['3.13']} to {patches['3.12']}"
    for reason in (python, "more.txt is new", "requirements.txt changed"):
        assert f"       Needed: {reason}\n" in result.out


def test_what_is_no_longer_asked_for_is_gone(app: Path, platform: Platform) -> None:
    write_app(app, {"requirements.txt": "beta\n"})
    platform.compile(app)
    write_app(app, {"requirements.txt": "alpha==2.0\n"})

    platform.compile(app)

    names = {path.name for path in app.glob(".tampu/site/lib/python3.*/site-packages/*")}
    assert "alpha.py" in names
    assert "beta.py" not in names


def test_a_build_that_fails_leaves_the_cache_as_it_was(app: Path, platform: Platform) -> None:
    platform.compile(app)
    write_app(app, {"requirements.txt": "no-such-package\n"})
    failed = platform.call("compile", app)
    write_app(app, {"requirements.txt": "alpha==1.0\n"})

    result = platform.compile(app)

    assert 1 == failed.code
    assert 2 == result.out.count("Unchanged: taken from the cache")


def test_what_is_there_is_kept_until_a_user_asks_for_the_newest(app: Path, platform: Platform) -> None:
    write_app(app, {"requirements.txt": "alpha<2\n"})
    platform.compile(app)
    write_app(app, {"requirements.txt": "alpha\n"})

    platform.compile(app)
    kept = {path.name for path in app.glob(".tampu/site/lib/python3.*/site-packages/alpha-*")}
    platform.set_for_user(TAMPU_REFRESH="2026-11-21")
    result = platform.compile(app)
    newest = {path.name for path in app.glob(".tampu/site/lib/python3.*/site-packages/alpha-*")}

    assert ({"alpha-1.0.dist-info"}, {"alpha-2.0.dist-info"}) == (kept, newest)
    assert "       Needed: TAMPU_REFRESH changed" in result.out
