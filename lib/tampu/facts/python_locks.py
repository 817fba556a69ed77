"""The Python that package managers' files and dotcloud.yml ask for, among much else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tampu.facts.documents import read_json, read_yaml
from tampu.facts.locks.lockfile import open_toml, refuse_conflicts
from tampu.facts.python_files import Several
from tampu.facts.python_ranges import poetry_request, range_request
from tampu.facts.python_version import Place, Request, exact_request
from tampu.facts.toml import read_toml

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tampu.facts.tree import Tree

DOTCLOUD = Place(origin="dotcloud.yml", form="v{}")
PIPFILE_LOCK = Place(origin="Pipfile.lock", form='python_version = "{}"')
PIPFILE_KEYS = ("python_full_version", "python_version")


def dotcloud_yml(tree: Tree, service: str = "") -> tuple[Request, ...]:
    """The version that the service, or all Python services of the file, ask for."""
    text = tree.read(DOTCLOUD.origin)
    services = read_yaml(text, DOTCLOUD.origin) if text else {}
    wanted = {service: services[service]} if service in services else services
    wishes = tuple(dict.fromkeys(str(wish).strip() for wish in _python_versions(wanted)))
    if len(wishes) > 1:
        raise Several(DOTCLOUD, wishes)
    return tuple(exact_request(DOTCLOUD, wish.removeprefix("v"), wish) for wish in wishes)


def _python_versions(services: Mapping[str, object]) -> tuple[object, ...]:
    configs = (_at(service, "config") for service in services.values() if _runs_python(service))
    return tuple(config["python_version"] for config in configs if "python_version" in config)


def _runs_python(service: object) -> bool:
    return str(_at(service).get("type", "python")).startswith("python")


def pipfile_lock(tree: Tree) -> tuple[Request, ...]:
    if not tree.has(PIPFILE_LOCK.origin):
        return ()
    requires = _at(read_json(_merged(tree, PIPFILE_LOCK.origin), PIPFILE_LOCK.origin), "_meta", "requires")
    key = next((key for key in PIPFILE_KEYS if requires.get(key, "*") != "*"), None)
    if key is None:
        return ()
    version = str(requires[key]).strip()
    return (exact_request(PIPFILE_LOCK, version, f'{key} = "{version}"'),)


def uv_lock(tree: Tree) -> tuple[Request, ...]:
    # Only its head: the packages below it may be thousands of lines, and uv reads those itself.
    head, _, _ = _merged(tree, "uv.lock").partition("\n[[package]]")
    return range_request("uv.lock", read_toml(head, "uv.lock").get("requires-python"))


def poetry_lock(tree: Tree) -> tuple[Request, ...]:
    # Only its end, for the same reason; the blank lines keep the numbers in errors right.
    packages, table, end = _merged(tree, "poetry.lock").rpartition("\n[metadata]")
    document = read_toml("\n" * packages.count("\n") + table + end, "poetry.lock")
    return poetry_request("poetry.lock", _at(document, "metadata").get("python-versions"))


def pyproject_toml(tree: Tree) -> tuple[Request, ...]:
    document = open_toml(tree, "pyproject.toml").values
    standard = range_request("pyproject.toml", _at(document, "project").get("requires-python"))
    wish = _at(document, "tool", "poetry", "dependencies").get("python")
    return standard + poetry_request("pyproject.toml's tool.poetry", _at(wish).get("version", wish))


def _merged(tree: Tree, name: str) -> str:
    """Its text, empty if there is none; what git wrote into it is told before a parser stumbles over that."""
    text = tree.read(name) or ""
    refuse_conflicts(text, name)
    return text


def _at(document: object, *names: str) -> Mapping[str, object]:
    """The table at the end of that path; what is not there, or is no table, is an empty one."""
    for name in names:
        document = document.get(name) if isinstance(document, dict) else None
    return document if isinstance(document, dict) else {}
