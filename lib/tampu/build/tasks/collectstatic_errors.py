"""Why `collectstatic` failed, read from what it wrote, in words that say what to change."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tampu.errors import TampuError

if TYPE_CHECKING:
    from collections.abc import Callable

    from tampu.world.run import CommandFailed

OR_SKIP = "Or set DISABLE_COLLECTSTATIC=1 to build without static files."
WIDEST_LINE = 88


class CollectstaticFailed(TampuError):
    reason = "collectstatic::failed"

    def __init__(self, problem: str, manage_py: str) -> None:
        super().__init__(
            title="Django's static files can't be collected",
            found=problem,
            expected="collectstatic to end without an error",
            todo=(
                f"The whole output is above. Run `python {manage_py} collectstatic --noinput` on your\n"
                "machine to see the same, mend it, commit it and build again.\n"
                f"{OR_SKIP}"
            ),
        )


class NoStaticRoot(TampuError):
    reason = "collectstatic::no-static-root"

    def __init__(self) -> None:
        super().__init__(
            title="Django has no folder to collect static files in",
            found="settings without STATIC_ROOT",
            expected="the folder that they are collected in",
            todo=(
                "Add this line to your settings, commit it and build again:\n\n"
                '    STATIC_ROOT = BASE_DIR / "staticfiles"\n\n'
                f"{OR_SKIP}"
            ),
        )


class MissingVariable(TampuError):
    reason = "collectstatic::missing-variable"

    def __init__(self, name: str) -> None:
        super().__init__(
            title=f"Django's settings need {name}",
            found=f"no value for {name} while building",
            expected="the same variables as when the app runs",
            todo=(
                f"Set {name} for the app, or read it in the settings with a default, and build again:\n\n"
                f'    os.environ.get("{name}", "only-for-the-build")\n\n'
                f"{OR_SKIP}"
            ),
        )


class BrokenSettings(TampuError):
    reason = "collectstatic::settings"

    def __init__(self, problem: str) -> None:
        super().__init__(
            title="Django's settings, or a module that they need, can't be imported",
            found=problem,
            expected="settings that can be imported while building",
            todo=(
                "If it is a package that is missing, add it to your requirements. If it is a module of your\n"
                "app, see that it is committed, and that DJANGO_SETTINGS_MODULE is spelled as its file is.\n"
                "The whole traceback is above.\n"
                f"{OR_SKIP}"
            ),
        )


class DatabaseNeeded(TampuError):
    reason = "collectstatic::database"

    def __init__(self, problem: str) -> None:
        super().__init__(
            title="Django asks for a database while it collects static files",
            found=problem,
            expected="no query before the app runs; a build has no database",
            todo=(
                "The traceback above shows the line that asks. Move it from the top of its module into the\n"
                "function that needs the answer, commit it and build again.\n"
                f"{OR_SKIP}"
            ),
        )


class MissingFile(TampuError):
    reason = "collectstatic::missing-file"

    def __init__(self, problem: str) -> None:
        super().__init__(
            title="A static file is missing",
            found=problem,
            expected="each file that settings and stylesheets name, in the app",
            todo=(
                "Add it, or take the reference to it out; .gitignore may keep it from being committed.\n"
                "Files that another tool makes must be made in bin/pre_compile.\n"
                f"{OR_SKIP}"
            ),
        )


TRACEBACK = "Traceback (most recent call last):\n"
VARIABLE = (
    re.compile(r"(?s)(?:<frozen os>|[/\\]os\.py)\", line \d+, in __getitem__\n.*?^KeyError: '(\w+)'", re.MULTILINE),
    re.compile(r"Set the (\w+) environment variable"),
    re.compile(r"UndefinedValueError: (\w+) not found"),
    re.compile(r'Environment variable "(\w+)" not set'),
    re.compile(r"The (SECRET_KEY) setting must not be empty"),
)
RULES: tuple[tuple[re.Pattern[str], Callable[[str], TampuError]], ...] = (
    (re.compile(r"without having set the STATIC_ROOT"), lambda _: NoStaticRoot()),
    (re.compile(r"OperationalError|ProgrammingError|InterfaceError|ConnectionDoesNotExist"), DatabaseNeeded),
    (re.compile(r"FileNotFoundError|MissingFileError|could not be found with|SuspiciousFileOperation"), MissingFile),
    (re.compile(r"ModuleNotFoundError|ImportError|SyntaxError|IndentationError|ImproperlyConfigured"), BrokenSettings),
)


def explained(failure: CommandFailed, manage_py: str) -> TampuError:
    variable = next((match[1] for pattern in VARIABLE if (match := pattern.search(failure.output))), None)
    if variable:
        return MissingVariable(variable)
    problem = _exception(failure)
    rule = next((rule for pattern, rule in RULES if pattern.search(problem)), None)
    return rule(_short(problem)) if rule else CollectstaticFailed(_short(problem), manage_py)


def _exception(failure: CommandFailed) -> str:
    """The line that ends the last traceback: the first one of it that is not indented; without any, the last line."""
    _, traceback, text = failure.output.rpartition(TRACEBACK)
    lines = [line for line in text.splitlines() if line[:1].strip()]
    return lines[0 if traceback else -1] if lines else failure.title


def _short(line: str) -> str:
    return line if len(line) <= WIDEST_LINE else f"{line[: WIDEST_LINE - 3]}..."
