"""All files that list packages: requirements.txt and what it includes, projects, and the locks of all managers."""

from __future__ import annotations

import json
import re
import shlex
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tampu.envs.wishes import write_wishes
from tampu.errors import TampuError
from tampu.facts.environment import Environment
from tampu.facts.packages import MANAGERS, packages
from tampu.facts.python import python_requests
from tests.kit.drawn import given, st
from tests.kit.foreign import HOSTILE, TESTS, desk, documents, outcome, saved, share, texts
from tests.kit.held import Held

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tampu.facts.requirements import Packages

HERE = Environment(python="3.13.1", machine="x86_64", groups=("dev",))
LINES = (
    *("flask", "==3.1.0", ">=2,<3", "[async]", "; python_version < '3.9'", " ; extra == 'x'", "\n", " \\\n", " # x\n"),
    *("-r ", "-r other.txt", "-c ", "-e ", "-e .", "-e ./lib[x]", "--hash=sha256:" + "0" * 64, "--index-url=", "-i "),
    *("https://host/x.whl", "git+https://host/x@main#egg=x", "file:./x", "file:///${PROJECT_ROOT}/lib", " @ ", "lib/"),
    *("--find-links ", "wheels", "--no-index", "--pre", "-f", "x.tar.gz", "(", ")", " and ", " or ", "in", "'a'"),
    *("<<<<<<< HEAD\n", "folder/", "out/", "out/passwd", "link", "sub/more.txt", "===", "!=", "~="),
)
KEYS = (
    *("package", "packages", "metadata", "version", "name", "source", "registry", "git", "url", "path", "editable"),
    *("files", "file", "hash", "hashes", "groups", "markers", "marker", "extras", "strategy", "lock-version", "type"),
    *("default", "develop", "_meta", "sources", "requires-python", "lock_version", "python-versions", "subdirectory"),
    *(
        "dependencies",
        "project",
        "tool",
        "poetry",
        "uv",
        "pdm",
        "index",
        "manifest",
        "vcs",
        "directory",
        "wheels",
        "ref",
    ),
    *("archive", "sdist", "virtual", "optional-dependencies", "dependency-groups", "include-group", "dev", "main"),
    *("requested-revision", "commit-id", "resolved_reference", "reference", "members", "find-links", "verify_ssl"),
    *(
        "python",
        "environments",
        "extra",
        "build-system",
        "dev-dependencies",
        "optional",
        "platform",
        "develop",
        "dynamic",
    ),
)
VALUES = (
    *("1.0", "2.1", "4.5", "flask", "https://host/x", "git+https://host/x", "git@host:x", "./lib", ".", "../x", "main"),
    *("python_version < '3.12'", ">=3.9", "^3.9 || ~3.13", "sha256:" + "0" * 64, "inherit_metadata", "$X", "legacy"),
    *("directory", "file", "url", "flask ; (" + "(" * 3000, "x\n--index-url=https://evil", "x --pre", "-r evil.txt"),
    *("https://host/a b", "https://host/x\\", "==1.0 --pre", "1" * 5000, "https://[", "https://[::1", "a\\\nb"),
)
LEAVES: st.SearchStrategy[object] = st.one_of(
    *(st.sampled_from(VALUES), st.sampled_from(HOSTILE), st.text(max_size=5)),
    *(st.booleans(), st.integers(-1, 7), st.sampled_from([["main"], ["default", "dev"], ["inherit_metadata"], [], {}])),
)
HEADS: Mapping[str, Mapping[str, object]] = {
    "uv.lock": {"version": 1},
    "poetry.lock": {"metadata": {"lock-version": "2.1", "python-versions": ">=3.9"}},
    "pdm.lock": {"metadata": {"lock_version": "4.5", "strategy": ["inherit_metadata"]}},
    "pylock.toml": {"lock-version": "1.0"},
    "Pipfile.lock": {"_meta": {"pipfile-spec": 6}},
    "pyproject.toml": {},
}
PROJECT = "[project]\nname = 'x'\ndependencies = ['flask']\n[build-system]\n"
NAME = re.compile(r"(?:-e )?(?:\./|\.|[A-Za-z0-9$]|(?:git|hg|svn|bzr)\+|https?:|ftp:)")
REAL = {
    name: [path.read_text(encoding="utf-8") for path in sorted(TESTS.glob(f"apps/*/{name}"))][:4]
    for name in (*HEADS, "requirements.txt")
}


DOCUMENTS = documents(KEYS, LEAVES)
ENTRIES = st.lists(st.dictionaries(st.sampled_from(KEYS), LEAVES, max_size=5), max_size=2)
SIGNS = ('"', "=", "\n", "[[", "]]")
LOCKS = {name: saved(texts(*KEYS, *VALUES, *SIGNS, examples=REAL[name] or [PROJECT])) for name in HEADS}


@cache
def app() -> Path:
    made = desk("packages")
    for name in ("app/lib", "app/src", "app/wheels", "app/sub", "wishes"):
        (made / name).mkdir(parents=True)
    (made / "app/lib/setup.py").touch()
    (made / "app/sub/more.txt").write_text("six\n")
    return made / "app"


def answer(files: Mapping[str, bytes]) -> Packages | TampuError:
    tree = Held(app(), files)
    outcome(lambda: python_requests(tree))
    found = outcome(lambda: packages(tree, HERE, None))
    if not isinstance(found, TampuError):
        harmless(found, tree.root)
    return found


def harmless(found: Packages, app: Path) -> None:
    for each in found.local:
        assert Path(app, each.path).resolve().is_relative_to(app.resolve())
    platform = "flask==1.0 --hash=sha256:0\n"
    place = app.parent / "wishes"
    wishes = write_wishes(found, platform, app, place)
    hashed, plain = (path.read_text(encoding="utf-8") for path in (wishes.hashed, wishes.plain))
    constraints = (place / "constraints.txt").read_text(encoding="utf-8")
    options, wanted = len(found.options), len([each for each in found.requirements if each.name != "supervisor"])
    assert 2 * options + wanted + 1 == len(hashed.splitlines()) + len(plain.splitlines())
    assert len(found.constraints) == len(constraints.splitlines())
    lines = [*hashed.splitlines()[options:], *plain.splitlines()[options + 1 :], *constraints.splitlines()]
    for line in lines:
        assert NAME.match(line), line
        assert not re.search(r"(?:^|\s)-(?!-hash=|e \.)", line.partition(" ; ")[0]), line
    for line in (*lines, *hashed.splitlines()[:options]):
        assert not line.endswith("\\"), line
        assert "\0" not in line
    for option in hashed.splitlines()[:options]:
        assert 1 == len(shlex.split(option, comments=False)), option


@share(0.5)
@given(
    text=saved(texts(*LINES, examples=[*REAL["requirements.txt"]])),
    other=saved(texts(*LINES)),
)
def test_requirements(text: bytes, other: bytes) -> None:
    answer({"requirements.txt": text, "other.txt": other})


@share(0.5)
@given(line=st.lists(st.sampled_from(LINES) | st.sampled_from(HOSTILE), min_size=1, max_size=4).map("".join))
def test_one_line_of_requirements(line: str) -> None:
    answer({"requirements.txt": f"alpha==1.0\n{line}\nomega==1.0\n".encode(errors="replace"), "other.txt": b""})


@pytest.mark.parametrize("name", HEADS)
@share(0.5)
@given(data=st.data())
def test_a_lock_of_its_own_keys(name: str, data: st.DataObject) -> None:
    document, entries = data.draw(DOCUMENTS), data.draw(ENTRIES)
    whole = {**document, **data.draw(st.sampled_from([{}, listed(name, entries)])), **HEADS[name]}
    text = json.dumps(whole) if name == "Pipfile.lock" else as_toml(whole)
    files = {name: text, **({} if name == "pyproject.toml" else {"pyproject.toml": PROJECT})}
    found = answer({each: written.encode(errors="replace") for each, written in files.items()})

    if not isinstance(found, TampuError):
        assert found.manager in {"none", "project", *(each.name for each in MANAGERS)}


def listed(name: str, entries: list[dict[str, object]]) -> dict[str, object]:
    """Packages as that kind of file has them."""
    groups = [{"groups": ["main", "default"], "files": [], "name": "x", "version": "1", **entry} for entry in entries]
    documents: dict[str, dict[str, object]] = {
        "uv.lock": {
            "package": [
                {"name": "root", "source": {"editable": "."}, "dependencies": [{"name": "x"}]},
                *({"name": "x", "version": "1", "source": entry} for entry in entries),
            ]
        },
        "Pipfile.lock": {"default": {str(entry.get("name", "x")): entry for entry in entries}},
        "pyproject.toml": {"project": {"dependencies": [each for entry in entries for each in entry.values()]}},
        "pylock.toml": {"packages": [{"name": "x", "version": "1", **entry} for entry in entries]},
    }
    return documents.get(name, {"package": groups})


@pytest.mark.parametrize("name", HEADS)
@share(0.5)
@given(data=st.data())
def test_a_real_lock_that_was_edited(name: str, data: st.DataObject) -> None:
    text = data.draw(LOCKS[name])

    answer({name: text})


def as_toml(values: Mapping[str, object]) -> str:
    return "".join(f"{json.dumps(key)} = {_value(value)}\n" for key, value in values.items())


def _value(value: object) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(key)} = {_value(each)}" for key, each in value.items()) + "}"
    return (
        f"[{', '.join(map(_value, value))}]"
        if isinstance(value, list)
        else json.dumps(value).replace("\x7f", "\\u007f")
    )
