"""What follows from a project's name."""

from __future__ import annotations

import keyword
import re
import sys
from pathlib import PurePath
from typing import TYPE_CHECKING

from tampu.errors import TampuError
from tampu.facts.excerpt import excerpt

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

PROJECT = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?")
LONGEST = 100
# They follow from the name, so no record of answers has them unless somebody said otherwise.
DERIVED = ("project", "package", "egg")


class BadName(TampuError):
    reason = "create::bad-name"
    exit_code = 2

    def __init__(self, name: str) -> None:
        super().__init__(
            title="That can't be the name of a project",
            found=excerpt(name) or "nothing",
            expected=f"up to {LONGEST} letters, digits, dots, dashes and underscores, as in my-shop",
            todo="Call it something else: tampu create my-shop",
        )


class BadPackage(TampuError):
    reason = "create::bad-package"
    exit_code = 2

    def __init__(self, package: str) -> None:
        super().__init__(
            title="That can't be the name of a Python package",
            found=excerpt(package) or "nothing",
            expected="letters, digits and underscores, no digit first, and no word of Python's own",
            todo="Say what to call it: tampu create PROJECT package=my_shop",
        )


class TakenPackage(TampuError):
    reason = "create::taken-package"
    exit_code = 2

    def __init__(self, package: str, whose: str) -> None:
        super().__init__(
            title=f"A package named {package} would hide another one",
            found=f"{package}, which is {whose}",
            expected="a name that nothing else is imported by",
            todo=f"Say what to call it: tampu create PROJECT package=my_{package}",
        )


def derived(project: str) -> dict[str, str]:
    if not PROJECT.fullmatch(project) or len(project) > LONGEST:
        raise BadName(project)
    package = re.sub(r"[^a-z0-9_]", "", project.lower())
    return {"project": project, "package": package, "egg": re.sub(r"[^A-Za-z0-9.]+", "_", project)}


def check_package(values: Mapping[str, str]) -> None:
    package = values["package"]
    if not package.isidentifier() or keyword.iskeyword(package) or not package.isascii():
        raise BadPackage(package)


def check_free(package: str, made: Iterable[str], taken: Iterable[str]) -> None:
    """`made` are the paths of all files, `taken` what the templates' own code imports."""
    parts = (PurePath(path.removeprefix("src/")).parts for path in made)
    if not {package, f"{package}.py"} & {first for first, *_ in parts}:
        return
    if package in sys.stdlib_module_names:
        raise TakenPackage(package, "a module of Python's own")
    if package in taken:
        raise TakenPackage(package, "what the template needs itself")
