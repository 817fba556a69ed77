from __future__ import annotations

import pytest

from tampu.build.tasks.stack_errors import nginx_error, unknown_host, uwsgi_error

TAIL = "\nnginx: configuration file ./nginx.conf test failed\n"


@pytest.mark.parametrize(
    ("said", "approot", "found"),
    [
        (
            'nginx: [emerg] unknown directive "expire" in ./app/current/nginx.conf:3',
            ".",
            'unknown directive "expire", at nginx.conf line 3',
        ),
        (
            'nginx: [emerg] unknown directive "expire" in ./app/current/my nginx.conf:3',
            "web/www",
            'unknown directive "expire", at web/www/my nginx.conf line 3',
        ),
        (
            'nginx: [emerg] "root" directive is duplicate in ./nginx.conf:7',
            "web",
            '"root" directive is duplicate, at config/nginx.conf.template line 7',
        ),
        (
            "nginx: [emerg] unexpected end of file in ./app/config/uwsgi.conf:9",
            ".",
            "unexpected end of file, at config/uwsgi.conf line 9",
        ),
        ('nginx: [alert] x\n2026/11/21 [emerg] 7#7: open() "/x" failed', ".", 'open() "/x" failed'),
        ("Segmentation fault", ".", "Segmentation fault"),
    ],
)
def test_nginxs_own_sentence_with_the_place_as_users_know_it(said: str, approot: str, found: str) -> None:
    assert nginx_error(said + (TAIL if "nginx:" in said else ""), approot).advice.startswith(f"Found:    {found}\n")


def test_an_nginx_that_says_nothing() -> None:
    assert "Found:    nothing that says why\n" in nginx_error("\n", ".").advice


def test_a_host_that_is_known_elsewhere() -> None:
    said = 'nginx: [emerg] host not found in upstream "db.internal:80" in ./app/current/nginx.conf:1'

    assert "db.internal" == unknown_host(said)
    assert unknown_host("nginx: [emerg] no port") is None


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ("[strict-mode] unknown config directive: procesess\n", "UWSGI_PROCESESS"),
        ("python: unrecognized option '--procesess'\ngetopt_long() error\n", "UWSGI_PROCESESS"),
        ("[strict-mode] unknown config directive: foo-bar\n", "`foo-bar` in the file that UWSGI_INI names"),
    ],
)
def test_an_option_that_uwsgi_does_not_know(said: str, found: str) -> None:
    error = uwsgi_error(said, {"UWSGI_PROCESESS", "UWSGI_INI"})

    assert error
    assert error.advice.startswith(f"Found:    {found}\n")


def test_what_else_uwsgi_says_is_no_error_of_a_build() -> None:
    assert uwsgi_error("realpath() of /app/uwsgi.ini failed", {"UWSGI_INI"}) is None
