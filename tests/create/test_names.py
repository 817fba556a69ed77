"""What a project's package can't be called, as something else would no longer be found."""

from __future__ import annotations

import pytest

from tampu.create.names import TakenPackage, check_free


@pytest.mark.parametrize(
    ("package", "made", "whose"),
    [
        ("email", ["email/__init__.py"], "a module of Python's own"),
        ("site", ["src/site/__init__.py"], "a module of Python's own"),
        ("html", ["html.py", "test_html.py"], "a module of Python's own"),
        ("flask", ["flask/__init__.py"], "what the template needs itself"),
    ],
)
def test_a_package_hides_no_other(package: str, made: list[str], whose: str) -> None:
    with pytest.raises(TakenPackage, match=f"A package named {package} would hide") as caught:
        check_free(package, made, ["flask"])

    assert whose in caught.value.advice


@pytest.mark.parametrize(
    ("package", "made"), [("site", ["main.py"]), ("flask", ["docs/flask/x"]), ("shop", ["shop.py"])]
)
def test_a_project_may_be_called_like_one_without_having_such_a_package(package: str, made: list[str]) -> None:
    check_free(package, made, ["flask"])
