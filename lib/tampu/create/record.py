"""What a project remembers of how it was made: the answers, to be read, and the files as the templates made them."""

from __future__ import annotations

import io
import json
import zipfile
import zlib
from typing import TYPE_CHECKING, Any

from tampu import __version__
from tampu.create.ground import RECORD
from tampu.create.ground import read as read_file
from tampu.create.model import Made
from tampu.create.plan import digest
from tampu.errors import TampuError
from tampu.facts.toml import BadToml, read_toml
from tampu.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from tampu.create.model import Template, Values

ANSWERS, BASE = f"{RECORD}/answers.toml", f"{RECORD}/base.zip"
FORMAT = 1
HEAD = """\
# Written by `tampu create`, for `tampu create --update`. Keep it in the project's repository, and leave it as it is.
# The files as the templates made them are in base.zip beside it: what differs from them was changed by you.
"""
LONG_AGO = (1980, 1, 1, 0, 0, 0)


class BadRecord(TampuError):
    reason = "create::bad-record"

    def __init__(self, folder: Path, found: str) -> None:
        super().__init__(
            title=f"{folder} has no record of how it was made that can be read",
            found=found,
            expected=f"{ANSWERS} and {BASE}, as tampu create wrote them",
            todo=(
                f"Take {RECORD} back from the project's history: git checkout -- {RECORD}\n"
                f"Where there is none, delete {RECORD} and make the project again, which keeps what differs."
            ),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Used:
    """A template that the project was made from, as it was then."""

    name: str
    address: str
    version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """What a project was made from: `asked` are templates as they were named, `used` these and what they require."""

    asked: tuple[str, ...]
    used: tuple[Used, ...]
    answers: Values


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """`made` are the files as the templates made them, but for secrets; `digests` tell what they were with these."""

    origin: Origin
    made: Mapping[str, Made]
    digests: Mapping[str, str]


def used(stack: Iterable[Template]) -> tuple[Used, ...]:
    return tuple(Used(name=each.name, address=each.address, version=each.version) for each in stack)


def files(origin: Origin, made: Mapping[str, Made], base: Mapping[str, Made]) -> tuple[Made, ...]:
    """The record as files of the project; `base` is what `made` would be if nobody had told a secret."""
    asked = ", ".join(_quoted(each) for each in origin.asked)
    lines = [HEAD, f"format = {FORMAT}", f"tampu = {_quoted(__version__)}", f"asked = [{asked}]", ""]
    for each in origin.used:
        lines += ["[[template]]", f"name = {_quoted(each.name)}", f"address = {_quoted(each.address)}"]
        lines += [f"version = {_quoted(each.version)}", ""]
    answers = sorted(origin.answers.items())
    lines += ["[answers]", *(f"{_quoted(name)} = {_quoted(value)}" for name, value in answers), ""]
    lines += ["[files]", *sorted(_line(each) for each in made.values())]
    text = "\n".join(lines) + "\n"
    return (
        Made(path=ANSWERS, data=text.encode(errors="backslashreplace")),
        Made(path=BASE, data=_packed(base.values())),
    )


def read(folder: Path) -> Record | None:
    """None where tampu has not made anything."""
    answers, base = read_file(folder, ANSWERS), read_file(folder, BASE)
    if answers is None and base is None:
        return None
    if answers is None or base is None:
        raise BadRecord(folder, f"no {ANSWERS if answers is None else BASE}")
    try:
        said = read_toml(answers.decode(), ANSWERS)
        return _record(said, _unpacked(base, said))
    except (BadToml, UnicodeDecodeError, LookupError, TypeError, AttributeError, ValueError) as error:
        raise BadRecord(folder, f"{ANSWERS}: {error.why if isinstance(error, BadToml) else error}") from error
    # A member that is said to be encrypted is a RuntimeError.
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError) as error:
        raise BadRecord(folder, f"{BASE}: {error}") from error


def _record(said: Mapping[str, Any], made: Mapping[str, Made]) -> Record:
    if said["format"] != FORMAT:
        raise ValueError(f"format {said['format']}, which only a newer tampu may know")
    used = (Used(name=each["name"], address=each["address"], version=each["version"]) for each in said["template"])
    origin = Origin(asked=tuple(said["asked"]), used=tuple(used), answers=dict(said["answers"]))
    digests = {path: about["sha256"] for path, about in said["files"].items()}
    return Record(origin=origin, made=made, digests=digests)


def _packed(made: Iterable[Made]) -> bytes:
    """The same bytes for the same files, whenever and wherever."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for each in sorted(made, key=lambda each: each.path):
            member = zipfile.ZipInfo(each.path, LONG_AGO)
            member.create_system, member.external_attr = 3, (0o755 if each.executable else 0o644) << 16
            member.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(member, each.data)
    return packed.getvalue()


def _unpacked(packed: bytes, said: Mapping[str, Any]) -> dict[str, Made]:
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        return {
            member.filename: Made(
                path=member.filename,
                data=archive.read(member),
                executable=bool(member.external_attr >> 16 & 0o100),
                origins=tuple(said["files"][member.filename]["from"]),
            )
            for member in archive.infolist()
        }


def _line(made: Made) -> str:
    origins = ", ".join(_quoted(origin) for origin in made.origins)
    return f'{_quoted(made.path)} = {{ sha256 = "{digest(made.data)}", from = [{origins}] }}'


def _quoted(text: str) -> str:
    """A basic string of TOML, which is one of JSON but for a letter."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
