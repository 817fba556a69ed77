"""Errors of a config's reading in words: PasteDeploy reads it, and here it is noted which section it is at."""

from __future__ import annotations

import configparser
import os
import sys
import traceback
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tampu.errors import TampuError
from tampu.paste import explaining
from tampu.paste.spots import Spot, shown
from tampu.paste.troubles import BadConfig, BadSection, NoConfig, NoSection

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tampu.paste.asking import Ask

NAMERS = ("use", "pipeline", "next")
PROTOCOLS = "paste."
FILTER_APP = "filter-app:"
OF_FILTERS = frozenset({"paste.filter_factory", "paste.filter_app_factory"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A section that is at work; `names` is what it says of where its app, filter or server is."""

    spot: Spot
    names: str
    groups: frozenset[str]


@dataclass(slots=True)
class Notes:
    """`at` are the sections that were not done when it failed; `made` is where each object's context came from."""

    at: list[Step] = field(default_factory=list)
    made: list[tuple[object, Step]] = field(default_factory=list)

    def step(self, frames: Iterable[Any]) -> Step | None:
        if self.at:
            return self.at[-1]
        found = None
        for frame in frames:
            context = frame.f_locals.get("context")
            found = next((step for known, step in self.made if known is context), found)
        return found


@contextmanager
def telling(ask: Ask, kind: str, address: str = "") -> Iterator[None]:
    from paste.deploy import loadwsgi

    notes = Notes()
    plain = loadwsgi.ConfigLoader
    loadwsgi.ConfigLoader = _noting(plain, notes)
    try:
        yield
    except TampuError:
        raise
    except Exception as error:
        step = notes.step(frame for frame, _ in traceback.walk_tb(error.__traceback__))
        step = step or Step(spot=Spot(file=ask.file or ask.config), names=address or ask.config, groups=_groups(kind))
        raise explaining.explained(error, step.spot, step.names, step.groups) from error
    finally:
        loadwsgi.ConfigLoader = plain


def _noting(plain: Any, notes: Notes) -> Any:  # noqa: ANN401 - PasteDeploy has no types
    class Noting(plain):  # type: ignore[misc]
        def __init__(self, filename: str) -> None:
            by = _by(notes)
            try:
                super().__init__(filename)
            except OSError as error:
                raise NoConfig(shown(filename), error.strerror or str(error), by) from error
            except (configparser.Error, UnicodeDecodeError) as error:
                raise BadConfig(*explaining.unreadable(filename, error)) from error
            # A percent sign in a folder's name is one, and no beginning of a variable.
            where = os.path.abspath(filename).replace("%", "%%")
            self.update_defaults({"here": os.path.dirname(where), "__file__": where})

        def find_config_section(self, object_type: Any, name: Any = None) -> Any:  # noqa: ANN401
            try:
                return super().find_config_section(object_type, name=name)
            except LookupError as error:
                kinds = [each for several in object_type.config_prefixes for each in several]
                wanted, file = f"{kinds[0]}:{name or 'main'}", shown(self.filename)
                if "Ambiguous" in str(error):
                    raise BadSection(file, wanted, "several sections of that name") from error
                sections = self.parser.sections()
                there = [each for each in sections if each.partition(":")[0] in kinds]
                raise NoSection(file, wanted, there or sections, _by(notes)) from error

        def get_context(self, object_type: Any, name: Any = None, global_conf: Any = None) -> Any:  # noqa: ANN401
            if self.absolute_name(name):
                return super().get_context(object_type, name, global_conf)
            notes.at.append(_step(self, object_type, name))
            context = super().get_context(object_type, name, global_conf)
            notes.made.append((context, notes.at.pop()))
            return context

    return Noting


def _step(loader: Any, object_type: Any, name: str | None) -> Step:  # noqa: ANN401
    section = loader.find_config_section(object_type, name=name)
    options = loader.parser.options(section)
    namers = [each for each in options if each in NAMERS or each.startswith(PROTOCOLS)]
    option = next(iter(sorted(namers, key=NAMERS.__contains__, reverse=True)), "")
    names = loader.parser.get(section, option, raw=True) if option else ""
    groups = frozenset(each for several in object_type.egg_protocols for each in several)
    if section.startswith(FILTER_APP):
        groups = OF_FILTERS
    return Step(spot=Spot(file=loader.filename, section=section, option=option), names=names, groups=groups)


def _by(notes: Notes) -> str:
    """Who has asked for it, if a config has."""
    frames, frame = [], sys._getframe()  # noqa: SLF001 - its only name
    while frame:
        frames.append(frame)
        frame = frame.f_back  # type: ignore[assignment]
    step = notes.step(reversed(frames))
    return str(step.spot) if step else ""


def _groups(kind: str) -> frozenset[str]:
    kinds = {"app": ("app", "composite", "composit"), "server": ("server",)}[kind]
    return frozenset({*(f"paste.{each}_factory" for each in kinds), f"paste.{kind}_runner"})
