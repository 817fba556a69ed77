"""What is set about hosts: in cloudpy.conf of the machine, of its user and of the folder, then in tampu.toml."""

from __future__ import annotations

import ast
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tampu.facts.excerpt import SENTENCE, excerpt
from tampu.facts.toml import BadToml, read_toml
from tampu.facts.tree import Tree, UnreadableText
from tampu.remote.call.conf_errors import BadConf
from tampu.remote.call.conf_values import SSH, Place, checked
from tampu.values import dataclass, replace

if TYPE_CHECKING:
    from collections.abc import Mapping

NAME = "cloudpy.conf"
TOML = "tampu.toml"
SECTION = "remote"
SSH_CONFIG = "TAMPU_SSH_CONFIG"
ETC = Path("/etc")
A_TABLE = f'TOML with a table [{SECTION}], such as\nhost = "ubuntu@192.0.2.7"'
# Python's own sentences may show what a value is.
UNFINISHED = "it can't be read"


@dataclass(frozen=True, slots=True, kw_only=True)
class Conf:
    """`depository` is the folder on the host, from its home on; `jobs` is 0 where nobody has set it."""

    host: str = ""
    hosts: tuple[str, ...] = ()
    depository: str = ".tampu"
    host_sep: str = "/"
    python: str = ""
    ssh_config: Path | None = None
    env: tuple[str, ...] = ()
    secrets: tuple[Path, ...] = ()
    budget: int = 4 * 10**9
    jobs: int = 0
    retries: int = 2
    engine: str = SSH
    scheduler: str = ""
    name: str = ""
    spare: int = 60


def read(home: Path, cwd: Path, root: Path, environ: Mapping[str, str], etc: Path = ETC) -> Conf:
    """What comes later wins, key by key; the environment's word on ssh wins over all files."""
    conf = Conf()
    for file, shown in ((etc / NAME, str(etc / NAME)), (home / f".{NAME}", f"~/.{NAME}"), (cwd / NAME, f"./{NAME}")):
        trusted = file.parent != cwd or file.name != NAME
        conf = over(conf, _dict(file, shown), Place(shown=shown, folder=file.parent, home=home, trusted=trusted))
    conf = over(conf, _table(root / TOML), Place(shown=TOML, folder=root, home=home, trusted=False))
    told = environ.get(SSH_CONFIG)
    return over(conf, {"ssh_config": told}, Place(shown=SSH_CONFIG, folder=cwd, home=home)) if told else conf


def over(conf: Conf, values: Mapping[str, object], place: Place) -> Conf:
    """The same with these values, checked; so options of a command line win over all files."""
    found: dict[str, Any] = checked(values, place)
    return replace(conf, **found)


def _dict(file: Path, shown: str) -> dict[str, object]:
    """A Python dict in parentheses of ours, so that remarks and empty lines may stand anywhere."""
    text = _text(file, shown)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(f"(\n{text}\n)", mode="eval").body
    except SyntaxError as error:
        raise BadConf(shown, _line(text, (error.lineno or 2) - 1)) from error
    except (ValueError, RecursionError, MemoryError) as error:
        raise BadConf(shown, UNFINISHED) from error
    if isinstance(tree, ast.Tuple) and not tree.elts:
        return {}
    if not isinstance(tree, ast.Dict):
        raise BadConf(shown, _line(text, tree.lineno - 1))
    found: dict[str, object] = {}
    for key, value in zip(tree.keys, tree.values, strict=True):
        name, said = _plain(key), _plain(value)
        if not isinstance(name, str) or isinstance(said, _Odd):
            odd = value if isinstance(name, str) or key is None else key
            raise BadConf(shown, _line(text, odd.lineno - 1))
        found[name] = said
    return found


class _Odd:
    """What is no plain value."""


def _plain(node: ast.expr | None) -> object:
    try:
        return ast.literal_eval(node) if node else _Odd()
    except (ValueError, TypeError, RecursionError, MemoryError):
        return _Odd()


def _line(text: str, number: int) -> str:
    lines = text.split("\n")
    at = min(max(number, 1), len(lines))
    return f"line {at}: {excerpt(lines[at - 1], SENTENCE)}"


def _table(file: Path) -> dict[str, object]:
    try:
        table = read_toml(_text(file, TOML), TOML).get(SECTION, {})
    except BadToml as error:
        raise BadConf(TOML, error.why, A_TABLE) from error
    if not isinstance(table, dict):
        raise BadConf(TOML, f"{SECTION} = {excerpt(repr(table))}", A_TABLE)
    return table


def _text(file: Path, shown: str) -> str:
    """Empty without a file."""
    try:
        return Tree(file.parent).read(file.name) or ""
    except UnreadableText as error:
        raise BadConf(shown, error.why, "text in UTF-8") from error
    except OSError as error:
        raise BadConf(shown, error.strerror or str(error), "a file that you may read") from error
