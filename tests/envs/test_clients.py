from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tampu.envs.clients import client_settings, uv_options

if TYPE_CHECKING:
    from pathlib import Path

QUIET = {"PIP_DISABLE_PIP_VERSION_CHECK": "1"}


def test_nothing_is_passed_on_but_where_packages_come_from() -> None:
    environ = {
        "PATH": "/usr/bin",
        "PIP_TARGET": "/elsewhere",
        "PIP_USER": "1",
        "PIP_REQUIRE_VIRTUALENV": "1",
        "UV_PROJECT_ENVIRONMENT": "/elsewhere",
        "UV_LINK_MODE": "symlink",
        "UV_SYSTEM_PYTHON": "1",
        "PIP_INDEX_URL": "",
    }

    assert QUIET == client_settings(environ)


def test_what_users_set_for_pip_is_said_to_uv() -> None:
    environ = {
        "PIP_INDEX_URL": "https://me:word@host/simple",
        "PIP_EXTRA_INDEX_URL": "https://more/simple",
        "PIP_TRUSTED_HOST": "host",
        "PIP_CERT": "/etc/own.pem",
        "PIP_DEFAULT_TIMEOUT": "180",
    }
    expected = {
        "UV_DEFAULT_INDEX": "https://me:word@host/simple",
        "UV_INDEX": "https://more/simple",
        "UV_INSECURE_HOST": "host",
        "SSL_CERT_FILE": "/etc/own.pem",
        "UV_HTTP_TIMEOUT": "180",
    }

    assert {**environ, **expected, **QUIET} == client_settings(environ)


def test_what_users_set_for_uv_wins() -> None:
    environ = {"PIP_INDEX_URL": "https://pips/simple", "UV_DEFAULT_INDEX": "https://uvs/simple"}

    assert {**environ, **QUIET} == client_settings(environ)


def test_a_uv_that_reads_settings_for_certificates_and_patience() -> None:
    environ = {"UV_SYSTEM_CERTS": "1", "UV_HTTP_TIMEOUT": "9", "UV_INDEX_PRIVATE_PASSWORD": "word"}

    assert {**environ, **QUIET} == client_settings(environ)


def test_uv_is_not_told_of_folders_that_are_not_there(tmp_path: Path) -> None:
    links = f"{tmp_path} {tmp_path}/gone https://host/links"

    assert f"{tmp_path},https://host/links" == client_settings({"PIP_FIND_LINKS": links})["UV_FIND_LINKS"]
    assert "UV_FIND_LINKS" not in client_settings({"PIP_FIND_LINKS": f"{tmp_path}/gone"})


@pytest.mark.parametrize(
    ("value", "options"),
    [("1", ("--no-index",)), ("True", ("--no-index",)), ("0", ()), ("", ()), ("false", ())],
)
def test_no_index_at_all(value: str, options: tuple[str, ...]) -> None:
    assert options == uv_options({"PIP_NO_INDEX": value})
    assert () == uv_options({})
