"""Heroku-style platforms: bin/compile BUILD_DIR CACHE_DIR [ENV_DIR], and what belongs to it."""

from __future__ import annotations

import json
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from tampu.build.model import Target
from tampu.build.story import build
from tampu.platforms.classic_files import export_text, release_yaml
from tampu.platforms.classic_report import REPORT, Report, report_json
from tampu.platforms.classic_reporting import reported
from tampu.platforms.launch_files import env_of, launch_files
from tampu.platforms.profile import render_profile
from tampu.platforms.surroundings import Usage, open_world, read_variables
from tampu.values import dataclass, field
from tampu.world import files
from tampu.world.files import File
from tampu.world.house import house

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tampu.build.model import Outcome
    from tampu.errors import TampuError
    from tampu.world.console import Console


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """The folders of a call, the variables that the app's user has set, and where this buildpack stands."""

    app: Path
    cache: Path
    user_env: Mapping[str, str]
    buildpack: Path = field(default_factory=house)


def read_call(entry: str, argv: Sequence[str]) -> Call:
    """BUILD_DIR CACHE_DIR ENV_DIR; the oldest platforms know no ENV_DIR."""
    if len(argv) not in {2, 3} or not Path(argv[0]).is_dir():
        raise Usage(entry, "BUILD_DIR CACHE_DIR [ENV_DIR]", argv)
    app, cache = Path(argv[0]).resolve(), Path(argv[1]).absolute()
    return Call(app=app, cache=cache, user_env=read_variables(Path(argv[2])) if len(argv) > 2 else {})  # noqa: PLR2004


def _export(outcome: Outcome, target: Target, buildpack: Path, say: Console) -> None:
    """Later buildpacks source this file of ours; a buildpack on a read-only disk has none."""
    text = export_text(env_of(outcome), layers=target.layers, app=target.app)
    try:
        files.write(buildpack, (File(path="export", text=text),))
    except OSError:
        say.detail("The environment for later buildpacks can't be written: this buildpack's folder is read-only")


def _report(call: Call, report: Report, say: Console) -> None:
    files.write(call.cache, (File(path=REPORT, text=report_json(report, say.redactor)),))


def compile_app(call: Call, environ: Mapping[str, str], say: Console, *groups: str) -> int:
    started = time.monotonic()
    target = Target(app=call.app, layers=call.app / ".tampu", user_env=call.user_env, groups=groups)
    outcome = build(target, open_world(call.cache, call.user_env, environ, say))
    files.write(call.app, (*launch_files(outcome), render_profile(env_of(outcome))))
    _export(outcome, target, call.buildpack, say)
    _report(call, reported(outcome, time.monotonic() - started), say)
    return 0


def failed(call: Call, error: TampuError, say: Console) -> None:
    """Leave the reason for bin/report."""
    with suppress(OSError):  # where a disk is at fault, its error has been told already
        _report(call, Report(total=0.0, failure=error), say)


def release(argv: Sequence[str], out: Console) -> int:
    if not argv:
        raise Usage("release", "BUILD_DIR", argv)
    out.document(release_yaml(_default_processes(Path(argv[0]))))
    return 0


def _default_processes(app: Path) -> Mapping[str, str]:
    record = app / ".tampu" / "build.json"
    built: dict[str, dict[str, str]] = json.loads(record.read_text(encoding="utf-8")) if record.is_file() else {}
    return built.get("default processes", {})


def report(argv: Sequence[str], out: Console) -> int:
    if len(argv) < 2:  # noqa: PLR2004
        raise Usage("report", "BUILD_DIR CACHE_DIR [ENV_DIR]", argv)
    place = Path(argv[1]) / REPORT
    out.document(place.read_text(encoding="utf-8") if place.is_file() else "{}\n")
    return 0
