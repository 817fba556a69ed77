"""From what PasteDeploy, and what it calls, fails with to words for people."""

from __future__ import annotations

import configparser
import os
import traceback
from importlib import metadata
from typing import TYPE_CHECKING

from tampu.paste.spots import Spot, lines, shown
from tampu.paste.troubles import (
    AppFailed,
    BadArguments,
    BadSection,
    NoEntry,
    NoModule,
    NotInstalled,
    UnknownVariable,
)

if TYPE_CHECKING:
    from tampu.errors import TampuError

EGG = "egg:"
# In all that PasteDeploy says of one that is missing.
ENTRY = "ntry point"
MACHINERY = (os.path.dirname(os.path.abspath(__file__)) + os.sep, os.path.join("paste", "deploy", ""))
IMPORTING = ("<frozen importlib", os.path.join(os.path.dirname(os.__file__), "importlib", ""))


def explained(error: Exception, spot: Spot, names: str, groups: frozenset[str]) -> TampuError:
    """`names` is what that section says of where its app, filter or server is; `groups` are of entry points."""
    if isinstance(error, configparser.InterpolationError):
        return _unknown_variable(error, spot)
    if isinstance(error, metadata.PackageNotFoundError):
        return NotInstalled(str(spot), str(error.name))
    own = _own_frames(error)
    if not own and isinstance(error, LookupError):
        return _not_there(error, spot, names, groups)
    if not own and isinstance(error, (ImportError, AttributeError, ValueError)):
        return NoModule(str(spot), names, str(error))
    if not own and isinstance(error, TypeError):
        return BadArguments(str(spot), names, str(error))
    return failed(f"[{spot.section}] at {spot}" if spot.section else names, error)


def failed(what: str, error: Exception) -> AppFailed:
    """With the traceback of what isn't ours."""
    own = _own_frames(error)
    told = traceback.TracebackException.from_exception(error)
    told.stack = traceback.StackSummary.from_list(own)
    at = f"{shown(own[-1].filename)}:{own[-1].lineno}" if own else ""
    words = str(error)
    if isinstance(error, SyntaxError) and error.filename:
        at, words = f"{shown(error.filename)}:{error.lineno}", error.msg
    kind = type(error).__name__
    return AppFailed(what, f"{kind}: {words}" if words else kind, at, "".join(told.format()))


def unreadable(file: str, error: configparser.Error | UnicodeDecodeError) -> tuple[str, str]:
    """Where, and what is there."""
    if isinstance(error, UnicodeDecodeError):
        line = error.object[: error.start].count(b"\n") + 1
        return f"{shown(file)}:{line}", "bytes that aren't UTF-8"
    if isinstance(error, configparser.MissingSectionHeaderError):
        return f"{shown(file)}:{error.lineno}", f"{str(error.line).strip()!r} before any [section]"
    if isinstance(error, configparser.ParsingError):
        number, _ = error.errors[0]
        said = lines(file)[number - 1].strip()
        return f"{shown(file)}:{number}", f"{said!r}, which is neither a section nor name = value"
    if isinstance(error, configparser.DuplicateSectionError):
        return f"{shown(file)}:{error.lineno}", f"[{error.section}] for the second time"
    if isinstance(error, configparser.DuplicateOptionError):
        return f"{shown(file)}:{error.lineno}", f"{error.option} in [{error.section}] for the second time"
    return shown(file), str(error)


def _unknown_variable(error: configparser.InterpolationError, spot: Spot) -> UnknownVariable:
    said = Spot(file=spot.file, section=error.section, option=error.option)
    found = f"{said.option} = {said.value}" if said.value else f"{error.option}: {error}"
    name = getattr(error, "reference", "")
    by_call = f"Say {name} in [DEFAULT], or when it is served: tampu serve {shown(spot.file)} {name}=VALUE"
    return UnknownVariable(said, found, by_call if name else "Write %% where a percent sign is meant.")


def _not_there(error: LookupError, spot: Spot, names: str, groups: frozenset[str]) -> TampuError:
    if names.startswith(EGG) and ENTRY in str(error):
        package, _, wanted = names.removeprefix(EGG).partition("#")
        there = {each.name for each in metadata.distribution(package).entry_points if each.group in groups}
        return NoEntry(str(spot), package, wanted or "main", sorted(there))
    found = str(error).replace(f" in {spot.file}", "")
    if isinstance(error, KeyError):
        found = f"get asks for {error.args[0]}, which nobody has set"
    if isinstance(error, IndexError):
        found = "nothing behind pipeline ="
    return BadSection(str(spot), spot.section or names, found)


def _own_frames(error: Exception) -> list[traceback.FrameSummary]:
    """From the first on that is neither ours, nor PasteDeploy's, nor the import's."""
    frames = list(traceback.extract_tb(error.__traceback__))
    while frames and _is_machinery(frames[0].filename):
        frames.pop(0)
    return [each for each in frames if not each.filename.startswith(IMPORTING[0])]


def _is_machinery(file: str) -> bool:
    return file.startswith((MACHINERY[0], *IMPORTING)) or MACHINERY[1] in file
