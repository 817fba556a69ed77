"""What may be wrong with a config and what it names."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from tampu.errors import TampuError
from tampu.paste.spots import near

if TYPE_CHECKING:
    from tampu.paste.spots import Spot

MOST = 12
WIDEST = 80


class NoConfig(TampuError):
    reason = "serve::no-config"
    exit_code = 2

    def __init__(self, where: str, found: str, named_at: str = "") -> None:
        by = f"{named_at} names another file, or make that one" if named_at else "Name another one, or make it"
        super().__init__(
            title=f"There is no config to be read at {where}",
            found=found,
            expected="an ini file in the format of PasteDeploy",
            todo=f"{by}.",
        )


class BadConfig(TampuError):
    reason = "serve::bad-config"
    exit_code = 2

    def __init__(self, where: str, found: str) -> None:
        super().__init__(
            title=f"{where} can't be understood",
            found=_short(found),
            expected="[section] lines, and name = value below them, each once",
            todo="Correct that line, and serve again.",
        )


class NoSection(TampuError):
    reason = "serve::no-section"
    exit_code = 2

    def __init__(self, file: str, wanted: str, there: list[str], named_at: str = "") -> None:
        found = _several([f"[{name}]" for name in near(wanted, there)]) or "no section at all"
        by = f"{named_at} asks for it: correct it there" if named_at else "Choose another one by its name"
        super().__init__(
            title=f"{file} has no [{wanted}]",
            found=found,
            expected=f"[{wanted}]",
            todo=f"{by}, or add the section.",
        )


class NotInstalled(TampuError):
    reason = "serve::not-installed"

    def __init__(self, where: str, package: str) -> None:
        super().__init__(
            title=f"{where} needs {package}, which is not installed",
            found=f"no package {package} for the Python that serves it (`tampu serve -v` names that)",
            expected="what `use = egg:PACKAGE` or `require` names, installed",
            todo=(
                f"Add {package} to what the app needs (its requirements.txt or pyproject.toml), or install it there.\n"
                "The app's own package counts once it is installed, such as by `pip install -e .`"
            ),
        )


class NoEntry(TampuError):
    reason = "serve::no-entry"

    def __init__(self, where: str, package: str, wanted: str, there: list[str]) -> None:
        super().__init__(
            title=f"{where} asks {package} for {wanted!r}, which it doesn't have",
            found=_several(near(wanted, there)) or "nothing of that kind",
            expected=f"an entry point {wanted} of {package}",
            todo=f"Name one of those: use = egg:{package}#NAME",
        )


class BadSection(TampuError):
    reason = "serve::bad-section"
    exit_code = 2

    def __init__(self, where: str, section: str, found: str) -> None:
        super().__init__(
            title=f"[{section}] at {where} is not complete, or says too much",
            found=_short(found),
            expected=(
                "one of use = egg:PACKAGE#NAME, use = call:MODULE:NAME or use = SECTION;\n"
                "pipeline = FILTER … APP alone in a pipeline; next = APP in a filter-app"
            ),
            todo="Correct the section, and serve again.",
        )


class UnknownVariable(TampuError):
    reason = "serve::unknown-variable"
    exit_code = 2

    def __init__(self, spot: Spot, found: str, todo: str) -> None:
        super().__init__(
            title=f"{spot.option} at {spot} can't be filled in",
            found=_short(found),
            expected="%(name)s of a name in [DEFAULT] or of this section; %% for a percent sign",
            todo=todo,
        )


class NoModule(TampuError):
    reason = "serve::no-module"

    def __init__(self, where: str, named: str, found: str) -> None:
        super().__init__(
            title=f"{where} names {named}, which can't be found",
            found=_short(found),
            expected="a module beside the config, in the folder where you are, or installed",
            todo="Correct the name, or install what it is in.",
        )


class BadArguments(TampuError):
    reason = "serve::arguments"
    exit_code = 2

    def __init__(self, where: str, named: str, found: str) -> None:
        super().__init__(
            title=f"{named} doesn't take what the section at {where} says",
            found=_short(found.partition("; ")[0].partition(". Did")[0]),
            expected="each option of the section as one of its arguments",
            todo="Correct the options, or the function's arguments.",
        )


class AppFailed(TampuError):
    reason = "serve::app-failed"

    def __init__(self, what: str, error: str, at: str, traceback: str) -> None:
        self.traceback = traceback
        super().__init__(
            title=f"{what} failed",
            found=f"{_short(error)}{at and f' ({at})'}",
            expected="no error while it is loaded",
            todo="The traceback above says where in its code that was.",
        )


class BadLogging(TampuError):
    reason = "serve::logging"
    exit_code = 2

    def __init__(self, where: str, found: str) -> None:
        super().__init__(
            title=f"The logging that {where} asks for can't be had",
            found=_short(found),
            expected=(
                "[loggers], [handlers] and [formatters] as logging.config has them,\nand a section for each of them"
            ),
            todo="Correct it, or take these sections out.",
        )


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= WIDEST else f"{line[: WIDEST - 1]}…"


def _several(names: list[str]) -> str:
    more = len(names) - MOST
    text = ", ".join(names[:MOST]) + (f" and {more} more" if more > 0 else "")
    return textwrap.fill(text, WIDEST, subsequent_indent=" " * len("Expected: "), break_on_hyphens=False)
