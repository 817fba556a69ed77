from __future__ import annotations

import json

import pytest

from tampu.platforms.cloudfoundry_services import secrets_of_services

BOUND = {
    "postgres": [
        {
            "name": "database",
            "credentials": {"uri": "postgres://u:p@db/x", "hosts": [{"password": "hush-hush"}], "port": 5432},
        },
        {"name": "plain", "credentials": {"mode": "production"}},
    ]
}


def test_what_opens_a_service_is_secret_and_its_name_is_not() -> None:
    found = set(secrets_of_services({"VCAP_SERVICES": json.dumps(BOUND)}))

    assert {"postgres://u:p@db/x", "hush-hush"} == found


@pytest.mark.parametrize("text", ["", "{", "[]", '"x"', "null"])
def test_where_nothing_is_bound_nothing_is_secret(text: str) -> None:
    assert [] == list(secrets_of_services({"VCAP_SERVICES": text}))
    assert [] == list(secrets_of_services({}))


def test_services_without_an_end() -> None:
    assert [] == list(secrets_of_services({"VCAP_SERVICES": "[" * 100_000}))
