"""What is to be installed: a name with versions, an address, or a place in the app."""

from __future__ import annotations

import re
from urllib.parse import unquote

from tampu.facts.locks.exact import canonical
from tampu.facts.locks.places import inside, written
from tampu.facts.locks.table import NOT_OF_ONE_LINE
from tampu.facts.requirements import LocalProject, Requirement
from tampu.values import replace

VARIABLE = re.compile(r"\$\{[A-Z0-9_]+\}")
PROJECT_ROOT = re.compile(r"^(?:/*\$\{PROJECT_ROOT\}/*)")
ADDRESS = re.compile(r"(?:(?:git|hg|svn|bzr)\+[a-z+]+|https?|ftp|file):|git\+[^/:@\s]+@[^/:\s]+:", re.IGNORECASE)
SCP_LIKE = re.compile(r"^git\+([^/:@\s]+@[^/:\s]+):")
VCS = re.compile(r"(?:git|hg|svn|bzr)\+", re.IGNORECASE)
ARCHIVES = (".whl", ".zip", ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz")
DIRECT = re.compile(r"(?P<name>[A-Za-z0-9][A-Za-z0-9._-]*)\s*(?P<extras>\[[^\]]*\])?\s*@\s*(?P<target>\S.*)$")
MARKED = re.compile(r"(?P<target>.*?)(?:\s+;|;\s)(?P<marker>.*)$")
EXTRAS = re.compile(r"(?P<target>.*?)(?P<extras>\[[^\[\]]*\])$")
EGG = re.compile(r"egg=(?P<name>[A-Za-z0-9._-]+)(?P<extras>\[[^\]]*\])?$")


MORE_THAN_ONE = re.compile(rf"{NOT_OF_ONE_LINE.pattern}|\s-")
SINGLE = re.compile(r"^[\w.\[\], -]+[^=<>!~]=[^=]")
NOTHING_FOLLOWS = "nothing follows the backslash at its end"
ONE_SIGN = "a version comes after ==, with two signs"
NEITHER = "no package with versions, such as flask>=3,<4"


class Refused(ValueError):
    """A line that asks for nothing that can be installed; its text says why."""


def read_requirement(text: str, origin: str) -> Requirement:
    if MORE_THAN_ONE.search(text):
        raise Refused("one package is asked for at a time, without options")
    if text.rstrip().endswith("\\"):
        raise Refused(NOTHING_FOLLOWS)
    direct = DIRECT.match(text)
    if direct and not ADDRESS.match(text):
        return _direct(direct["name"], direct["extras"] or "", direct["target"], origin)
    target, marker = _marked(text)
    if ADDRESS.match(target):
        return _by_address(target, marker, origin)
    if _is_path(target):
        return _by_path(target, marker, origin)
    return Requirement(line=text, name=_checked(text), origin=origin)


def read_editable(text: str, origin: str) -> Requirement:
    """A folder of the app that stays linked; a repository is installed as it is, since its clone would not be kept."""
    found = read_requirement(text, origin)
    if found.local and not found.local.path.endswith(ARCHIVES):
        return replace(found, line=f"-e {found.line}", local=replace(found.local, editable=True))
    if VCS.search(text):
        return found
    raise Refused("only a folder of the app or a repository can be editable")


def _direct(name: str, extras: str, rest: str, origin: str) -> Requirement:
    target, marker = _marked(rest)
    if ADDRESS.match(target) and not target.lower().startswith("file:"):
        line = _with_marker(f"{name}{extras} @ {target}", marker)
        return Requirement(line=line, name=_checked(line), origin=origin)
    if not target.lower().startswith("file:") and not _is_path(target):
        raise Refused("versions come after ==, addresses after @")
    found = _by_path(_path_of(target) + extras, marker, origin)
    return replace(found, name=canonical(name))


def _by_address(target: str, marker: str, origin: str) -> Requirement:
    if target.lower().startswith("file:"):
        return _by_path(_path_of(target), marker, origin)
    url, _, fragment = SCP_LIKE.sub(r"git+ssh://\1/", target).partition("#")
    parts = [part for part in fragment.split("&") if part]
    egg = next((match for part in parts if (match := EGG.match(part))), None)
    others = "&".join(part for part in parts if not part.startswith("egg="))
    whole = f"{url}#{others}" if others else url
    if egg is None:
        return Requirement(line=_with_marker(whole, marker), name=None, origin=origin)
    line = _with_marker(f"{egg['name']}{egg['extras'] or ''} @ {whole}", marker)
    return Requirement(line=line, name=_checked(line), origin=origin)


def _by_path(target: str, marker: str, origin: str) -> Requirement:
    path, _, fragment = target.partition("#")
    egg = EGG.match(fragment)
    tail = EXTRAS.match(path)
    path, extras = (tail["target"], tail["extras"]) if tail else (path, (egg["extras"] if egg else "") or "")
    place = inside(path or ".", origin)
    line = _with_marker(f"{written(place)}{extras}", marker)
    name = canonical(egg["name"]) if egg else None
    return Requirement(line=line, name=name, origin=origin, local=LocalProject(path=place, editable=False))


def _path_of(address: str) -> str:
    """`file:///app/x` is a path of the machine, `file:./x` and `file:///${PROJECT_ROOT}/x` are paths of the app."""
    path = address[len("file:") :] if address.lower().startswith("file:") else address
    path = unquote(path.removeprefix("//localhost"))
    rooted = PROJECT_ROOT.sub("", path)
    return (rooted or ".") if rooted != path else re.sub(r"^//+", "/", path)


def _is_path(target: str) -> bool:
    bare = VARIABLE.sub("", target.partition("[")[0])
    if "://" in bare:
        return False
    return bare.startswith((".", "/", "~")) or "/" in bare or bare.lower().endswith(ARCHIVES)


def _marked(text: str) -> tuple[str, str]:
    match = MARKED.match(text)
    return (match["target"].strip(), match["marker"].strip()) if match else (text.strip(), "")


def _with_marker(line: str, marker: str) -> str:
    _checked(f"x ; {marker}" if marker else "x")
    return f"{line} ; {marker}" if marker else line


def _checked(text: str) -> str | None:
    """The canonical name of a requirement that pip would read; None when a variable stands for it."""
    from packaging.requirements import InvalidRequirement
    from packaging.requirements import Requirement as Parsed

    try:
        parsed = Parsed(VARIABLE.sub("0", text))
    except InvalidRequirement as error:
        raise Refused(ONE_SIGN if SINGLE.search(text) else NEITHER) from error
    # Of a number with thousands of digits, of brackets in brackets.
    except (ValueError, RecursionError) as error:
        raise Refused(NEITHER) from error
    hidden = VARIABLE.search(re.split(r"[\[<>=!~@;\s(]", text, maxsplit=1)[0])
    return None if hidden else canonical(parsed.name)
