"""A stack's files with gaps filled, as a start fills them, for nginx and supervisord to read."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

from tampu.build.tasks.stack_files import Front, home_files
from tampu.facts.nginx_conf import NginxConf
from tampu.world import files

if TYPE_CHECKING:
    from pathlib import Path

    from tampu.build.stack import Stack

NUMBERS = {"LISTEN": "8080", "PORT": "8080", "WORKERS": "2", "CONNECTIONS": "512", "BACKLOG": "100", "DRAIN": "8"}
BARE = Front(conf=NginxConf(locations=frozenset(), old=()))


def lay(stack: Stack, front: Front, place: Path) -> Path:
    """A run folder beside a home, where nginx would start."""
    home, run = place / "home", place / "run"
    files.write(home, home_files(stack, front))
    (run / "tmp").mkdir(parents=True, exist_ok=True)
    (home / ".tampu").mkdir(exist_ok=True)
    for link, to in ((home / "current", "."), (run / "app", home)):
        if not link.is_symlink():
            link.symlink_to(to)
    text = (home / "config/nginx.conf.template").read_text(encoding="utf-8")
    for name, value in NUMBERS.items():
        text = text.replace(f"${{{name}}}", value)
    (run / "nginx.conf").write_text(text, encoding="utf-8")
    return run


def read_by_nginx(nginx: Path, run: Path) -> str:
    """All that nginx has read, as it says itself; the test fails if nginx doesn't take it."""
    argv = (nginx / "bin/nginx", "-p", "./", "-c", "nginx.conf", "-e", "stderr", "-T")
    env = {"LD_LIBRARY_PATH": str(nginx / "lib")}
    ended = subprocess.run(argv, cwd=run, env=env, capture_output=True, text=True, check=False)
    assert 0 == ended.returncode, ended.stderr
    return ended.stdout
