"""Our own kind of template, as a folder: `template.toml` says what it wants, `files/` has what it makes."""

from __future__ import annotations

import hashlib
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

from tampu.create import paths
from tampu.create.model import Hook, Made, Rendered, Variable
from tampu.create.rendering import BadTemplate, render
from tampu.facts.toml import BadToml, read_toml
from tampu.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tampu.create.model import Values

ABOUT, FILES = "template.toml", "files"
MARK = "_tmpl"
KEYS = ("summary", "requires", "variable", "next", "taken", "pre", "post")
OF_VARIABLE = ("name", "description", "default", "secret")
NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
LEFT_OUT = frozenset({"__pycache__"})
BYTECODE = (".pyc", ".pyo")


@dataclass(frozen=True, slots=True, kw_only=True)
class FolderTemplate:
    """A template in a folder; of `address` and `version` whoever found the folder knows more."""

    name: str
    folder: Path
    address: str
    version: str
    summary: str
    requires: tuple[str, ...]
    variables: tuple[Variable, ...]
    next: tuple[str, ...]
    taken: tuple[str, ...]
    hook: Hook

    def render(self, values: Values, _folder: Path) -> Rendered:
        return Rendered(files=tuple(self._files(values)), values=values)

    def _files(self, values: Values) -> Iterator[Made]:
        for source in contents(self.folder / FILES, self.name):
            told = source.relative_to(self.folder).as_posix()
            path = self._path(source.relative_to(self.folder / FILES).as_posix(), values)
            data = source.read_bytes()
            if source.name.endswith(MARK):
                data = self._body(data, values, f"{self.name}: {told}")
            executable = bool(source.stat().st_mode & 0o100)
            yield Made(path=path, data=data, executable=executable, origins=(self.name,))

    def _path(self, written: str, values: Values) -> str:
        try:
            path = paths.filled(written.removesuffix(MARK), values)
        except KeyError as error:
            raise BadTemplate(f"{self.name}: {written}", f"no value for {error}", "a variable of it") from error
        if why := paths.trouble(path):
            raise BadTemplate(f"{self.name}: {written}", f"{path}: {why}", "a file in the project")
        return path

    def _body(self, data: bytes, values: Values, place: str) -> bytes:
        try:
            text = data.decode()
        except UnicodeDecodeError as error:
            raise BadTemplate(place, f"byte {error.start} is no UTF-8", "text in UTF-8") from error
        return render(text, values, place).encode()


def read(folder: Path, name: str, address: str, version: str = "") -> FolderTemplate:
    """The template in that folder; its version is what is in it unless somebody knows better."""
    place = f"{name}: {ABOUT}"
    said = _read_about(folder / ABOUT, place)
    if not (folder / FILES).is_dir():
        raise BadTemplate(name, f"no folder {FILES} in {folder}", f"{ABOUT} and a folder {FILES}")
    return FolderTemplate(
        name=name,
        folder=folder,
        address=address,
        version=version or digest(folder, name),
        summary=_text(said, "summary", place) or "",
        requires=_texts(said, "requires", place),
        variables=tuple(_variables(said, place)),
        next=_texts(said, "next", place),
        taken=_texts(said, "taken", place),
        hook=Hook(before=_texts(said, "pre", place), after=_texts(said, "post", place)),
    )


def contents(folder: Path, name: str) -> Iterator[Path]:
    """All files in it, in the same order everywhere."""
    for place, folders, files in os.walk(folder):
        folders[:] = sorted(each for each in folders if each not in LEFT_OUT)
        for entry in (*folders, *sorted(files)):
            path = Path(place, entry)
            if path.is_symlink():
                raise BadTemplate(name, f"{path.relative_to(folder)} is a link", "files and folders")
            if path.is_file() and not entry.endswith(BYTECODE):
                yield path


def digest(folder: Path, name: str) -> str:
    whole = hashlib.sha256()
    for path in (folder / ABOUT, *contents(folder / FILES, name)):
        whole.update(f"{path.relative_to(folder)}\0{path.stat().st_mode & 0o100}\0".encode())
        whole.update(hashlib.sha256(path.read_bytes()).digest())
    return f"sha256:{whole.hexdigest()[:16]}"


def _read_about(file: Path, place: str) -> Mapping[str, object]:
    try:
        said = read_toml(file.read_text(encoding="utf-8"), ABOUT)
    except BadToml as error:
        raise BadTemplate(place, error.why, "TOML, as https://toml.io describes it") from error
    except (FileNotFoundError, NotADirectoryError) as error:
        raise BadTemplate(place, f"no file {file}", f"a folder with {ABOUT} and {FILES} in it") from error
    except UnicodeDecodeError as error:
        raise BadTemplate(place, f"byte {error.start} is no UTF-8", "text in UTF-8") from error
    _refuse_unknown(said, KEYS, place)
    return said


def _variables(said: Mapping[str, object], place: str) -> Iterator[Variable]:
    tables = said.get("variable", [])
    for table in tables if isinstance(tables, list) else [tables]:
        if not isinstance(table, dict):
            raise BadTemplate(place, f"variable = {table!r}", "[[variable]] and below it name, description, default")
        _refuse_unknown(table, OF_VARIABLE, place)
        name, secret = _text(table, "name", place) or "", table.get("secret", False)
        if not NAME.fullmatch(name):
            raise BadTemplate(place, f"a variable {name!r}", "a name of letters, digits and _")
        if not isinstance(secret, bool):
            raise BadTemplate(place, f"secret = {secret!r}", "true or false")
        about = _text(table, "description", place) or ""
        yield Variable(name=name, about=about, default=_text(table, "default", place), secret=secret)


def _refuse_unknown(table: Mapping[str, object], known: tuple[str, ...], place: str) -> None:
    for key in table:
        if key not in known:
            raise BadTemplate(place, f"a key {key!r}", f"nothing but {', '.join(known)}")


def _text(table: Mapping[str, object], key: str, place: str) -> str | None:
    value = table.get(key)
    if value is not None and not isinstance(value, str):
        raise BadTemplate(place, f"{key} = {value!r}", "a text")
    return value


def _texts(table: Mapping[str, object], key: str, place: str) -> tuple[str, ...]:
    value = table.get(key, [])
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise BadTemplate(place, f"{key} = {value!r}", "a list of texts")
    return tuple(value)
