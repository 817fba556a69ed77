"""What is wrong with an app's own settings of nginx and uWSGI, in their words and with the place to mend."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tampu.errors import TampuError
from tampu.facts.excerpt import SENTENCE, excerpt

if TYPE_CHECKING:
    from collections.abc import Container

COMPLAINT = re.compile(r"\[emerg\] (?:\d+#\d+: )?(?P<what>.+?)(?: in (?P<file>\S.*):(?P<line>\d+))?$", re.MULTILINE)
UNKNOWN_HOST = re.compile(r'host not found in upstream "?([^"\s:]+)')
UNKNOWN_OPTION = re.compile(r"unknown config directive: (\S+)|unrecognized option '--([^'=]+)")
INCLUDED = "app/current/"
OURS = "app/"
FILLED = "nginx.conf"
TEMPLATE = "config/nginx.conf.template"


class BadNginxConf(TampuError):
    reason = "nginx::bad-config"

    def __init__(self, what: str, where: str) -> None:
        super().__init__(
            title="nginx doesn't accept the app's configuration",
            found=f"{what}{where and f', at {where}'}",
            expected="directives that nginx allows in a `server` block",
            todo=(
                "Each *nginx.conf in the approot is read inside the `server` block that serves the app, and\n"
                "each *uwsgi.conf inside the location of the app. Mend it, commit it and build again. If the\n"
                "file is meant for something else, give it a name that doesn't end in nginx.conf."
            ),
        )


class BadOption(TampuError):
    reason = "uwsgi::bad-option"

    def __init__(self, option: str, where: str) -> None:
        super().__init__(
            title="uWSGI has no such option",
            found=where,
            expected="an option of uWSGI, in capitals and with _ for -",
            todo=(
                f"uWSGI takes each variable UWSGI_... for an option of its own, and knows no `{option}`.\n"
                "Mend its name or unset it, and build again."
            ),
        )


def nginx_error(output: str, approot: str) -> BadNginxConf:
    match = COMPLAINT.search(output)
    if not match:
        lines = output.strip().splitlines() or ["nothing that says why"]
        return BadNginxConf(excerpt(lines[-1], SENTENCE), "")
    where = f"{_place(match['file'], approot)} line {match['line']}" if match["file"] else ""
    return BadNginxConf(excerpt(match["what"], SENTENCE), where)


def unknown_host(output: str) -> str | None:
    """A host that may well be known where the app runs."""
    match = UNKNOWN_HOST.search(output)
    return match[1] if match else None


def uwsgi_error(output: str, variables: Container[str]) -> BadOption | None:
    """None where it is something else, which may well be there where the app runs."""
    match = UNKNOWN_OPTION.search(output)
    if not match:
        return None
    option = excerpt(match[1] or match[2])
    name = f"UWSGI_{option.upper().replace('-', '_')}"
    return BadOption(option, name if name in variables else f"`{option}` in the file that UWSGI_INI names")


def _place(file: str, approot: str) -> str:
    path = file.removeprefix("./")
    if path.startswith(INCLUDED):
        return "/".join(part for part in (approot, path.removeprefix(INCLUDED)) if part != ".")
    return TEMPLATE if path == FILLED else path.removeprefix(OURS)
