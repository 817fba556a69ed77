"""Machines on which a service can't be set up, or doesn't start."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from tests.kit import buildpack, require
from tests.kit.supervised import BASE, Supervised, lay_supervisor, until

if TYPE_CHECKING:
    from tests.kit.failures import Bench

SYSTEMCTL = "#!/bin/sh\necho Version=252\n"
# What is noted there is forgotten.
PRIVATE = """\
#!/bin/sh
exec {unshare} --mount {sh} -c '
  {mount} --make-rprivate / && {mount} -t tmpfs tmpfs /var/lib && exec "$0" "$@"' {python} "$@"
"""
BROKEN = "echo 'no database'; exit 1"


def no_apt(bench: Bench) -> None:
    """A machine that keeps nothing of what is set up on it."""
    require.need_root()
    require.need("unshare", "mount")
    words = {"unshare": "/usr/bin/unshare", "sh": "/bin/sh", "mount": "/usr/bin/mount"}
    private = PRIVATE.format(python=shlex.quote(str(buildpack.python())), **words)
    for name, text in (("systemctl", SYSTEMCTL), ("python3", private)):
        bench.programs[name] = bench.app.parent / name
        bench.programs[name].write_text(text, encoding="utf-8")
        bench.programs[name].chmod(0o755)


def program_that_ends_at_once(bench: Bench) -> None:
    place = bench.app.parent
    supervised = Supervised(
        library=lay_supervisor(bench.index, place / "library"), folder=place / "keeper", config=BASE
    )
    supervised.add("shop", BROKEN, "autostart=false", "startretries=0")
    supervised.start()
    bench.stack.callback(supervised.close)
    socket = supervised.run / "supervisor.sock"
    until(socket.exists, lambda: str(supervised.said()))
    bench.write("supervisord.conf", f"[unix_http_server]\nfile={socket}\n")
