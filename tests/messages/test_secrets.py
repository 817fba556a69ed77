from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.kit.failures import Bench

SECRET = "x7-correct-horse"
PASSWORD = "p4ss:w0rd@battery"
# Where installers, the app's own programs, tampu's parsers and its downloads speak.
TELLING = (
    *("app::bad-toml", "collectstatic::settings", "dotcloud::postbuild", "download::status", "hooks::pre-compile"),
    *("install::conflict", "install::not-found", "install::unauthorized", "package-manager::unknown"),
    *("python-version::wrong-form", "tools::failed"),
)


@pytest.mark.parametrize("reason", TELLING)
def test_secrets_stay_secret(reason: str, failing: Callable[[str], Bench]) -> None:
    bench = failing(reason)
    bench.user_env.joinpath("API_KEY").write_text(SECRET)
    bench.user_env.joinpath("PIP_EXTRA_INDEX_URL").write_text(f"https://team:{PASSWORD}@127.0.0.1:1/simple")
    bench.env["TAMPU_MIRROR"] = with_login(bench.env["TAMPU_MIRROR"])
    betray(bench)

    result = bench.run()
    told = result.out + result.err + written(bench.cache / "build-data")

    assert f"({reason})" in result.err
    assert SECRET not in told
    assert PASSWORD not in told
    assert "w0rd" not in told


def with_login(address: str) -> str:
    return address.replace("://", f"://team:{PASSWORD.replace('@', '%40')}@")


def betray(bench: Bench) -> None:
    """Let whatever the app says hold its secrets."""
    betrayals = {
        "pyproject.toml": f'name = {SECRET} "https://team:{PASSWORD}@host/"\n',
        "runtime.txt": f"python {SECRET}\n",
        "settings.py": f"import os\nprint(os.environ['API_KEY'], 'https://team:{PASSWORD}@host/')\nimport nothing\n",
        "bin/pre_compile": f"#!/bin/sh\necho $API_KEY https://team:{PASSWORD}@host/\nexit $API_KEY\n",
        "dotcloud.yml": "www:\n  type: python\n  postbuild: env; echo $API_KEY; exit 3\n",
    }
    for name, text in betrayals.items():
        if (bench.app / name).is_file() and not (bench.app / "manage.py").is_file() | (name == "settings.py"):
            bench.write(name, text)


def written(folder: Path) -> str:
    return "".join(path.read_text(encoding="utf-8") for path in folder.rglob("*") if path.is_file())
