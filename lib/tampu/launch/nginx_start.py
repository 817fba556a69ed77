"""Starts nginx in front of the app, as soon as the app can answer; with --check, only looks at its configuration."""

from __future__ import annotations

import os
import re
import resource
import signal
import sys
import time
from typing import TYPE_CHECKING

from refusal import Refusal, say, why
from run_folder import backlog, cpus, drain, home, number, port, run_folder
from supervisor_door import open_inherited

if TYPE_CHECKING:
    from collections.abc import Mapping

CHECK = "--check"
# More of them only pays where thousands of files are served each second.
MOST_WORKERS = 2
# Of all workers together, those to the app among them: ten thousand clients that do nothing leave room for others.
MOST_CONNECTIONS = 16384
LEAST_CONNECTIONS = 4096
MOST_FILES = 32768
FILES_OF_A_CONNECTION = 2
POLL = 0.01
REMIND_AFTER = 30.0
GAP = re.compile(r"\$\{([A-Z]+)\}")
ADDRESS = re.compile(r"|[0-9]{1,3}(\.[0-9]{1,3}){3}|\[[0-9A-Fa-f:.]+\]")
VERSION = re.compile(r"nginx version: \S+?/([0-9]+(?:\.[0-9]+)*)")
# Older ones have no option for it, and only say that they have no log of their own.
KNOWS_ITS_LOG = (1, 19, 5)
NAMES_A_USER = re.compile(r"^\s*user\s", re.MULTILINE)


def fill(template: str, values: Mapping[str, str]) -> str:
    """Each `${NAME}` that is known; others are nginx's own variables."""
    return GAP.sub(lambda gap: values.get(gap[1], gap[0]), template)


def values(environ: Mapping[str, str]) -> dict[str, str]:
    """Numbers, and two names that mean the same wherever the app and its run folder are."""
    workers = number(environ, "NGINX_WORKERS", min(cpus(), MOST_WORKERS), 1024)
    return {
        "PORT": str(port(environ)),
        "LISTEN": listen(environ),
        "HOME": "app",
        "TMPDIR": ".",
        "WORKERS": str(workers),
        "CONNECTIONS": str(connections(workers)),
        "BACKLOG": str(backlog()),
        "DRAIN": str(drain(environ)),
    }


def listen(environ: Mapping[str, str]) -> str:
    """The port on all addresses of this machine, or on the one that TAMPU_LISTEN names."""
    address = environ.get("TAMPU_LISTEN", "")
    if not ADDRESS.fullmatch(address):
        raise Refusal(
            "TAMPU_LISTEN is no address",
            f"TAMPU_LISTEN={address!r}",
            "an address such as 127.0.0.1 or [::1], or nothing for all of this machine",
            "Change it, or unset it, and start the app again.",
        )
    return f"{address}:{port(environ)}" if address else str(port(environ))


def connections(workers: int) -> int:
    """Of one worker: as many as this process may have files open for, once it has asked for more."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = min(MOST_FILES, hard) if hard != resource.RLIM_INFINITY else MOST_FILES
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
        soft = wanted
    most = max(MOST_CONNECTIONS // workers, LEAST_CONNECTIONS)
    return most if soft == resource.RLIM_INFINITY else min(most, soft // FILES_OF_A_CONNECTION)


def configure(home: str, run: str, environ: Mapping[str, str]) -> str:
    """The text that nginx.conf has from now on."""
    with open(os.path.join(home, "config", "nginx.conf.template"), encoding="utf-8", errors="surrogateescape") as file:
        text = fill(file.read(), values(environ))
    place = os.path.join(run, "nginx.conf")
    # Where nothing can be written any more, nginx can still be started again.
    if not _holds(place, text):
        beside = f"{place}.new"
        with open(beside, "w", encoding="utf-8", errors="surrogateescape") as file:
            file.write(text)
        os.replace(beside, place)
    return text


def _holds(path: str, text: str) -> bool:
    try:
        with open(path, encoding="utf-8", errors="surrogateescape") as file:
            return file.read() == text
    except OSError:
        return False


def binary(home: str) -> str:
    """The app's own, or else the one that was built with it."""
    places = (os.path.join(home, "bin", "nginx"), os.path.join(home, ".tampu", "nginx", "bin", "nginx"))
    for place in places:
        if os.access(place, os.X_OK):
            return place
    raise Refusal("There is no nginx", f"nothing at {places[1]}", "a program", "Build the app again.")


def command(nginx: str, text: str, version: tuple[int, ...]) -> list[str]:
    """Its paths start where it runs. As root it would become nobody, who can neither read nor reach the app."""
    as_root = os.geteuid() == 0 and not NAMES_A_USER.search(text)
    log = ("-e", "stderr") if version >= KNOWS_ITS_LOG else ()
    return [nginx, "-p", "./", "-c", "nginx.conf", *log, *(("-g", "user root;") if as_root else ())]


def with_libraries(nginx: str, environ: Mapping[str, str]) -> dict[str, str]:
    """The machine's own libraries are kept up to date; those beside nginx are for machines that have none."""
    libraries = os.path.join(os.path.dirname(os.path.dirname(nginx)), "lib")
    if not os.path.isdir(libraries) or version_of(nginx, environ):
        return dict(environ)
    return {**environ, "LD_LIBRARY_PATH": libraries}


def version_of(nginx: str, environ: Mapping[str, str]) -> tuple[int, ...]:
    """What it says about itself; nothing if it doesn't start."""
    reading, writing = os.pipe()
    child = os.posix_spawn(nginx, [nginx, "-v"], environ, file_actions=[(os.POSIX_SPAWN_DUP2, writing, 2)])
    os.close(writing)
    with open(reading, encoding="utf-8", errors="replace") as pipe:
        found = VERSION.search(pipe.read())
    started = os.waitpid(child, 0)[1] == 0
    return tuple(int(number) for number in found[1].split(".")) if started and found else ()


def wait(ready: str) -> None:
    """Until that file is there. Who is told to stop meanwhile has nothing to finish."""
    signal.signal(signal.SIGQUIT, lambda *_: sys.exit(0))
    started = time.monotonic()
    while not os.path.exists(ready):
        time.sleep(POLL)
        if time.monotonic() - started > REMIND_AFTER:
            say("nginx waits until the app can answer")
            started = time.monotonic()
    signal.signal(signal.SIGQUIT, signal.SIG_DFL)


def through_the_door(text: str, environ: Mapping[str, str]) -> dict[str, str]:
    """With the port that supervisord holds for nginx, unless its configuration wants another."""
    line = f"listen {listen(environ)} backlog={backlog()};"
    return {**environ, **({"NGINX": "0;"} if line in text and open_inherited(backlog()) else {})}


def main(words: list[str]) -> None:
    place, run = home(os.environ), run_folder(os.environ)
    nginx = binary(place)
    text = configure(place, run, os.environ)
    environ = with_libraries(nginx, os.environ)
    start = command(nginx, text, version_of(nginx, environ))
    os.chdir(run)
    if words == [CHECK]:
        start.append("-t")
    else:
        wait("ready")
        environ = through_the_door(text, environ)
        start += words
    os.execve(nginx, start, environ)  # noqa: S606 - words, no shell


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except Refusal as refusal:
        say(str(refusal))
    except OSError as error:
        say(f"{error.filename or 'nginx'}: {why(error)}")
    sys.exit(1)
