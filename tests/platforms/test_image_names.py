from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tampu.platforms.image_names import BadName, each_in_cluster, in_cluster, read_reference

# What every kind of object takes, a Service included.
VALID = re.compile("[a-z]([a-z0-9-]*[a-z0-9])?")
LONGEST = 20


@pytest.mark.parametrize(
    "text",
    [
        "shop",
        "shop:1.0",
        "team/shop__a:Latest",
        "localhost/shop:1",
        "registry.example.org/team/shop",
        "registry.example.org:5000/team/shop:1.0",
        "host:5000/shop",
        f"shop@sha256:{'0' * 64}",
    ],
)
def test_names_of_images(text: str) -> None:
    assert text == read_reference("--image", text)


@pytest.mark.parametrize("text", ["", "Shop", "shop:", "shop: 1", "-shop", "shop\nRUN id", "shop:1:2", "$shop", "a//b"])
def test_what_is_no_name_of_an_image(text: str) -> None:
    with pytest.raises(BadName):
        read_reference("--image", text)


@pytest.mark.parametrize(
    ("text", "name"),
    [("shop", "shop"), ("My Shop_2", "my-shop-2"), ("2nd", "app-2nd"), ("Café", "cafe"), ("店", "app"), ("", "app")],
)
def test_names_in_a_cluster(text: str, name: str) -> None:
    assert name == in_cluster(text)


@given(st.text())
def test_any_text_makes_a_valid_name(text: str) -> None:
    name = in_cluster(text, LONGEST)

    assert VALID.fullmatch(name)
    assert LONGEST >= len(name)


@given(st.lists(st.text(alphabet="aB-_1", min_size=1, max_size=30), unique=True))
def test_names_are_valid_and_each_is_another(texts: list[str]) -> None:
    names = each_in_cluster(texts, LONGEST)

    assert len(texts) == len(set(names.values()))
    assert all(VALID.fullmatch(name) and len(name) <= LONGEST for name in names.values())


def test_the_first_of_those_that_look_alike_keeps_its_name() -> None:
    first, second = each_in_cluster(("my-worker", "my_worker"), LONGEST).values()

    assert "my-worker" == first
    assert re.fullmatch("my-worker-[0-9a-f]{6}", second)
