"""A client of its own, to be killed and interrupted: client.py LIB NAME CONFIG SOCKETS HOME PROGRAM."""

import sys

sys.path.insert(0, sys.argv[1])

import os
from pathlib import Path

from tampu.remote.links.host import Host
from tampu.remote.links.link import Link
from tampu.remote.runs.running import Ends, Spec, run
from tampu.remote.runs.signals import Signals


def main() -> int:
    _, name, config, sockets, home, program = sys.argv[1:]
    env = {"PATH": os.environ["PATH"], "HOME": home}
    link = Link(Host(name=name, env=env, config=Path(config), sockets=Path(sockets)))
    with Signals() as signals:
        outcome = run(link, Spec(argv=("", "-c", program)), Ends(), signals)
    link.close()
    return outcome.exit_code


if __name__ == "__main__":
    sys.exit(main())
