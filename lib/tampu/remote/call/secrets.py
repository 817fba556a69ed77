"""Variables for a script, of which only the names are ever told."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tampu.errors import TampuError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from tampu.remote.call.here import Here

NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
QUOTES = "'\""
EXPORT = "export "


class BadVariable(TampuError):
    reason = "remote::bad-variable"
    exit_code = 2

    def __init__(self, found: str, expected: str) -> None:
        super().__init__(
            title="A variable for the script can't be set",
            found=found,
            expected=expected,
            todo=(
                "`-e NAME` gives the script yours, `-e NAME=VALUE` another one. What nobody may see on the command\n"
                "line stands in a file of such lines: `--secrets FILE`."
            ),
        )


class BadSecrets(TampuError):
    reason = "remote::bad-secrets"
    exit_code = 2

    def __init__(self, path: Path, found: str) -> None:
        super().__init__(
            title="A file of secrets can't be read",
            found=f"{path}: {found}",
            expected="lines of NAME=VALUE, the name in letters, digits and _",
            todo="Mend the file. A line that begins with # is a remark; a value may stand in quotes.",
        )


def variables(here: Here) -> dict[str, str]:
    """What the configuration and the call give it; of all that, only names are ever told."""
    own = (here.conf.secrets,) if here.conf.secrets else ()
    hidden = read((*own, *(here.cwd / each for each in here.call.values("secrets"))))
    named = given(here.call.values("env"), here.environ)
    here.say.hide((*hidden.values(), *named.values()))
    return {**given(here.conf.env, here.environ), **hidden, **named}


def given(words: Iterable[str], environ: Mapping[str, str]) -> dict[str, str]:
    """By words of NAME=VALUE, or of NAME alone for one of ours."""
    return dict(_given(word, environ) for word in words)


def _given(word: str, environ: Mapping[str, str]) -> tuple[str, str]:
    name, equals, value = word.partition("=")
    if not NAME.fullmatch(name):
        raise BadVariable(f"-e {name}", "a name in letters, digits and _")
    if not equals and name not in environ:
        raise BadVariable(f"{name} is not set here", f"{name}=VALUE, or a variable that you have")
    return name, value if equals else environ[name]


def read(paths: Iterable[Path]) -> dict[str, str]:
    return {name: value for path in paths for name, value in _lines(path)}


def _lines(path: Path) -> Iterator[tuple[str, str]]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise BadSecrets(path, "bytes that are no text") from None
    except OSError as error:
        raise BadSecrets(path, error.strerror or str(error)) from None
    for number, line in enumerate(text.splitlines(), 1):
        told = line.strip().removeprefix(EXPORT)
        if not told or told.startswith("#"):
            continue
        name, equals, value = told.partition("=")
        if not equals or not NAME.fullmatch(name.strip()) or "\0" in value:
            raise BadSecrets(path, f"line {number} is something else")
        yield name.strip(), _unquoted(value.strip())


def _unquoted(value: str) -> str:
    quoted = len(value) > 1 and value[0] == value[-1] and value[0] in QUOTES
    return value[1:-1] if quoted else value
