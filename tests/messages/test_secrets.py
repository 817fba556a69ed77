from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest

from tests.kit import failures, web, wheels

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.kit.failures import Bench

KEY = f"x7-correct-horse-{'0123456789' * 12}"
PASSWORD = "p4ss:w0rd@battery"  # noqa: S105 - of a server that lives for one test
LOGIN = f"team:{PASSWORD}"
# What an app says that would give its secrets away, in the file that its failing build reads or runs.
BETRAYALS = {
    "app::bad-toml": (
        "pyproject.toml",
        f'[project] "https://{LOGIN}@a-rather-long-name-of-a-host.example.com/simple"\n',
    ),
    "collectstatic::settings": ("settings.py", "import os\nraise ImportError(os.environ['API_KEY'])\n"),
    "dotcloud::postbuild": ("dotcloud.yml", "www:\n  type: python\n  postbuild: env; exit 3\n"),
    "hooks::pre-compile": ("bin/pre_compile", "#!/bin/sh\nenv\nexit 4\n"),
    "install::build-failed": (
        "shop/backend.py",
        "import os\nraise ValueError('Failed to build ' + os.environ['HOME'])\n",
    ),
    "install::not-found": ("requirements.txt", "alpha==9.9\n"),
    "install::unauthorized": ("requirements.txt", "alpha==1.0\n"),
    "python-version::wrong-form": ("runtime.txt", f"python https://{LOGIN}@a-rather-long-name-of-a-host.example.com\n"),
    "requirements::bad-line": (
        "requirements.txt",
        f"alpha = https://{LOGIN}@a-rather-long-name-of-a-host.example.com\n",
    ),
    "requirements::url-include": (
        "requirements.txt",
        f"-r https://{LOGIN}@a-rather-long-name-of-a-host.example.com/x\n",
    ),
    "tools::failed": ("runtime.txt", "python-3.12\n"),
}


@pytest.mark.parametrize("reason", BETRAYALS)
def test_secrets_stay_secret(reason: str, failing: Callable[[str], Bench]) -> None:
    bench = failing(reason)
    bench.write(*BETRAYALS[reason])
    bench.user_env.joinpath("API_KEY").write_text(KEY)
    bench.user_env.joinpath("PIP_EXTRA_INDEX_URL").write_text(private_index(bench))

    result = bench.run()
    told = result.out + result.err + written(bench.cache / "build-data")

    assert failures.message(result.err).endswith(f"({reason})\n"), result.out + result.err
    assert [] == [secret for secret in (KEY, KEY[:40], KEY[-40:], "p4ss", "w0rd", quote(PASSWORD)) if secret in told]


def private_index(bench: Bench) -> str:
    """The address, with a user and a password in it, of an index that has nothing."""
    folder = bench.app.parent / "nothing"
    folder.mkdir()
    wheels.index(folder)
    site = bench.stack.enter_context(web.serve(folder, login=LOGIN))
    return f"{site.url.replace('://', f'://team:{quote(PASSWORD)}@')}/simple"


def written(folder: Path) -> str:
    return "".join(path.read_text(encoding="utf-8") for path in folder.rglob("*") if path.is_file())
