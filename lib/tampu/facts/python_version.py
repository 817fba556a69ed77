"""What an app asks for when it asks for a Python."""

from __future__ import annotations

import re

from tampu.errors import TampuError
from tampu.facts.excerpt import excerpt
from tampu.values import dataclass

EXAMPLE = "3.13"
MADE_FROM = {
    "Pipfile.lock": ("Pipfile", "pipenv lock"),
    "uv.lock": ("pyproject.toml", "uv lock"),
    "poetry.lock": ("pyproject.toml", "poetry lock"),
    "pyproject.toml's tool.poetry": ("pyproject.toml", "poetry lock"),
}
WRITTEN_AS = {
    "dotcloud.yml": "python_version: {}",
    "uv.lock": 'requires-python = "{}"',
    "poetry.lock": 'python = "{}"',
    "pyproject.toml": 'requires-python = "{}"',
    "pyproject.toml's tool.poetry": 'python = "{}"',
}
NUMBER = r"(?:0|[1-9][0-9]{0,3})"
VERSION = re.compile(rf"({NUMBER})(?:\.({NUMBER}|x))?(?:\.({NUMBER}|x))?")
VERSION_INSIDE = re.compile(r"(?<![0-9.])3(?:\.[0-9]{1,3}){1,2}(?![0-9])")
OTHER_PYTHONS = re.compile(
    r"(?i)\b(pypy|graalpy|graalpython|jython|ironpython|micropython|stackless|pyston|cinder|nogil"
    r"|(?:ana|mini)conda|miniforge|mambaforge)"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A file's wish: `spec` as PEP 440 writes it, `text` as the file does."""

    spec: str
    origin: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A file that may ask, and how a version looks there, with `{}` for its numbers."""

    origin: str
    form: str

    def wording(self, version: str) -> str:
        return self.form.format(version)


def mend(origin: str, text: str) -> str:
    """How to ask for something else there: in the file itself, or in the one that it is made from."""
    source, command = MADE_FROM.get(origin, (origin, ""))
    then = f"run `{command}`, commit both" if command else "commit it"
    return f"Write this in {source}, {then} and build again:\n\n    {WRITTEN_AS.get(origin, '{}').format(text)}"


class NotCPython(TampuError):
    reason = "python-version::not-cpython"

    def __init__(self, place: Place, text: str) -> None:
        super().__init__(
            title=f"{place.origin} asks for another Python than CPython",
            found=excerpt(text),
            expected="a version of CPython; no other Python is built here",
            todo=mend(place.origin, place.wording(EXAMPLE)),
        )


class WrongForm(TampuError):
    reason = "python-version::wrong-form"

    def __init__(self, place: Place, text: str) -> None:
        super().__init__(
            title=f"{place.origin} does not name a Python version in the form it should",
            found=excerpt(text),
            expected=f"{place.wording('X.Y')} or {place.wording('X.Y.Z')}",
            todo=mend(place.origin, place.wording(_nearest(text))),
        )


def series_of(version: str) -> str:
    """As in 3.13, of 3.13.5."""
    return ".".join(version.split(".")[:2])


def exact_request(place: Place, version: str, text: str) -> Request:
    """The request for what a file gives as `version`, which stands in `text` there."""
    found = VERSION.fullmatch(version)
    if found:
        return Request(spec=_spec(*found.groups()), origin=place.origin, text=text)
    raise unclear(place, text)


def unclear(place: Place, text: str) -> TampuError:
    """The error for a wish that is no version: of another Python, or in another form."""
    return NotCPython(place, text) if OTHER_PYTHONS.search(text) else WrongForm(place, text)


def _spec(major: str, minor: str | None, patch: str | None) -> str:
    if minor in {None, "x"}:
        return f"=={major}.*"
    if patch in {None, "x"}:
        return f"=={major}.{minor}.*"
    return f"=={major}.{minor}.{patch}"


def _nearest(text: str) -> str:
    found = VERSION_INSIDE.search(text)
    return found[0] if found else EXAMPLE
