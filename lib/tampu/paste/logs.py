"""The logging that a config asks for, with its values; loggers that are there already go on."""

from __future__ import annotations

import configparser
import os
from typing import TYPE_CHECKING

from tampu.paste.spots import Spot
from tampu.paste.troubles import BadLogging

if TYPE_CHECKING:
    from tampu.paste.asking import Ask

LOGGERS = "loggers"


def configure(ask: Ask) -> None:
    if not ask.file:
        return
    file = os.path.join(ask.here, ask.file)
    known = {**ask.variables, "here": os.path.dirname(file), "__file__": file}
    parser = configparser.ConfigParser({name: value.replace("%", "%%") for name, value in known.items()})
    with open(file, encoding="utf-8") as config:
        parser.read_file(config)
    if not parser.has_section(LOGGERS):
        return
    from logging.config import fileConfig

    try:
        fileConfig(parser, disable_existing_loggers=False)
    except Exception as error:
        spot = Spot(file=file, section=getattr(error, "section", LOGGERS), option=getattr(error, "option", ""))
        raise BadLogging(str(spot), _words(error)) from error


def _words(error: Exception) -> str:
    text = f"{error.args[0]!r} is asked for and isn't there" if isinstance(error, KeyError) else str(error)
    return f"{text} ({error.__cause__})" if error.__cause__ else text
