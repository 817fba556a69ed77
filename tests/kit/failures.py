"""Builds that must fail: the apps in tests/apps/errors, what surrounds them, and what their users get to read."""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.kit import buildpack, builds, mirrors

if TYPE_CHECKING:
    from collections.abc import Mapping
    from contextlib import ExitStack
    from pathlib import Path

    from tests.kit.buildpack import Result
    from tests.kit.builds import Platform

APPS = builds.APPS / "errors"
CIRCUMSTANCES = "circumstances.json"
COMPILE = ("compile", "{app}", "{cache}", "{user}")
ALERT = re.compile(r"^ !(?:     (?P<text>.*)|)$", re.MULTILINE)
LOG = re.compile(r"\S*/tampu-\w+\.log")
INTERPRETER = re.compile(r"\S*/bin/python3\.[0-9]+(?=, which)")
HOST = re.compile(r"127\.0\.0\.1:[0-9]+")
NUMBER = re.compile(r"(?<=\bprocess )[0-9]+|(?<=\bport )[0-9]{4,}|(?<=sport = :)[0-9]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """What an app's folder can't hold: `user` is what goes into ENV_DIR, `mended` is how the advice is followed."""

    call: tuple[str, ...] = COMPILE
    env: Mapping[str, str] = field(default_factory=dict)
    user: Mapping[str, str] = field(default_factory=dict)
    mended: Mapping[str, str] = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class Bench:
    """A failing build in the making: functions that bring about a circumstance change it as they like."""

    app: Path
    cache: Path
    user_env: Path
    index: str
    mirror: Path
    circumstances: Circumstances
    stack: ExitStack
    env: dict[str, str]
    programs: dict[str, Path]
    house: Path = buildpack.BIN.parent

    def write(self, name: str, text: str) -> Path:
        return builds.write_app(self.app, {name: text}) / name

    def own_house(self) -> Path:
        """A copy of tampu itself, to be damaged."""
        self.house = self.app.parent / "tampu"
        for folder in ("bin", "config", "lib", "vendor"):
            shutil.copytree(buildpack.BIN.parent / folder, self.house / folder, symlinks=True)
        return self.house

    def run(self) -> Result:
        places = {
            "app": self.app,
            "cache": self.cache,
            "user": self.user_env,
            "beside": self.app.parent,
            "index": self.index,
        }
        entry, *words = (word.format(**places) for word in self.circumstances.call)
        env = {name: value.format(**places) for name, value in self.circumstances.env.items()}
        self.env |= env
        return buildpack.call_with(self.programs, str(self.house / "bin" / entry), *words, env=self.env)

    def leave_circumstances(self) -> None:
        """From now on the machine is as it should be; what users have set stays."""
        self.circumstances = Circumstances(call=self.circumstances.call)
        self.env = {"TAMPU_MIRROR": str(self.mirror)}

    def anonymous(self, text: str) -> str:
        """The text with names instead of what is another one on each machine and in each run."""
        names = {str(self.app): "<app>", str(self.house): "<tampu>", str(self.app.parent): "<tmp>"}
        # A bundle of these tests has what the mirror has.
        if self.env.get("TAMPU_MIRROR") in {str(self.mirror), str(self.app.parent / "bundle")}:
            names |= {patch: f"{series}.*" for series, patch in mirrors.patches(self.mirror).items()}
        for found, name in names.items():
            text = text.replace(found, name)
        text = LOG.sub("<log>", HOST.sub("<host>", INTERPRETER.sub("<python>", text)))
        return NUMBER.sub("<number>", text.replace(mirrors.ARCH, "<machine>"))


def ids() -> list[str]:
    """The errors that have an app; a folder's name is its error's id, with `__` for `::`."""
    return sorted(path.name.replace("__", "::") for path in APPS.iterdir())


def circumstances(reason: str) -> Circumstances:
    path = APPS / file_name(reason) / CIRCUMSTANCES
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    if "call" in found:
        found["call"] = tuple(found["call"])
    return Circumstances(**found)


def bench(reason: str, platform: Platform, index: str, place: Path, stack: ExitStack) -> Bench:
    """The app of that error, and all that its circumstances say."""
    known = circumstances(reason)
    app, user_env = place / "app", place / "user"
    user_env.mkdir()
    ignored = shutil.ignore_patterns(CIRCUMSTANCES, "__pycache__")
    shutil.copytree(APPS / file_name(reason), app, symlinks=True, ignore=ignored)
    for name, value in {"PIP_INDEX_URL": index, **known.user}.items():
        (user_env / name).write_text(value.format(app=app), encoding="utf-8")
    return Bench(
        app=app,
        cache=platform.cache,
        user_env=user_env,
        index=index,
        mirror=platform.mirror,
        circumstances=known,
        stack=stack,
        env=dict(platform.environ),
        programs={"python3": buildpack.python()},
    )


def message(stderr: str) -> str:
    """The last error, without the marks in front of its lines."""
    lines = "\n".join(match["text"] or "" for match in ALERT.finditer(stderr))
    starts = [match.start() for match in re.finditer("^Error: ", lines, re.MULTILINE)]
    return lines[starts[-1] :].rstrip("\n") + "\n" if starts else ""


def golden(reason: str) -> str:
    """Where the error's text is stored, below tests/."""
    return f"messages/{file_name(reason)}.txt"


def file_name(reason: str) -> str:
    return reason.replace("::", "__")
