"""Small commands about an app that are done in its own Python: points, request, post, make-config, setup-app."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

from tampu.platforms.calling import Parser, Usage
from tampu.platforms.people import ERRANDS as COMMANDS
from tampu.serve import options, program
from tampu.values import dataclass, field
from tampu.world.house import PACKAGE

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping, Sequence

    from tampu.serve.command import Become
    from tampu.serve.program import Program
    from tampu.world.console import Console

ERRANDS = PACKAGE / "paste" / "errands"
# An address that is no file: what is asked is asked of the folder where one is.
NONE = "egg:tampu"


@dataclass(frozen=True, slots=True, kw_only=True)
class Errand:
    """`wish` is what its class in paste/errands has; `config` is as written."""

    name: str
    wish: Mapping[str, object]
    python: str | None
    config: str = NONE
    app: str | None = None
    variables: Mapping[str, str] = field(default_factory=dict)


def main(name: str, argv: Sequence[str], environ: Mapping[str, str], say: Console, become: Become = os.execve) -> int:
    said = parser(name).parse_intermixed_args(list(argv))
    errand = {
        "points": _points,
        "request": _request,
        "post": _post,
        "make-config": _make_config,
        "setup-app": _setup_app,
    }[name](said)
    # What the app answers is all that is to be read.
    say.hush()
    made = _program(errand, environ, say)
    told = {"name": errand.name, "wish": errand.wish, "ask": made.ask.as_json()}
    return become(made.python, [str(made.python), str(ERRANDS), json.dumps(told)], dict(made.env))


def parser(name: str) -> Parser:
    made = Parser(prog=f"tampu {name}", description=COMMANDS[name])
    {
        "points": _add_points,
        "request": _add_request,
        "post": _add_request,
        "make-config": _add_make_config,
        "setup-app": _add_setup_app,
    }[name](made)
    made.add_argument("--python", metavar="FILE", help="the Python to ask; else the app's own")
    return made


def _program(errand: Errand, environ: Mapping[str, str], say: Console) -> Program:
    here = Path.cwd()
    call = options.Call(
        here=here,
        config=errand.config,
        app=errand.app,
        variables=errand.variables,
        python=here / errand.python if errand.python else None,
    )
    return program.of(call, environ, say)


def _add_points(made: Parser) -> None:
    made.add_argument("group", nargs="?", metavar="GROUP", help="a group, or a pattern such as 'paste.*'; else all")
    made.add_argument("name", nargs="?", metavar="NAME", help="an entry point's name, or a pattern")
    made.add_argument("-l", "--list", action="store_true", help="list the groups only")
    made.add_argument("-e", "--egg", metavar="PACKAGE", help="those of that package only")
    made.add_argument("--regex", action="store_true", help="the patterns are regular expressions")


def _points(said: argparse.Namespace) -> Errand:
    if said.regex:
        _check_regex(said.group or "")
        _check_regex(said.name or "")
    wish = {"group": said.group, "name": said.name, "egg": said.egg, "regex": said.regex, "list": said.list}
    return Errand(name="points", wish=wish, python=said.python)


def _check_regex(text: str) -> None:
    try:
        re.compile(text)
    except re.error as error:
        raise Usage(f"{text} ({error})", "a regular expression; without --regex a pattern such as 'paste.*'") from error


def _add_request(made: Parser) -> None:
    made.add_argument("config", metavar="CONFIG", help="such as development.ini")
    made.add_argument("url", metavar="URL", help="such as /page?name=value; without a slash, below /.command/")
    made.add_argument("words", nargs="*", metavar="name=value", help="what is asked behind the question mark")
    made.add_argument("-n", "--app-name", metavar="NAME", help="ask [app:NAME]; else main")
    made.add_argument("--header", action="append", default=[], metavar="NAME:VALUE", help="send this header, too")
    made.add_argument("--config-var", action="append", default=[], metavar="NAME:VALUE", help="a value for the config")
    made.add_argument("--display-headers", action="store_true", help="show status and headers before the answer")


def _request(said: argparse.Namespace, method: str = "GET") -> Errand:
    for header in said.header:
        _parted(header)
    wish = {
        "method": method,
        "url": said.url,
        "words": said.words,
        "headers": said.header,
        "display_headers": said.display_headers,
    }
    return Errand(
        name="request",
        wish=wish,
        python=said.python,
        config=said.config,
        app=said.app_name,
        variables=dict(map(_parted, said.config_var)),
    )


def _post(said: argparse.Namespace) -> Errand:
    return _request(said, "POST")


def _parted(text: str) -> tuple[str, str]:
    name, sign, value = text.partition(":")
    if not sign or not name.strip():
        raise Usage(text, "NAME:VALUE")
    return name.strip(), value.strip()


def _add_make_config(made: Parser) -> None:
    made.add_argument("package", metavar="PACKAGE[#NAME]", help="an installed package, and which app of it")
    made.add_argument("words", nargs="*", metavar="FILE name=value", help="else PACKAGE.ini; values for its template")
    made.add_argument("--overwrite", action="store_true", help="even if that file is there, and differs")
    made.add_argument("--run", action="store_true", help="set the app up, too")


def _make_config(said: argparse.Namespace) -> Errand:
    files = [word for word in said.words if "=" not in word]
    if len(files) > 1:
        raise Usage(" ".join(files), "one FILE")
    wish = {
        "package": said.package,
        "file": files[0] if files else None,
        "values": _values(said.words),
        "overwrite": said.overwrite,
        "run": said.run,
    }
    return Errand(name="make-config", wish=wish, python=said.python)


def _add_setup_app(made: Parser) -> None:
    made.add_argument("config", metavar="CONFIG[#SECTION]", help="such as development.ini")
    made.add_argument("words", nargs="*", metavar="name=value", help="values for the app's own setup")
    made.add_argument("--name", metavar="SECTION", help="the same as behind the #; else main")


def _setup_app(said: argparse.Namespace) -> Errand:
    odd = [word for word in said.words if "=" not in word]
    if odd:
        raise Usage(odd[0], "name=value")
    wish = {"values": _values(said.words)}
    return Errand(name="setup-app", wish=wish, python=said.python, config=said.config, app=said.name)


def _values(words: Sequence[str]) -> dict[str, str]:
    return dict(word.split("=", 1) for word in words if "=" in word)
